"""Reads a state_dict in PyTorch's format before version 1.6, without PyTorch."""

import pickle
import struct

import numpy as np


class State(dict):
    """Stands in for OrderedDict; takes the attributes that a state_dict carries."""


class StateReader(pickle.Unpickler):
    """Leaves storages and tensors as tuples that describe them."""

    def find_class(self, module, name):
        if name == "OrderedDict":
            return State
        if name == "_rebuild_tensor_v2":
            return lambda storage, offset, shape, strides, *_: (storage, offset, shape, strides)
        return name

    def persistent_load(self, pid):
        _, kind, key, *_ = pid
        return kind, key


def read_checkpoint(path):
    """The arrays by name, in numpy."""
    with open(path, "rb") as file:
        for _ in range(3):  # magic number, protocol version, system
            pickle.load(file)
        state = StateReader(file).load()
        kinds = {key: kind for (kind, key), *_ in state.values()}
        storages = {}
        for key in pickle.load(file):
            (count,) = struct.unpack("<q", file.read(8))
            dtype = np.dtype(np.float32 if kinds[key] == "FloatStorage" else np.int64)
            storages[key] = np.frombuffer(file.read(count * dtype.itemsize), dtype)
    arrays = {}
    for name, ((_, key), offset, shape, strides) in state.items():
        data = storages[key][offset:]
        steps = [step * data.itemsize for step in strides]
        arrays[name] = np.lib.stride_tricks.as_strided(data, shape, steps)
    return arrays
