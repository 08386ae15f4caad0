"""Networks of keras.applications with random weights, and files for the tests. Used by reference.py and gradients.py."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import h5py
import keras
import numpy as np
from keras.src.applications import efficientnet
from keras.src.legacy.saving import legacy_h5_format


def save(folder, name, array):
    np.asarray(array, np.float32).tofile(os.path.join(folder, f"{name}.raw"))


def save_weights(model, folder, name):
    path = os.path.join(folder, f"{name}.h5")
    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, model)
    return path


def randomize(model, seed):
    """Batch statistics, scales and biases that are not those of a new network."""
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            for variable in layer.variables:
                positive = variable.name in ("gamma", "moving_variance")
                draw = rng.uniform(0.4, 1.2, variable.shape) if positive else rng.normal(0, 0.3, variable.shape)
                variable.assign(draw)
        elif getattr(layer, "bias", None) is not None:
            layer.bias.assign(rng.normal(0, 0.3, layer.bias.shape))


def inception_v3():
    keras.utils.set_random_seed(7)
    keras.layers.Conv2D(1, 1)  # the network's convolutions are then numbered from 1, as in old files
    model = keras.applications.InceptionV3(include_top=False, weights=None, input_shape=(299, 299, 3))
    randomize(model, 7)
    return model


def resnet50():
    model = keras.applications.ResNet50(include_top=False, weights=None, input_shape=(224, 224, 3))
    randomize(model, 8)
    return model


def efficientnet_b1(folder):
    """The weights go through Keras' own path for ImageNet's, which scales the pixels once more."""
    shape = (240, 240, 3)
    model = keras.applications.EfficientNetB1(include_top=False, weights=None, input_shape=shape)
    randomize(model, 9)
    norm = model.get_layer("normalization")
    norm.adapt_mean.assign([0.485, 0.456, 0.406])
    norm.adapt_variance.assign([0.229, 0.224, 0.225])
    path = save_weights(model, folder, "efficientnetb1")
    efficientnet.file_utils.get_file = lambda *args, **options: path
    return keras.applications.EfficientNetB1(include_top=False, input_shape=shape)
