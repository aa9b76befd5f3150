"""What may be handed in: the image tensor, and plain numbers. Said and checked in one place.

An image tensor is float32, of shape `(1, 3, H, W)`, RGB, in [0, 1].
"""

import math
import operator

import torch
from torch import Tensor

from nst_helpers.errors import ImageError, SettingError

LARGEST_SEED = 2**63 - 1
TOLERANCE = 1e-4  # rounding that may carry a value out of [0, 1]; far less than 1/255


def check_image(image: Tensor, name: str = "The image") -> Tensor:
    """`image` if it is an image tensor; otherwise ImageError, saying where it departs."""
    check_pixels(image, name)
    if image.dtype != torch.float32:
        raise ImageError(
            f"{name} is {_dtype(image)} and an image tensor is float32: use image.float()."
        )
    low, high = (value.item() for value in image.detach().aminmax())
    if low < -TOLERANCE or high > 1 + TOLERANCE:
        raise ImageError(
            f"{name} has values from {low:.3g} to {high:.3g} and an image tensor is in [0, 1]: "
            "scale it, or use image.clamp(0, 1)."
        )
    return image


def check_pixels(image: Tensor, name: str = "The image") -> Tensor:
    """`image` if it has the shape of an image tensor and finite fractions, whatever their range."""
    if not isinstance(image, Tensor):
        raise ImageError(
            f"{name} is of type {type(image).__name__} and an image tensor is a torch.Tensor: "
            "load_image makes one."
        )
    if image.ndim != 4 or image.shape[:2] != (1, 3) or 0 in image.shape:
        raise ImageError(
            f"{name} has the shape {tuple(image.shape)} and an image tensor (1, 3, H, W): "
            "load_image makes one."
        )
    if not image.is_floating_point():
        raise ImageError(
            f"{name} is {_dtype(image)} and an image tensor is float32: use image.float() / 255 "
            "if white is 255."
        )
    wrong = image.numel() - int(image.detach().isfinite().sum())
    if wrong:
        raise ImageError(
            f"{name} has {wrong} values that are NaN or infinite: go back to the last good picture."
        )
    return image


def _dtype(image: Tensor) -> str:
    return str(image.dtype).removeprefix("torch.")


def check_weight(name: str, value: float) -> float:
    """`value` if it can weigh a loss: a finite number from 0 up; otherwise SettingError."""
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
