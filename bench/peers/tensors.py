"""Reads what lib/weights/safetensors.ts writes."""

import json

import numpy as np

TYPES = {"F32": np.float32, "F16": np.float16}


def read_tensors(path):
    """The arrays of a safetensors file by name."""
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        values = memoryview(file.read())
    header.pop("__metadata__", None)
    arrays = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        arrays[name] = np.frombuffer(values[start:end], TYPES[entry["dtype"]]).reshape(entry["shape"])
    return arrays


def under(arrays, prefix):
    """The arrays whose names begin with a prefix, without it."""
    return {name[len(prefix) :]: value for name, value in arrays.items() if name.startswith(prefix)}
