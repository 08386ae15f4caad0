"""Gradients of pieces of networks as Keras computes them in Python, with batch statistics frozen.

Usage: gradients.py FOLDER

For each piece writes NAME-features.raw (what goes in) and the gradients of sum(output * cos(0, 1, 2, ...)): by the
features (NAME-by-features.raw), and for each convolution by the kernel and bias that it has once its batch
normalization is folded in (NAME-LAYER-kernel.raw, NAME-LAYER-bias.raw). Weights go to inception.h5, resnet50.h5 and
efficientnetb1.h5.
"""

import sys

import keras
import numpy as np
import tensorflow as tf

import keras_networks

FOLDER = sys.argv[1]


def by_number(layer, kind):
    return int(layer.name[len(kind) + 1 :] or 0)


def pairs_by_number(model):
    """InceptionV3's convolutions with their normalizations: the i-th of each by number."""
    kinds = {"conv2d": keras.layers.Conv2D, "batch_normalization": keras.layers.BatchNormalization}
    convs, norms = (
        sorted((layer for layer in model.layers if isinstance(layer, cls)), key=lambda layer: by_number(layer, kind))
        for kind, cls in kinds.items()
    )
    return {conv.name: (norm, f"conv2d_{i + 1}") for i, (conv, norm) in enumerate(zip(convs, norms))}


def pairs_by_name(model):
    """Convolutions with the normalizations that stand for them in the names; squeeze-and-excitation has none."""
    layers = {layer.name: layer for layer in model.layers}
    pairs = {}
    for name, layer in layers.items():
        if isinstance(layer, (keras.layers.Conv2D, keras.layers.DepthwiseConv2D)):
            norm = name.replace("dwconv", "bn").removesuffix("conv") + ("" if "dwconv" in name else "bn")
            pairs[name] = (None if "_se_" in name else layers[norm], name)
    return pairs


def gradients(name, model, below, end, pairs):
    piece = keras.Model(model.get_layer(below).output, model.get_layer(end).output)
    shape = (2, *model.get_layer(below).output.shape[1:])
    features = tf.constant(np.random.default_rng(3).normal(0, 1, shape).clip(0), tf.float32)
    convs = [layer for layer in piece.layers if layer.name in pairs]
    kernels = [layer.kernel.value for layer in convs]
    offsets = [pairs[layer.name][0].beta.value if pairs[layer.name][0] else layer.bias.value for layer in convs]
    with tf.GradientTape() as tape:
        tape.watch([features, *kernels, *offsets])
        output = piece(features, training=False)
        pattern = tf.cos(tf.range(tf.size(output), dtype=tf.float32))
        loss = tf.reduce_sum(tf.reshape(output, [-1]) * pattern)
    by_features, by_kernels, by_offsets = tape.gradient(loss, [features, kernels, offsets])
    keras_networks.save(FOLDER, f"{name}-features", features)
    keras_networks.save(FOLDER, f"{name}-by-features", by_features)
    for layer, by_kernel, by_offset in zip(convs, by_kernels, by_offsets):
        norm, own = pairs[layer.name]
        by_kernel = np.asarray(by_kernel)
        if norm:
            gamma = 1 if norm.gamma is None else np.asarray(norm.gamma)
            scale = gamma / np.sqrt(np.asarray(norm.moving_variance) + norm.epsilon)
            depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
            by_kernel = by_kernel / (scale[:, None] if depthwise else scale)
        keras_networks.save(FOLDER, f"{name}-{own}-kernel", by_kernel)
        keras_networks.save(FOLDER, f"{name}-{own}-bias", by_offset)


model = keras_networks.inception_v3()
keras_networks.save_weights(model, FOLDER, "inception")
gradients("inception", model, "mixed3", "mixed4", pairs_by_number(model))
model = keras_networks.resnet50()
keras_networks.save_weights(model, FOLDER, "resnet50")
gradients("resnet50", model, "conv2_block2_out", "conv3_block1_out", pairs_by_name(model))
model = keras_networks.efficientnet_b1(FOLDER)
gradients("efficientnetb1", model, "block2c_add", "block3b_add", pairs_by_name(model))
