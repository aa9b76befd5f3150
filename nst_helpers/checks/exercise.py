"""How a check speaks: it says what is wrong, with shapes and a small example, and never raises."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

NOT_YET = "not yet"


@dataclass(frozen=True)
class Verdict:
    """What a check found: "passed", "failed" or "not yet", and a sentence."""

    status: str
    message: str

    def __bool__(self) -> bool:
        return self.status == "passed"

    def __repr__(self) -> str:
        sign = {"passed": "✓ passed", "failed": "✗ failed"}.get(self.status, "… not yet")
        return f"{sign}: {self.message}"


@dataclass(frozen=True)
class Case:
    """One call of the learner's function and what it should return."""

    arguments: Sequence[Any]
    expected: Any
    shown_as: str
    hint: Callable[[Any], str | None] = lambda got: None  # names a classic mistake, if it is one


def recognise(*mistakes: tuple[Any, str]) -> Callable[[Any], str | None]:
    """A hint for `Case`: pairs of a wrong answer and the sentence that names its cause."""

    def hint(got: Any) -> str | None:
        return next(
            (text for wrong, text in mistakes if _difference(got, wrong, 1e-5) is None), None
        )

    return hint


def judge(
    function: Callable, cases: Sequence[Case], praise: str, tolerance: float = 1e-5
) -> Verdict:
    """Call `function` on each case and compare; stops at the first that is wrong.

    A stub (it returns None or `...`, or raises NotImplementedError) is "not yet".
    """
    for case in cases:
        try:
            got = function(*[_copy(argument) for argument in case.arguments])
        except NotImplementedError:
            return Verdict(NOT_YET, "the function is still a stub; the lesson goes on without it.")
        except Exception as fault:  # whatever the learner wrote may raise anything
            return Verdict("failed", f"{case.shown_as} raised {_name(fault)}.")
        if got is None or got is ...:
            return Verdict(
                NOT_YET, "the function returns nothing yet; the lesson goes on without it."
            )
        problem = _problem(case, got, tolerance)
        if problem:
            return Verdict("failed", f"{case.shown_as} {problem}")
    return Verdict("passed", praise)


def _name(fault: Exception) -> str:
    try:
        return f"{type(fault).__name__}: {fault}"
    except Exception:  # an error whose own text cannot be made
        return type(fault).__name__


def _problem(case: Case, got: Any, tolerance: float) -> str | None:
    """What is wrong with `got`, and why if the mistake is a known one; None if all is well."""
    try:
        problem = _difference(got, case.expected, tolerance)
        hint = case.hint(got) if problem else None
        return f"{problem} {hint}" if hint else problem
    except Exception:  # `got` may be anything, and refuse to be compared or shown
        return f"gives a {type(got).__name__}, which cannot be compared with what is expected."


def _copy(argument: Any) -> Any:
    return argument.clone() if isinstance(argument, Tensor) else argument


def _difference(got: Any, expected: Any, tolerance: float) -> str | None:
    """A sentence about how `got` differs from `expected`, or None if it does not."""
    if isinstance(expected, Mapping):
        return _mapping_difference(got, expected, tolerance)
    if not isinstance(expected, Tensor):
        if isinstance(got, Tensor) and got.numel() == 1:
            got = got.item()
        same = got == expected
        if isinstance(expected, float) and isinstance(got, int | float):
            same = abs(got - expected) <= tolerance * max(1.0, abs(expected))
        return None if same else f"gives {got!r}; expected {expected!r}."
    if not isinstance(got, Tensor):
        return f"gives a {type(got).__name__}; expected a tensor of shape {tuple(expected.shape)}."
    if got.shape != expected.shape:
        return f"gives shape {tuple(got.shape)}; expected {tuple(expected.shape)}."
    scale = expected.abs().max().clamp_min(1).item()
    if torch.allclose(got.float(), expected.float(), rtol=0, atol=tolerance * scale):
        return None
    return f"has the right shape, but gives {_brief(got)}; expected {_brief(expected)}."


def _mapping_difference(got: Any, expected: Mapping, tolerance: float) -> str | None:
    if not isinstance(got, Mapping):
        return f"gives a {type(got).__name__}; expected a dict with the keys {list(expected)}."
    if set(got) != set(expected):
        return f"gives the keys {list(got)}; expected {list(expected)}."
    differences = ((key, _difference(got[key], expected[key], tolerance)) for key in expected)
    return next((f"at {key!r} {text}" for key, text in differences if text), None)


def _brief(tensor: Tensor) -> str:
    values = [f"{value:.4g}" for value in tensor.detach().flatten()[:6].tolist()]
    return f"[{', '.join(values)}{', …' if tensor.numel() > 6 else ''}]"
