"""Writes a small checkpoint in PyTorch's format before version 1.6, without PyTorch.

Usage: make_checkpoint.py OUTPUT [hostile]
"""

import collections
import os
import pickle
import struct
import sys
import types

for name in ("torch", "torch._utils"):
    sys.modules[name] = types.ModuleType(name)


class FloatStorage:
    __module__ = "torch"


class LongStorage:
    __module__ = "torch"


def _rebuild_tensor_v2(*_):
    pass


_rebuild_tensor_v2.__module__ = "torch._utils"
sys.modules["torch"].FloatStorage = FloatStorage
sys.modules["torch"].LongStorage = LongStorage
sys.modules["torch._utils"]._rebuild_tensor_v2 = _rebuild_tensor_v2


class Storage:
    def __init__(self, kind, key, values):
        self.kind, self.key, self.values = kind, key, values


class Tensor:
    def __init__(self, *view):
        self.view = view

    def __reduce__(self):
        return _rebuild_tensor_v2, (*self.view, False, collections.OrderedDict())


class Hostile:
    def __reduce__(self):
        return os.system, (f"touch {sys.argv[1]}.touched",)


class Pickler(pickle.Pickler):
    def persistent_id(self, value):
        if isinstance(value, Storage):
            return "storage", value.kind, value.key, "cpu", len(value.values), None


floats = Storage(FloatStorage, "1", [0.5, 1, 2, 3, 4, 5, 6])
counts = Storage(LongStorage, "2", [7])
state = collections.OrderedDict(
    transposed=Tensor(floats, 1, (2, 3), (1, 2)),
    row=Tensor(floats, 0, (2,), (1,)),
    count=Tensor(counts, 0, (), ()),
)
if len(sys.argv) > 2:
    state["hostile"] = Hostile()
with open(sys.argv[1], "wb") as file:
    for value in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}, state, ["1", "2"]):
        Pickler(file, 2).dump(value)
    for storage, code in ((floats, "f"), (counts, "q")):
        count = len(storage.values)
        file.write(struct.pack(f"<q{count}{code}", count, *storage.values))
