"""Writes a package of npm with a tiny graph model of TensorFlow.js, as the detector's is.

Usage: make_detector.py TARBALL [missing|link]
missing: without the second shard. link: that is a link to a file outside.
"""

import io
import json
import sys
import tarfile

import numpy as np

FOLDER = "package/models/coco-ssd"
NETWORK = "FeatureExtractor/MobilenetV2"
tarball, *broken = sys.argv[1:]

weights = {
    # already scaled
    f"{NETWORK}/Conv/Conv2D/merged_input": [[[[1, 2]]]],
    f"{NETWORK}/Conv/BatchNorm/batchnorm/sub": [0.5, -0.5],
    # a number that is no float32 in between
    "Postprocessor/count": np.int32([3]),
    # scale and bias worked out
    f"{NETWORK}/expanded_conv/depthwise/depthwise_weights": [[[[1], [2]]]],
    f"{NETWORK}/expanded_conv/depthwise/BatchNorm/batchnorm/mul": [10, 100],
    f"{NETWORK}/expanded_conv/depthwise/BatchNorm/batchnorm/sub": [3, 4],
    # as it was trained: (x - 1) / 2 * 4 + 7 = 2 x + 5
    f"{NETWORK}/layer_19/depthwise_weights": [[[[5]]]],
    f"{NETWORK}/layer_19/BatchNorm/gamma": [4],
    f"{NETWORK}/layer_19/BatchNorm/beta": [7],
    f"{NETWORK}/layer_19/BatchNorm/moving_mean": [1],
    f"{NETWORK}/layer_19/BatchNorm/moving_variance": [4 - 1e-3],
    # two anchors, whose numbers are those of the classes
    "BoxPredictor_0/ClassPredictor/weights": np.reshape([*range(91), *range(91)], (1, 1, 1, 182)),
    "BoxPredictor_0/ClassPredictor/biases": -np.array([*range(91), *range(91)]),
    "BoxPredictor_0/BoxEncodingPredictor/weights": [[[[1, 1, 1, 1]]]],
    "BoxPredictor_0/BoxEncodingPredictor/biases": [1, 1, 1, 1],
    "BoxPredictor_0/BoxEncodingPredictor_depthwise/depthwise_weights": [[[[1]]]],
    "BoxPredictor_0/BoxEncodingPredictor_depthwise/BatchNorm/batchnorm/mul": [1],
    "BoxPredictor_0/BoxEncodingPredictor_depthwise/BatchNorm/batchnorm/sub": [1],
}
arrays = {name: values if isinstance(values, np.ndarray) and values.dtype == np.int32 else np.float32(values) for name, values in weights.items()}
content = b"".join(array.tobytes() for array in arrays.values())
entries = [{"name": name, "shape": array.shape, "dtype": array.dtype.name} for name, array in arrays.items()]
model = {"modelTopology": {}, "weightsManifest": [{"paths": ["one", "two"], "weights": entries}]}

with tarfile.open(tarball, "w:gz") as archive:

    def add(name, data):
        member = tarfile.TarInfo(f"{FOLDER}/{name}")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))

    add("model.json", json.dumps(model).encode())
    add("one", content[:30])
    if not broken:
        add("two", content[30:])
    elif broken == ["link"]:
        member = tarfile.TarInfo(f"{FOLDER}/two")
        member.type, member.linkname = tarfile.SYMTYPE, __file__
        archive.addfile(member)
