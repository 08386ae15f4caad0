"""Features of the encoders as Keras and TensorFlow compute them in Python.

Usage: reference.py FOLDER LITE0_WEIGHTS [MIXED8_WEIGHTS]

Reads FOLDER/pixels299.raw, pixels240.raw and pixels224.raw (uint8, [images, size, size, 3]) and writes
weights (.h5) and features (.raw: float32, [images, rows, columns, channels]) beside them.
"""

import json
import os
import sys

import keras
import numpy as np
import tensorflow as tf

import keras_networks

FOLDER = sys.argv[1]
MIXED = [f"mixed{i}" for i in range(11)]


def pixels(size):
    data = np.fromfile(os.path.join(FOLDER, f"pixels{size}.raw"), np.uint8)
    return data.reshape(-1, size, size, 3).astype(np.float32)


def save(name, array):
    keras_networks.save(FOLDER, name, array)


def save_features(model, ends, images, prefix):
    """Outputs of layers; `ends` has the names that the encoders give them."""
    outputs = keras.Model(model.input, [model.get_layer(layer).output for layer in ends.values()])
    for name, value in zip(ends, outputs(images)):
        save(f"{prefix}-{name}", value)


def random_inception():
    """InceptionV3 with random weights and batch statistics, saved in the keras.applications layout."""
    model = keras_networks.inception_v3()
    keras_networks.save_weights(model, FOLDER, "random")
    save_features(model, {name: name for name in MIXED}, pixels(299) / 127.5 - 1, "random")


def random_resnet():
    model = keras_networks.resnet50()
    keras_networks.save_weights(model, FOLDER, "resnet50")
    images = keras.applications.resnet.preprocess_input(pixels(224).copy())
    ends = ["conv2_block1_out", "conv3_block4_out", "conv5_block3_out"]
    save_features(model, {name: name for name in ends}, images, "resnet50")


def random_efficientnet_b1():
    model = keras_networks.efficientnet_b1(FOLDER)
    ends = {"block1a": "block1a_project_bn", "block4b": "block4b_add", "top_activation": "top_activation"}
    save_features(model, ends, pixels(240), "efficientnetb1")


def cut_inception():
    """InceptionV3 up to mixed8 with random weights: batch normalization already folded, layers numbered from 0."""
    keras.backend.clear_session()
    full = keras.applications.InceptionV3(include_top=False, weights=None, input_shape=(299, 299, 3))
    model = keras.Model(full.input, full.get_layer("mixed8").output)
    keras_networks.randomize(model, 10)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.moving_mean.assign(np.zeros(layer.moving_mean.shape))
            layer.moving_variance.assign(np.full(layer.moving_variance.shape, 1 - layer.epsilon))
    keras_networks.save_weights(model, FOLDER, "cut")
    save("cut-mixed8", model(pixels(299) / 127.5 - 1))


def given_inception(weights):
    full = keras.applications.InceptionV3(include_top=False, weights=None)
    model = keras.Model(full.input, full.get_layer("mixed8").output)
    model.load_weights(weights)
    save("given-mixed8", model(pixels(299) / 127.5 - 1))


def read_safetensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        values = np.frombuffer(file.read(), np.float32)
    spans = {name: [offset // 4 for offset in entry["data_offsets"]] for name, entry in header.items()}
    return {name: values[start:end].reshape(header[name]["shape"]) for name, (start, end) in spans.items()}


def efficientnet_lite0(weights):
    """The network in TensorFlow's own operations, its batch normalizations not folded."""
    arrays = read_safetensors(weights)

    def norm(x, name):
        mean, variance, beta, gamma = (
            arrays[f"{name}.{part}"] for part in ("running_mean", "running_var", "bias", "weight")
        )
        return tf.nn.batch_normalization(x, mean, variance, beta, gamma, 1e-3)

    def conv(x, name, stride=1):
        kernel = arrays[f"{name}.weight"].transpose(2, 3, 1, 0)
        return tf.nn.conv2d(x, kernel, stride, "SAME")

    def depthwise(x, name, stride):
        kernel = arrays[f"{name}.weight"].transpose(2, 3, 0, 1)
        return tf.nn.depthwise_conv2d(x, kernel, [1, stride, stride, 1], "SAME")

    strides = [1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1]
    x = (pixels(224) - 127) / 128
    x = tf.nn.relu6(norm(conv(x, "_conv_stem", 2), "_bn0"))
    for i, stride in enumerate(strides):
        at, before = f"_blocks.{i}", x
        if f"{at}._expand_conv.weight" in arrays:
            x = tf.nn.relu6(norm(conv(x, f"{at}._expand_conv"), f"{at}._bn0"))
        x = tf.nn.relu6(norm(depthwise(x, f"{at}._depthwise_conv", stride), f"{at}._bn1"))
        x = norm(conv(x, f"{at}._project_conv"), f"{at}._bn2")
        if stride == 1 and x.shape == before.shape:
            x += before
        if i in (0, 10):
            save(f"lite0-block{i}", x)
    save("lite0-top", tf.nn.relu6(norm(conv(x, "_conv_head"), "_bn1")))


random_inception()
cut_inception()
random_resnet()
random_efficientnet_b1()
efficientnet_lite0(sys.argv[2])
if len(sys.argv) > 3:
    given_inception(sys.argv[3])
