"""From what a person names on a command line to a module and the arguments of its `forward`."""

import importlib
import importlib.util
import inspect
import os
import re
import sys

import torch

from .failure import Failure, reason


class Loaded:
    """A module with example arguments.

    name: as in the file, for people.
    module: `torch.nn.Module`, in the mode in which whoever wrote it left it.
    args, kwargs: for `forward`; tensors, or what holds tensors.
    """

    def __init__(self, name, module, args, kwargs):
        self.name = name
        self.module = module
        self.args = args
        self.kwargs = kwargs


def load(named, batch=(), inputs=None, device="cpu", seed=0):
    """Makes the module that `named` says, and arguments for it.

    named: `file.py`, `file.py:NAME` or `package.module:NAME`. NAME is a module, a subclass of `torch.nn.Module`, or a function without arguments
        that returns a module, or a module and its arguments. Without NAME it is `model`, or the file's only subclass of `torch.nn.Module`.
    batch: shapes of arguments, as `tensor_of` reads them; they win over arguments that a function returned.
    inputs: `file.py:NAME` of a function that returns the arguments: a tensor, a tuple, a dict of keywords, or a tuple of both.
    device: "meta" makes shapes without weights; else the module is made on the CPU, and what uses another device moves it there.
    seed: of weights and arguments.

    Raises Failure: BERTH3141 (not found), BERTH3142 (raises), BERTH3143 (is no module, or lacks arguments).
    """
    torch.manual_seed(seed)
    source, _, name = named.partition(":") if not re.match(r"^[A-Za-z]:[\\/]", named) else _windows(named)
    made = _made(_find(source, name, named), named, device)
    own = ()
    if isinstance(made, (tuple, list)) and made and isinstance(made[0], torch.nn.Module):
        own = tuple(made[1:])
        made = made[0]
    if not isinstance(made, torch.nn.Module):
        raise Failure("BERTH3143", module=named, detail=f"it is {_kind(made)}, not a torch.nn.Module")
    if inputs is not None:
        source, _, function = inputs.partition(":")
        args, kwargs = _arguments((_made(_find(source, function, inputs), inputs, device),))
    else:
        args, kwargs = _arguments(own)
    tensors = [tensor_of(text, made, device) for text in batch]
    if any(key is None for key, _ in tensors):
        args = tuple(tensor for key, tensor in tensors if key is None)
    kwargs.update({key: tensor for key, tensor in tensors if key is not None})
    if not args and not kwargs and _wanted(made):
        raise Failure("BERTH3143", module=named, detail=f"nothing says what its forward is given ({', '.join(_wanted(made))})")
    return Loaded(name or type(made).__name__, made, args, kwargs)


def _windows(named):
    path, colon, name = named[2:].partition(":")
    return named[:2] + path, colon, name


def _find(source, name, named):
    """The object that a file or a package holds."""
    is_file = source.endswith(".py")
    if is_file and not os.path.isfile(source):
        raise Failure("BERTH3141", module=named, detail=f"there is no file {source}", names=[])
    try:
        holder = _file(source) if is_file else _package(source)
    except Exception as error:  # noqa: BLE001: whatever the file raises is told
        missing = isinstance(error, ModuleNotFoundError) and error.name is not None
        if missing and not is_file and (source + ".").startswith(error.name + "."):
            raise Failure("BERTH3141", module=named, detail=f'Python finds no package "{error.name}"', names=[]) from error
        raise Failure("BERTH3142", module=named, when="is imported", detail=reason(error), at=_place(error)) from error
    if not name:
        return _only(holder, named)
    found = holder
    for part in name.split("."):
        if not hasattr(found, part):
            raise Failure("BERTH3141", module=named, detail=f'{source} has no "{part}"', names=_names(holder))
        found = getattr(found, part)
    return found


def _package(source):
    folder = os.getcwd()
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return importlib.import_module(source)


def _file(source):
    path = os.path.abspath(source)
    folder = os.path.dirname(path)
    if folder not in sys.path:
        sys.path.insert(0, folder)  # as Python does for the file that it runs: modules beside it are found
    name = re.sub(r"\W", "_", os.path.splitext(os.path.basename(path))[0])
    name = name if name not in sys.modules else f"_berth_{name}"
    spec = importlib.util.spec_from_file_location(name, path)
    holder = importlib.util.module_from_spec(spec)
    sys.modules[name] = holder  # pickles and dataclasses of the file ask for it
    spec.loader.exec_module(holder)
    return holder


def _only(holder, named):
    if hasattr(holder, "model"):
        return holder.model
    names = _names(holder, own=True)
    if len(names) != 1:
        detail = f'it has no "model"{"" if names else " and no subclass of torch.nn.Module"}: say NAME after a colon'
        raise Failure("BERTH3141", module=named, detail=detail, names=names)
    return getattr(holder, names[0])


def _names(holder, own=False):
    """Names that could be meant, in the order of the file."""

    def is_module(value):
        return inspect.isclass(value) and issubclass(value, torch.nn.Module)

    def is_own(value):
        return getattr(value, "__module__", None) == holder.__name__

    return [
        key
        for key, value in vars(holder).items()
        if not key.startswith("_")
        and (is_module(value) and is_own(value) or not own and (isinstance(value, torch.nn.Module) or inspect.isfunction(value) and is_own(value)))
    ]


def _made(found, named, device):
    if isinstance(found, torch.nn.Module) or not callable(found):
        return found
    try:
        if device == "meta":
            return _on_meta(found)
        return found()
    except Exception as error:  # noqa: BLE001: whatever the module raises is told
        raise Failure("BERTH3142", module=named, when="is made", detail=reason(error), at=_place(error)) from error


def _on_meta(make):
    if hasattr(torch, "set_default_device"):  # 2.0
        with torch.device("meta"):
            return make()
    from torch.utils._python_dispatch import TorchDispatchMode

    class Meta(TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            kwargs = dict(kwargs or {})
            if "device" in {argument.name for argument in func._schema.arguments}:
                kwargs["device"] = torch.device("meta")
            return func(*args, **kwargs)

    with Meta():
        return make()


def _arguments(given):
    """What a function returned, as arguments and keywords."""
    if len(given) == 1 and isinstance(given[0], (tuple, list)):
        given = tuple(given[0])
    if given and isinstance(given[-1], dict) and all(isinstance(key, str) for key in given[-1]):
        return tuple(given[:-1]), dict(given[-1])
    return tuple(given), {}


def _wanted(module):
    """Names of the arguments that `forward` cannot do without."""
    try:
        parameters = inspect.signature(module.forward).parameters.values()
    except (TypeError, ValueError):
        return []
    plain = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return [each.name for each in parameters if each.kind in plain and each.default is inspect.Parameter.empty]


_SHAPE = re.compile(r"^(?:(?P<key>[A-Za-z_]\w*)=)?(?P<shape>\d+(?:[x,]\d+)*)(?::(?P<dtype>\w+)(?::(?P<below>\d+))?)?$")


def tensor_of(text, module, device="cpu"):
    """Reads `[NAME=]2x3x224x224[:DTYPE[:BELOW]]`: an argument's name or None, and random values of that shape.

    DTYPE is a name of torch, float32 if not given. Whole numbers are drawn below BELOW, or below the smallest embedding of the module, or are 0 and 1.

    Raises Failure BERTH3144.
    """
    match = _SHAPE.match(text)
    dtype = getattr(torch, (match.group("dtype") or "float32") if match else "", None)
    if match is None or not isinstance(dtype, torch.dtype):
        raise Failure("BERTH3144", batch=text)
    shape = [int(side) for side in re.split("[x,]", match.group("shape"))]
    if dtype.is_floating_point or dtype.is_complex:
        tensor = torch.randn(shape, dtype=torch.float32).to(dtype)
    else:
        sizes = [each.num_embeddings for each in module.modules() if isinstance(each, torch.nn.Embedding)]
        below = int(match.group("below") or min(sizes, default=2))
        tensor = torch.randint(0, max(1, below), shape).to(dtype)
    return match.group("key"), tensor.to(device)


def _kind(value):
    return "None" if value is None else f"of type {type(value).__name__}"


def _place(error):
    """File and line of the last frame of a person's own code, or None."""
    found = None
    trace = error.__traceback__
    own = os.path.dirname(os.path.abspath(__file__))
    libraries = (os.path.dirname(os.path.abspath(torch.__file__)), os.path.dirname(os.path.abspath(os.__file__)))
    while trace is not None:
        file = os.path.abspath(trace.tb_frame.f_code.co_filename)
        if os.path.isfile(file) and not file.startswith((own, *libraries)):
            found = f"{os.path.relpath(file)}:{trace.tb_lineno}"
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.filename:
        return f"{os.path.relpath(error.filename)}:{error.lineno}"
    return found
