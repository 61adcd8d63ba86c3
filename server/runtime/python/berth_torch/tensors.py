"""Tensors inside of whatever a module takes and returns, and what their memory is."""

import dataclasses

import torch

from .traced_graph import TensorShape


def tensors_in(value):
    """Tensors in tuples, lists, dicts and dataclasses, in order; each as often as it stands there."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        return [tensor for part in value.values() for tensor in tensors_in(part)]
    if isinstance(value, (tuple, list)):
        return [tensor for part in value for tensor in tensors_in(part)]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [tensor for part in dataclasses.fields(value) for tensor in tensors_in(getattr(value, part.name))]
    return []


def shape_of(tensor):
    """The TensorShape of a tensor."""
    return TensorShape(
        shape=tuple(int(side) for side in tensor.shape),
        dtype=str(tensor.dtype).replace("torch.", ""),
        bytes=int(tensor.numel()) * tensor.element_size(),
    )


def storage_of(tensor):
    """A number that tensors have in common that share memory, also on the meta device; one of its own where that cannot be told."""
    try:
        storage = tensor.untyped_storage() if hasattr(tensor, "untyped_storage") else tensor.storage()  # before 2.0
        return storage._cdata
    except (NotImplementedError, RuntimeError):  # sparse and other tensors without a memory of one piece
        return -id(tensor)


def storage_bytes(tensor):
    """Bytes of the memory that a tensor lies in."""
    if hasattr(tensor, "untyped_storage"):
        return tensor.untyped_storage().nbytes()
    return tensor.storage().nbytes()


def map_tensors(value, change):
    """`value` with every tensor in tuples, lists, dicts and slices replaced by `change(tensor)`; what else it holds stays."""
    if isinstance(value, torch.Tensor):
        return change(value)
    if type(value) in (tuple, list):
        return type(value)(map_tensors(part, change) for part in value)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(map_tensors(part, change) for part in value))
    if type(value) is dict:
        return {key: map_tensors(part, change) for key, part in value.items()}
    if isinstance(value, slice):
        return slice(*(map_tensors(part, change) for part in (value.start, value.stop, value.step)))
    return value
