"""Every error the package raises on purpose, and the checks of plain numbers.

An error is one sentence that a learner can act on: what is wrong, with which file or value, and
what to do.
"""

import math
import operator
import os

from torch import Tensor

LARGEST_SEED = 2**63 - 1


class NSTError(Exception):
    """Base of all errors below; the command line turns it into exit status 2."""


class SettingError(NSTError, ValueError):
    """A setting that makes no sense: says which, its value, and what is allowed."""


class ImageError(NSTError, ValueError):
    """A picture that cannot be read, or is too small or too large for what was asked."""


class ImageNote(UserWarning):
    """A picture was read, and something was done to it that its owner may not expect."""


class ParametersError(NSTError, RuntimeError):
    """VGG19's numbers are missing, damaged or of the wrong shape."""


class SaveError(NSTError, OSError):
    """A file cannot be written: says which, and why."""


class CheckpointError(NSTError, RuntimeError):
    """A checkpoint cannot be read, or belongs to another run."""


class DivergenceError(NSTError, ArithmeticError):
    """The loss stopped being a finite number.

    Attributes:
        step: the step at which it happened.
        image: the last good picture, `(1, 3, H, W)` in [0, 1].
    """

    def __init__(self, step: int, image: Tensor):
        super().__init__(
            f"The loss was no longer finite at step {step}: lower α or β, or compute in float32; "
            "the last good picture is in the error's .image."
        )
        self.step = step
        self.image = image

    def __reduce__(self):
        return type(self), (self.step, self.image)  # so that another process can tell it


def shown(path: object) -> str:
    """A file's name as it stands in a sentence: quoted if it would break the line."""
    try:
        name = os.fsdecode(path)
    except TypeError:
        return repr(path)
    return name if name.isprintable() and name.strip() == name != "" else repr(name)


def check_factor(name: str, value: float) -> float:
    """`value` if it can multiply a loss: a finite number from 0 up; otherwise SettingError."""
    try:
        good = not isinstance(value, str) and 0 <= float(value) < math.inf
    except (TypeError, ValueError, OverflowError):
        good = False
    if not good:
        raise SettingError(f"{name} is {value!r}: give a number from 0 up.")
    return value


def check_count(name: str, value: int, least: int = 0, most: float = math.inf) -> int:
    """`value` as an int if it is a whole number from `least` to `most`; otherwise SettingError."""
    try:
        count = operator.index(value)
    except TypeError:
        count = None
    if count is None or not least <= count <= most:
        limits = f"from {least} up" if most == math.inf else f"from {least} to {most}"
        raise SettingError(f"{name} cannot be {value!r}: give a whole number {limits}.")
    return count
