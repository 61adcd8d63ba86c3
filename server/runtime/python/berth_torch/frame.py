"""How a tensor crosses between two device processes: a fixed little-endian header, the shape, the numbers. Nothing is ever evaluated or
revived, pickle least of all.

    u32 magic "BRT2" · u8 kind · u8 dimensions · u16 type of number · u32 step · u32 index (value or parameter) · u64 payload bytes · u64 extents… · numbers…

Version 1 is that of the JavaScript runtime, which exchanges float32 alone.
"""
from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Tuple

import torch

MARK = b"BRT"
VERSION = b"2"
HEADER = struct.Struct("<4sBBHIIQ")
MAX_DIMENSIONS = 16
"""More than one tensor of a model has; a larger announced length is a broken peer."""
MAX_PAYLOAD_BYTES = 2**36

ACTIVATION, GRADIENT, PARAMETER = 0, 1, 2
"""What the header's kind says beside what is sent: the tensor takes part in the backward run; there is no tensor."""
WITH_GRADIENT, EMPTY = 16, 32

DTYPES = (
    torch.float32,
    torch.float64,
    torch.float16,
    torch.bfloat16,
    torch.int64,
    torch.int32,
    torch.int16,
    torch.int8,
    torch.uint8,
    torch.bool,
    torch.complex64,
    torch.complex128,
)


class FrameError(Exception):
    """Bytes that are no tensor frame."""


@dataclass(frozen=True)
class FrameHead:
    kind: int
    step: int
    index: int
    with_gradient: bool
    empty: bool
    dtype: torch.dtype
    dimensions: int
    payload: int


def encode_head(kind: int, step: int, index: int, tensor: "torch.Tensor | None", with_gradient: bool) -> bytes:
    """:param tensor: contiguous, on the CPU; None where there is none to send."""
    if tensor is None:
        return HEADER.pack(MARK + VERSION, kind | EMPTY, 0, 0, step, index, 0)
    flags = kind | (WITH_GRADIENT if with_gradient else 0)
    shape = tuple(tensor.shape)
    payload = tensor.numel() * tensor.element_size()
    head = HEADER.pack(MARK + VERSION, flags, len(shape), DTYPES.index(tensor.dtype), step, index, payload)
    return head + struct.pack(f"<{len(shape)}Q", *shape)


def decode_head(data: bytes) -> FrameHead:
    """:raises FrameError: on what cannot be right."""
    magic, flags, dimensions, dtype, step, index, payload = HEADER.unpack(data)
    if magic[:3] == MARK and magic[3:] != VERSION:
        raise FrameError(f"a tensor frame of version {magic[3:].decode('latin-1')!r}, and this device reads version 2")
    if magic != MARK + VERSION or flags & 15 > PARAMETER or dtype >= len(DTYPES):
        raise FrameError("bytes that are no tensor frame")
    if dimensions > MAX_DIMENSIONS:
        raise FrameError(f"a tensor of {dimensions} dimensions")
    if payload > MAX_PAYLOAD_BYTES:
        raise FrameError(f"a tensor of {payload} bytes")
    return FrameHead(
        kind=flags & 15,
        step=step,
        index=index,
        with_gradient=bool(flags & WITH_GRADIENT),
        empty=bool(flags & EMPTY),
        dtype=DTYPES[dtype],
        dimensions=dimensions,
        payload=payload,
    )


def decode_shape(head: FrameHead, data: bytes) -> Tuple[int, ...]:
    """:raises FrameError: where shape and payload do not fit."""
    shape = struct.unpack(f"<{head.dimensions}Q", data)
    size = head.dtype.itemsize
    for extent in shape:
        size *= extent
    if size != head.payload:
        raise FrameError(f"a tensor of shape {list(shape)} came with {head.payload} bytes")
    return shape
