"""InceptionV3 without its head from keras.applications, as a compiled graph, with given weights."""

import json
import re

import keras
import numpy as np
import tensorflow as tf

from tensors import under


def numbered(model, kind):
    """Layers of a kind in the order in which Keras made them."""
    own = [layer for layer in model.layers if isinstance(layer, kind)]
    return sorted(own, key=lambda layer: int((re.findall(r"_(\d+)$", layer.name) or ["0"])[0]))


def fill(model, weights):
    """Our weights have the batch normalizations folded in: here they add the bias and do nothing else."""
    convolutions = numbered(model, keras.layers.Conv2D)
    norms = numbered(model, keras.layers.BatchNormalization)
    for i, (convolution, norm) in enumerate(zip(convolutions, norms), 1):
        bias = weights[f"conv2d_{i}/bias"]
        convolution.set_weights([weights[f"conv2d_{i}/kernel"]])
        norm.set_weights([bias, np.zeros_like(bias), np.full_like(bias, 1 - norm.epsilon)])


def described(layer):
    """A layer as bench/peers/onnx_inception.py wants it."""
    config = layer.get_config()
    wanted = ("strides", "padding", "pool_size")
    inputs = layer.input if isinstance(layer.input, list) else [layer.input]
    return {
        "name": layer.name,
        "kind": type(layer).__name__,
        "inputs": [x._keras_history.operation.name for x in inputs],
        **{key: config[key] for key in wanted if key in config},
    }


class Peer:
    def __init__(self, task, arrays):
        if task["precision"] == "bfloat16":
            keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
        model = keras.applications.InceptionV3(include_top=False, weights=None, input_shape=(299, 299, 3))
        fill(model, under(arrays, "weights/"))
        with open(task["layers"], "w") as file:
            names = {}
            for kind in (keras.layers.Conv2D, keras.layers.BatchNormalization):
                names |= {layer.name: i for i, layer in enumerate(numbered(model, kind), 1)}
            layers = [{**described(layer), "number": names.get(layer.name)} for layer in model.layers[1:]]
            json.dump({"input": model.layers[0].name, "layers": layers}, file)
        self.pixels = tf.constant(arrays["pixels"])
        self.model = model
        self.run = tf.function(lambda pixels: tf.cast(model(pixels / 127.5 - 1, training=False), "float32"))

    def check(self):
        """The means of the first channels."""
        return self.run(self.pixels).numpy().mean((0, 1, 2))[:16]

    def round(self):
        self.run(self.pixels).numpy()
