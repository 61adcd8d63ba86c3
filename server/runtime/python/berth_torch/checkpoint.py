"""Checkpoints: what a run needs to go on, one file per device, in the format of safetensors, which many tools read.

    u64 length of the index · index as JSON: name → type, shape, place among the bytes · bytes

Tensors are found by their name in the module, in whichever file they lie, so that a run can go on with another placement. What an optimizer keeps of
a parameter is called `optimizer/<parameter>/<key>`. Files are written whole, flushed and renamed.
"""
from __future__ import annotations

import json
import os
import struct
from typing import Any, BinaryIO, Dict, List, Mapping, Tuple

import torch

FORMAT = 1
ENDING = ".safetensors"
TYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
NAMES = {dtype: name for name, dtype in TYPES.items()}


class Damaged(Exception):
    """A checkpoint that cannot be read."""


def write(path: str, tensors: Mapping[str, torch.Tensor]) -> None:
    """Returns when it is on the disk."""
    index: Dict[str, Any] = {"__metadata__": {"berth-format": str(FORMAT)}}
    at = 0
    for name, tensor in tensors.items():
        length = tensor.numel() * tensor.element_size()
        index[name] = {"dtype": NAMES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [at, at + length]}
        at += length
    text = json.dumps(index, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    folder = os.path.dirname(path)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    partial = f"{path}.partial"
    with open(partial, "wb") as file:
        file.write(struct.pack("<Q", len(text)))
        file.write(text)
        for tensor in tensors.values():
            file.write(_bytes_of(tensor))
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)
    for place in (folder, os.path.dirname(folder)):
        flushed = os.open(place, os.O_RDONLY)
        try:
            os.fsync(flushed)
        finally:
            os.close(flushed)


class Checkpoint:
    """All files of one step, of which a device reads what it needs. :raises Damaged: from every method, where one cannot be read."""

    def __init__(self, folder: str) -> None:
        self._places: Dict[str, Tuple[str, int, Dict[str, Any]]] = {}
        files = sorted(name for name in os.listdir(folder) if name.endswith(ENDING))
        if not files:
            raise Damaged(f"there is no checkpoint in {folder}")
        for name in files:
            path = os.path.join(folder, name)
            try:
                with open(path, "rb") as file:
                    (length,) = struct.unpack("<Q", file.read(8))
                    index = json.loads(file.read(length))
            except (ValueError, struct.error) as error:
                raise Damaged(f"the checkpoint file {name} is damaged: {error}") from error
            version = int(index.pop("__metadata__", {}).get("berth-format", FORMAT))
            if version > FORMAT:
                raise Damaged(f"a newer Berth wrote the checkpoint file {name}, in format {version}: update this one")
            for tensor, entry in index.items():
                self._places[tensor] = (path, 8 + length, entry)

    def names(self) -> List[str]:
        return list(self._places)

    def has(self, name: str) -> bool:
        return name in self._places

    def read(self, name: str) -> torch.Tensor:
        path, data, entry = self._places[name]
        begin, end = entry["data_offsets"]
        tensor = torch.empty(entry["shape"], dtype=TYPES[entry["dtype"]])
        if tensor.numel() * tensor.element_size() != end - begin:
            raise Damaged(f"the checkpoint file {os.path.basename(path)} is damaged: {name} has not its length")
        with open(path, "rb") as file:
            file.seek(data + begin)
            _read_into(file, tensor, path)
        return tensor


def _read_into(file: BinaryIO, tensor: torch.Tensor, path: str) -> None:
    from .exchange import memory_of

    if tensor.numel() == 0:
        return
    view = memory_of(tensor)
    done = 0
    while done < len(view):
        count = file.readinto(view[done:])
        if not count:
            raise Damaged(f"the checkpoint file {os.path.basename(path)} is cut short")
        done += count


def _bytes_of(tensor: torch.Tensor) -> Any:
    from .exchange import memory_of

    tensor = tensor.detach().to("cpu").contiguous()
    return bytes(memory_of(tensor)) if tensor.numel() else b""
