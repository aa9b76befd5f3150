"""An exercise as data, and how its check speaks: it says what is wrong, and never raises."""

import contextlib
import copy
import io
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from inspect import signature
from numbers import Real
from types import FunctionType
from typing import Any

import torch
from torch import Tensor

from nst_helpers.checks.record import remember

NOT_YET = "not yet"
Answers = dict[str, Any]


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


class RefusedError(Exception):
    """What no exercise, or only this one, accepts; its text follows the call in the verdict."""


@dataclass(frozen=True, repr=False)
class Exercise:
    """Call it with the learner's function, and it answers with a `Verdict`.

    Args:
        answers: takes the arguments of a call and gives a dict from sentence to answer: the
            first sentence praises the right answer, each other names the mistake that leads to
            its answer. An answer that raises, or writes into an argument, is wrapped in a lambda.
        cases: the arguments of one call each, the easiest to follow first.
        call: `call(function, *arguments)` gives what is compared, if that is not just the answer.
    """

    answers: Callable[..., Answers]
    cases: tuple[tuple, ...]
    call: Callable = lambda function, *arguments: function(*arguments)

    def __repr__(self) -> str:
        parameters = ", ".join(signature(self.answers).parameters)
        return f"{self.answers.__name__}({parameters}): {self.answers.__doc__}"

    def solutions(self) -> dict[str, Callable]:
        """The reference solution under its praise, then the wrong ones under their sentences."""
        return {text: partial(self._solve, text) for text in self.answers(*self.cases[0])}

    def _solve(self, sentence: str, *arguments: Any) -> Any:
        answer = self.answers(*arguments)[sentence]
        return answer() if isinstance(answer, FunctionType) else answer

    def __call__(self, function: Callable) -> Verdict:
        verdict = self.judge((case, self.attempt(function, case)) for case in self.cases)
        remember(self.answers.__name__, verdict.status)
        return verdict

    def judge(self, attempts: Iterable[tuple[tuple, Any]]) -> Verdict:
        """The verdict on pairs of a case and what `attempt` gave for it, the easiest first."""
        tried = []
        (praise, reference), *mistakes = self.solutions().items()
        for case, answer in attempts:
            stub = isinstance(answer, NotImplementedError)
            if stub or answer is None or answer is ...:
                state = "is still a stub" if stub else "returns nothing yet"
                return Verdict(NOT_YET, f"the function {state}; the lesson goes on without it.")
            tried.append((case, answer))
            try:
                problem = _difference(answer, self.attempt(reference, case))
                causes = [text for text, wrong in mistakes if problem and self._fits(wrong, tried)]
            except Exception:  # an answer may be anything, and refuse to be compared
                problem, causes = f"gives a {type(answer).__name__}, which cannot be compared.", []
            if problem:
                call = f"{self.answers.__name__}({', '.join(map(_shown, case))})"
                cause = causes if len(causes) == 1 else []  # two would contradict each other
                return Verdict("failed", " ".join([call, problem, *cause]))
        return Verdict("passed", praise)

    def attempt(self, function: Callable, case: tuple) -> Any:
        """What `function` gives for a copy of `case`; the exception, if it raises one."""
        arguments, printed = copy.deepcopy(case), io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                answer = self.call(function, *arguments)
        except Exception as fault:  # whatever the learner wrote may raise anything
            return fault
        finally:
            sys.stdout.write(printed.getvalue())
        if answer is None and printed.getvalue():
            return RefusedError(
                "prints its answer and returns nothing: write return instead of print."
            )
        if _difference(arguments, case):
            return RefusedError("changes what it was given; work on a copy, such as a clone().")
        return answer

    def _fits(self, wrong: Callable, tried: list[tuple[tuple, Any]]) -> bool:
        """Whether a mistake explains every answer so far, the right ones included."""
        answers = [(answer, self.attempt(wrong, case)) for case, answer in tried]
        return not any(_difference(*map(_plain, pair)) for pair in answers)


def cases(*arguments: tuple, **settings: Any) -> Callable[[Callable[..., Answers]], Exercise]:
    """A decorator that makes an `Exercise` of its answers."""
    return partial(Exercise, cases=arguments, **settings)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, Tensor) and value.ndim == 0 else value


def _difference(got: Any, expected: Any) -> str | None:
    """How `got` differs from `expected`, as the end of a sentence; None if it does not."""
    if isinstance(got, Exception):
        same = type(got) is type(expected) and str(got) == str(expected)
        raised = "" if isinstance(got, RefusedError) else f"raised {type(got).__name__}: "
        return None if same else f"{raised}{str(got).rstrip('.')}."
    if isinstance(expected, Tensor):
        return _tensor_difference(got, expected)
    if isinstance(expected, Mapping):
        return _mapping_difference(got, expected)
    if isinstance(expected, Real):
        got = got.item() if isinstance(got, Tensor) and got.numel() == 1 else got
        slack = 0 if isinstance(expected, int) else 1e-5 * abs(expected) + 1e-7
        same = isinstance(got, Real) and abs(got - expected) <= slack
    elif isinstance(expected, list | tuple):
        same = type(got) is type(expected) and len(got) == len(expected)
        same = same and not any(map(_difference, got, expected))
    else:
        same = got == expected
    return None if same else f"gives {_named(got)}; expected {_shown(expected)}."


def _tensor_difference(got: Any, expected: Tensor) -> str | None:
    if not isinstance(got, Tensor):
        return f"gives {_named(got)}; expected a tensor of shape {tuple(expected.shape)}."
    if got.shape != expected.shape:
        return f"gives shape {tuple(got.shape)}; expected {tuple(expected.shape)}."
    slack = 1e-5 * expected.abs().max().item() + 1e-7
    wrong = ~torch.isclose(got.float(), expected.float(), rtol=0, atol=slack)
    if not wrong.any():
        return None
    one, other = (_shown(value.detach()[wrong][:6].tolist()) for value in (got, expected))
    if expected.ndim == 0:
        return f"gives {one[1:-1]}; expected {other[1:-1]}."
    count, first = f"{wrong.sum()} of {wrong.numel()} numbers", wrong.nonzero()[0].tolist()
    return f"has {count} wrong, the first at index {first}: {one}; expected {other}."


def _mapping_difference(got: Any, expected: Mapping) -> str | None:
    if not isinstance(got, Mapping):
        return f"gives {_named(got)}; expected a dict with the keys {list(expected)}."
    if set(got) != set(expected):
        return f"gives the keys {list(got)}; expected {list(expected)}."
    differences = ((key, _difference(got[key], expected[key])) for key in expected)
    return next((f"at {key!r} {text}" for key, text in differences if text), None)


def _named(got: Any) -> str:
    """A wrong answer: a number as it is, anything else by its type."""
    return _shown(got) if isinstance(got, Real) else f"a {type(got).__name__}"


def _shown(value: Any) -> str:
    """An argument or answer as a learner might write it; a large tensor by its shape."""
    if isinstance(value, Tensor):
        numbers = _shown(value.tolist())
        return numbers if len(numbers) <= 70 else f"a tensor {tuple(value.shape)}"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key!r}: {_shown(entry)}' for key, entry in value.items())}}}"
    if isinstance(value, list | tuple):
        left, right = "[]" if isinstance(value, list) else "()"
        return f"{left}{', '.join(map(_shown, value))}{right}"
    return (
        f"{value + 0.0:.6g}"
        if isinstance(value, float)
        else getattr(value, "__name__", repr(value))
    )
