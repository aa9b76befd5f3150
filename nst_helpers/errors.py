"""Every error the package raises on purpose: one sentence a learner can act on."""

import os

from torch import Tensor


class NSTError(Exception):
    """Base of all errors below; the command line turns it into exit status 2."""


class SettingError(NSTError, ValueError):
    """A setting that makes no sense: says which, its value, and what is allowed."""


class ImageError(NSTError, ValueError):
    """A picture that cannot be read, or is too small or too large for what was asked."""


class ImageNote(UserWarning):
    """A picture was read, and something was done to it that its owner may not expect."""


class WeightsError(NSTError, RuntimeError):
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


def shown(path: object) -> str:
    """A file's name as it stands in a sentence: quoted if it would break the line."""
    try:
        name = os.fsdecode(path)
    except TypeError:
        return repr(path)
    return name if name.isprintable() and name.strip() == name != "" else repr(name)
