"""Answers as plain data, on their way from a process that nobody trusts to the one that judges."""

import builtins
import json
from numbers import Real
from typing import Any

import torch
from torch import Tensor

from nst_helpers.checks.exercise import RefusedError

LONGEST = 1000  # characters of a text
LARGEST = 100_000  # numbers of a tensor; no right answer has more
KINDS = ("float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "bool")
TYPES = {kind: getattr(torch, kind) for kind in KINDS}


def pack(answers: list[Any]) -> bytes:
    """The answers as JSON; what no exercise expects is kept as the name of its type."""
    return json.dumps([_plain(answer) for answer in answers]).encode()


def unpack(data: bytes) -> list[Any]:
    """What was packed; raises an Exception of some kind if the data is anything else."""
    return [_rebuilt(*entry) for entry in json.loads(data)]


def _plain(value: Any, depth: int = 5) -> list:
    if isinstance(value, Tensor):
        return _plain_tensor(value.detach())
    if isinstance(value, Exception):
        return ["raised", *_told(value)]
    if value is None or type(value) in (bool, int):
        return ["is", value]
    if isinstance(value, Real):  # of NumPy, too
        return ["is", float(value)]
    if isinstance(value, str):
        return ["is", value[:LONGEST]]
    if depth and isinstance(value, dict):
        return ["dict", [[str(key), _plain(entry, depth - 1)] for key, entry in value.items()]]
    if depth and isinstance(value, list | tuple):
        kind = "list" if isinstance(value, list) else "tuple"
        return [kind, [_plain(entry, depth - 1) for entry in value]]
    return ["other", type(value).__name__]


def _plain_tensor(value: Tensor) -> list:
    """Type, shape and numbers; of what is huge or odd only the shape, which is wrong anyway."""
    kind = str(value.dtype).removeprefix("torch.")
    if kind not in TYPES or value.layout != torch.strided or value.numel() > LARGEST:
        return ["shape", list(value.shape)]
    return ["tensor", kind, list(value.shape), value.flatten().tolist()]


def _told(fault: Exception) -> tuple[str, str]:
    """Type and text of an exception; PyTorch has words of its own for too little memory."""
    if isinstance(fault, MemoryError) or "allocate memory" in str(fault):
        return "MemoryError", "it asked for more memory than an exercise may take"
    return type(fault).__name__, str(fault)[:LONGEST]


def _rebuilt(kind: str, *found: Any) -> Any:
    if kind == "tensor":
        name, shape, numbers = found
        return torch.tensor(numbers, dtype=TYPES[name]).reshape(shape)
    if kind == "shape":
        return torch.empty(found[0], device="meta")
    if kind == "raised":
        return _exception(*found)
    if kind == "other":
        return ... if found[0] == "ellipsis" else type(found[0], (), {})()
    if kind == "dict":
        return {key: _rebuilt(*entry) for key, entry in found[0]}
    if kind in ("list", "tuple"):
        return {"list": list, "tuple": tuple}[kind](_rebuilt(*entry) for entry in found[0])
    return found[0]


def _exception(name: str, text: str) -> Exception:
    """An exception that says the same: of the same type, if that is one of Python's."""
    kind = RefusedError if name == "RefusedError" else getattr(builtins, name, None)
    if isinstance(kind, type) and issubclass(kind, Exception):
        try:
            return kind(text)
        except TypeError:  # it wants more than a text
            pass
    return type(name, (Exception,), {})(text)
