"""Fresh cases, so that answers learnt by heart do not pass."""

from typing import Any

import torch
from torch import Tensor

from nst_helpers.checks.exercise import Exercise


def fresh_cases(exercise: Exercise, seeds: tuple[int, ...]) -> list[tuple]:
    """For each seed one of the exercise's cases, its tensors drawn anew; none if it has none."""
    cases = [case for case in exercise.cases if _has_tensors(case)]
    if not cases:
        return []
    return [_drawn(cases[-1 - n % len(cases)], seed) for n, seed in enumerate(seeds)]


def good_seeds(exercise: Exercise, seed: int, count: int = 3) -> tuple[int, ...]:
    """Seeds whose cases the exercise's own solution answers without an error."""
    solution = next(iter(exercise.solutions().values()))
    seeds = tuple(range(seed, seed + count))
    for one in seeds:
        for case in fresh_cases(exercise, (one,) * len(seeds)):
            if isinstance(exercise.attempt(solution, case), Exception):
                return ()
    return seeds


def _has_tensors(value: Any) -> bool:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return any(map(_has_tensors, value))
    return isinstance(value, Tensor) and value.is_floating_point() and value.numel() > 1


def _drawn(value: Any, seed: int) -> Any:
    """`value`, each tensor's numbers a little smaller and in an order of its own.

    So they keep their signs, their zeros and their range, on which a case may rest.
    """
    if isinstance(value, dict):
        return {key: _drawn(entry, seed) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_drawn(entry, seed + 7 * place) for place, entry in enumerate(value))
    if not _has_tensors(value):
        return value
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(value.numel(), generator=generator)
    factor = 1 - torch.rand((), generator=generator) / 10
    return value.flatten()[order].reshape(value.shape) * factor
