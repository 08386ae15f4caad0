"""Converts the object detector SSDLite MobileNetV2 from a graph model of TensorFlow.js to safetensors.

Usage: convert_ssdlite.py FOLDER OUTPUT

FOLDER has model.json and its shards. Batch normalizations are folded into the convolutions before them, wherever the
export has not done so already; the result is `name/kernel` (rows, columns, inputs, filters; depthwise with 1 at the end) and
`name/bias` for each convolution of the network and of the predictors of classes. Boxes are left out, and so are the
background and the numbers that COCO gives to no category.
"""

import json
import os
import sys

import numpy as np

from convert_checkpoint import write_safetensors

PREFIX = "FeatureExtractor/MobilenetV2/"
CLASSES = 91
UNUSED = {0, 12, 26, 29, 30, 45, 66, 68, 69, 71, 83}
EPSILON = 1e-3  # of the batch normalizations that are not folded


def read_graph_model(folder):
    """The float32 weights by name."""
    with open(os.path.join(folder, "model.json"), encoding="utf8") as file:
        groups = json.load(file)["weightsManifest"]
    arrays = {}
    for group in groups:
        content = b"".join(open(os.path.join(folder, path), "rb").read() for path in group["paths"])
        offset = 0
        for weight in group["weights"]:
            count = int(np.prod(weight["shape"], dtype=int))
            if weight["dtype"] == "float32":
                arrays[weight["name"]] = np.frombuffer(content, np.float32, count, offset).reshape(weight["shape"])
            offset += 4 * count  # int32 is the only other type
    return arrays


def folded(arrays):
    """Kernel and bias of each convolution."""
    found = {}
    for name, kernel in arrays.items():
        layer, _, kind = name.rpartition("/")
        if name.endswith("/Conv2D/merged_input"):  # scaled by the export
            layer = layer[: -len("/Conv2D")]
            found[layer] = kernel, arrays[f"{layer}/BatchNorm/batchnorm/sub"]
        elif kind == "depthwise_weights" and f"{layer}/BatchNorm/batchnorm/mul" in arrays:
            norm = f"{layer}/BatchNorm/batchnorm"
            found[layer] = kernel * arrays[f"{norm}/mul"][:, None], arrays[f"{norm}/sub"]
        elif kind == "depthwise_weights":
            norm = {part: arrays[f"{layer}/BatchNorm/{part}"] for part in ("gamma", "beta", "moving_mean", "moving_variance")}
            scale = norm["gamma"] / np.sqrt(norm["moving_variance"] + EPSILON)
            found[layer] = kernel * scale[:, None], norm["beta"] - norm["moving_mean"] * scale
        elif kind == "weights" and layer.endswith("/ClassPredictor"):
            used = np.array([i % CLASSES not in UNUSED for i in range(kernel.shape[-1])])
            found[layer] = kernel[..., used], arrays[f"{layer}/biases"][used]
    return {name.removeprefix(PREFIX): pair for name, pair in found.items() if "BoxEncoding" not in name}


def main(folder, output):
    try:
        layers = folded(read_graph_model(folder))
        names = {"kernel": 0, "bias": 1}
        arrays = {f"{layer}/{part}": np.float32(pair[at]) for layer, pair in layers.items() for part, at in names.items()}
    except Exception as error:  # whatever a damaged file makes of itself
        sys.exit(f"{folder} cannot be converted ({error}): run npm run setup again.")
    write_safetensors(output, {name: (array.shape, array.tobytes()) for name, array in arrays.items()})


if __name__ == "__main__":
    main(*sys.argv[1:])
