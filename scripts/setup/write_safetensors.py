"""The safetensors format (github.com/huggingface/safetensors): a JSON header, then the values. It depends on the arrays alone."""

import json
import os
import struct


def write_safetensors(path, arrays):
    """Writes shape and bytes of float32 arrays by name. The file appears under its name when it is whole."""
    header, offset = {}, 0
    for name in sorted(arrays):
        shape, values = arrays[name]
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, offset + len(values)]}
        offset += len(values)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    partial = f"{path}.partial"  # one that was killed leaves it, the next one writes over it
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    try:
        with open(partial, "wb") as file:
            file.write(struct.pack("<Q", len(text)) + text)
            file.writelines(arrays[name][1] for name in sorted(arrays))
        os.replace(partial, path)
    finally:
        if os.path.exists(partial):
            os.remove(partial)
