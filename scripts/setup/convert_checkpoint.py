"""Converts a PyTorch checkpoint in the format before version 1.6 to safetensors, without PyTorch.

Usage: convert_checkpoint.py CHECKPOINT OUTPUT

Such a file is a sequence of pickles (magic number, protocol version, system, state_dict, storage keys) followed by the
storages, each as its number of elements (int64) and its bytes (torch/serialization.py, _legacy_load). The unpickler
finds no class but those listed below, so that no file can run anything. Only float32 tensors are written: the others of
a network count batches.
"""

import collections
import pickle
import struct
import sys

import numpy as np

from write_safetensors import write_safetensors

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
ITEM_SIZES = {"FloatStorage": 4, "DoubleStorage": 8, "HalfStorage": 2, "LongStorage": 8, "IntStorage": 4}

Storage = collections.namedtuple("Storage", "key kind")
Tensor = collections.namedtuple("Tensor", "storage offset shape strides")


def rebuild_tensor(storage, offset, shape, strides, *_):
    return Tensor(storage, offset, tuple(shape), tuple(strides))


ALLOWED = {
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): rebuild_tensor,
    **{("torch", kind): kind for kind in ITEM_SIZES},
}


class RestrictedUnpickler(pickle.Unpickler):
    def find_class(self, module, name):
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(f"it wants to use {module}.{name}")
        return ALLOWED[module, name]

    def persistent_load(self, pid):
        _, kind, key, *_ = pid
        return Storage(key, kind)


def read_checkpoint(path):
    """Shape and bytes of the float32 tensors by name."""
    with open(path, "rb") as file:
        magic, protocol, system, state, keys = (RestrictedUnpickler(file).load() for _ in range(5))
        if (magic, protocol) != (MAGIC, PROTOCOL) or not system["little_endian"]:
            raise ValueError("it is not a little-endian checkpoint of PyTorch's old format")
        kinds = {tensor.storage.key: tensor.storage.kind for tensor in state.values()}
        storages = {}
        for key in keys:
            (count,) = struct.unpack("<q", file.read(8))
            size = count * ITEM_SIZES[kinds[key]]
            storages[key] = file.read(size)
            if len(storages[key]) != size:
                raise EOFError("the file ends too early")
    floats = {name: tensor for name, tensor in state.items() if tensor.storage.kind == "FloatStorage"}
    return {name: (tensor.shape, values_of(name, tensor, storages)) for name, tensor in floats.items()}


def values_of(name, tensor, storages):
    """The tensor's bytes in row-major order; strides and offset count elements."""
    values = np.frombuffer(storages[tensor.storage.key], np.float32)[tensor.offset :]
    last = sum((size - 1) * stride for size, stride in zip(tensor.shape, tensor.strides))
    if len(values) <= last or tensor.offset < 0 or min(tensor.strides, default=0) < 0:
        raise ValueError(f"{name} reaches past its storage")
    return np.lib.stride_tricks.as_strided(values, tensor.shape, [4 * stride for stride in tensor.strides]).tobytes()


def main(checkpoint, output):
    try:
        arrays = read_checkpoint(checkpoint)
    except Exception as error:  # whatever a damaged pickle makes of itself
        sys.exit(f"{checkpoint} cannot be converted ({error}): install its package again.")
    write_safetensors(output, arrays)


if __name__ == "__main__":
    main(*sys.argv[1:])
