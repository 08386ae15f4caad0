"""Writes the same networks in all formats of Keras into a folder: keras_files.py FOLDER."""

import os
import sys
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "encoders"))

import h5py
import keras
import numpy as np
from keras_networks import randomize, save_weights

folder = sys.argv[1]


def path(name):
    return os.path.join(folder, name)


def save_new(model, name):
    """As Keras 3 saves: a whole model, and weights alone."""
    model.save(path(f"{name}.keras"))
    model.save_weights(path(f"{name}.weights.h5"))


def networks():
    applications = keras.applications
    for seed, (name, build) in enumerate(
        {"inception": applications.InceptionV3, "resnet": applications.ResNet50, "b1": applications.EfficientNetB1}.items()
    ):
        keras.utils.set_random_seed(seed)
        model = build(include_top=False, weights=None)
        randomize(model, seed)
        save_weights(model, folder, name)
        again = build(include_top=False, weights=None)  # other numbers in the names of its layers
        again.set_weights(model.get_weights())
        save_new(again, name)


def layers():
    return [
        keras.Input((8, 8, 3)),
        keras.layers.Conv2D(4, 3, name="first"),
        keras.layers.BatchNormalization(name="norm"),
        keras.layers.DepthwiseConv2D(3, use_bias=False, name="deep"),
        keras.layers.Flatten(),
        keras.layers.Dense(2, name="top"),
    ]


def small(name, policy="float32"):
    keras.utils.set_random_seed(1)
    exact = keras.Sequential(layers())
    keras.config.set_dtype_policy(policy)
    model = keras.Sequential(layers())
    model.set_weights(exact.get_weights())
    model.save(path(f"{name}.h5"))
    save_new(model, name)
    keras.config.set_dtype_policy("float32")


def nested():
    inner = keras.Sequential(layers())
    model = keras.Sequential([keras.Input((8, 8, 3)), inner, keras.layers.Dense(3, name="outer")])
    model.compile("adam", "mse")
    model.fit(np.zeros((1, 8, 8, 3)), np.zeros((1, 3)), verbose=0)  # adds the optimizer's arrays
    model.save(path("nested.h5"))
    save_new(model, "nested")


def nameless():
    """As the first versions of Keras 3 wrote them: without the names of layers."""
    with zipfile.ZipFile(path("small.keras")) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    weights = path("nameless.weights.h5")
    with open(weights, "wb") as file:
        file.write(files["model.weights.h5"])
    with h5py.File(weights, "a") as file:
        file.visititems(lambda _, item: item.attrs.pop("name", None))
    with open(weights, "rb") as file:
        files["model.weights.h5"] = file.read()
    with zipfile.ZipFile(path("nameless.keras"), "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def others():
    np.save(path("array.npy"), np.zeros(3))
    np.savez(path("arrays.npz"), a=np.zeros(3))
    with h5py.File(path("other.h5"), "w") as file:
        file["data"] = np.zeros(3)


small("small")
small("half", "float16")
small("brain", "bfloat16")
nested()
nameless()
others()
networks()
