"""Parameters and buffers of a module: by name, with ties, and the classes that it says not to split."""

from .tensors import shape_of, storage_of
from .traced_graph import Stored


def stored_tensors(module):
    """Every parameter and buffer under every name that it has, in the order of the modules.

    Returns (dict of name to Stored, dict of name to tensor).
    """
    stored, values = {}, {}
    for path, owner in module.named_modules(remove_duplicate=False):
        for kind, held in (("parameter", owner._parameters), ("buffer", owner._buffers)):
            for key, tensor in held.items():
                if tensor is None:
                    continue
                name = f"{path}.{key}" if path else key
                trainable = kind == "parameter" and tensor.requires_grad
                stored[name] = Stored(name, kind, shape_of(tensor), trainable, storage_of(tensor))
                values[name] = tensor
    return stored, values


def ties_of(stored):
    """Names that share one memory, in their order; only those with two or more."""
    together = {}
    for each in stored.values():
        together.setdefault(each.storage, []).append(each.name)
    return tuple(tuple(names) for names in together.values() if len(names) > 1)


def keep_whole_of(module):
    """Class name to the layers of its instances, for the classes that the module or a part of it lists in `_no_split_modules`."""
    classes = set()
    for part in module.modules():
        listed = getattr(part, "_no_split_modules", None)
        classes.update(name for name in listed or () if isinstance(name, str))
    found = {}
    for path, part in module.named_modules():
        if type(part).__name__ in classes and path:
            found.setdefault(type(part).__name__, []).append(path.replace(".", "/"))
    return {name: tuple(layers) for name, layers in sorted(found.items())}


def structure_of(module):
    """Lines that say what a module is made of, whatever its weights: for fingerprints."""
    for path, part in module.named_modules(remove_duplicate=False):
        kind = type(part)
        holder = kind.__module__.rsplit(".", 1)[-1]
        holder = holder[len("_berth_") :] if holder.startswith("_berth_") else holder  # as `load.py` calls a file whose name is taken
        yield f"{path} {holder}.{kind.__qualname__} {part.extra_repr() if _tells(part) else ''}"


def _tells(part):
    """torch's own modules say in `extra_repr` what they were made with."""
    return type(part).__module__.startswith("torch.nn.")
