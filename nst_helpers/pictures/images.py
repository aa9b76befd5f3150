"""The tensor contract, and the way from files to tensors.

An image tensor is float32, of shape `(1, 3, H, W)`, RGB, in [0, 1]. This is said and checked here
and nowhere else; what VGG19 expects (means, channel order, ranges) is its own business.
"""

import os
import warnings
from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from nst_helpers.errors import LARGEST_SEED, ImageError, ImageNote, SettingError, check_count
from nst_helpers.pictures.decode import decode_file

Picture = Tensor | str | os.PathLike  # an image tensor, or the file of one

STARTS = ("content", "style", "blank", "noise")
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


def load_image(path: str | Path, size: int | None = None) -> Tensor:
    """Read a picture as an image tensor, its longer side scaled to `size` pixels if given.

    A phone's rotation is applied, the first frame of an animation taken, colours converted
    to sRGB. What is transparent is laid on white, which a warning (ImageNote) says. Raises
    ImageError, naming the file, if it cannot be read, SettingError for an impossible size.
    """
    picture, note = decode_file(path, size)
    if note:
        warnings.warn(note, ImageNote, stacklevel=2)
    return from_pil(picture)


def from_pil(picture: Image.Image) -> Tensor:
    """Pillow picture to image tensor `(1, 3, H, W)` in [0, 1]."""
    width, height = picture.size
    pixels = torch.frombuffer(bytearray(picture.convert("RGB").tobytes()), dtype=torch.uint8)
    channels_first = pixels.reshape(1, height, width, 3).permute(0, 3, 1, 2)
    # permute leaves channels-last strides; the optimiser wants a plain layout
    return channels_first.to(torch.float32, memory_format=torch.contiguous_format).div_(255)


def to_pil(image: Tensor) -> Image.Image:
    """Image tensor to an 8-bit Pillow picture, rounding each value to the nearest 1/255.

    Values beyond [0, 1] are clipped. Raises ImageError if it is not `(1, 3, H, W)` or not finite.
    """
    check_pixels(image)
    pixels = (image.detach()[0].clamp(0, 1) * 255).round().to("cpu", torch.uint8)
    return Image.fromarray(pixels.permute(1, 2, 0).numpy())


def starting_image(kind: str, content: Tensor, style: Tensor, seed: int = 0) -> Tensor:
    """The picture the optimiser starts from, in the shape of `content`.

    "content" copies the photo, "style" fits the painting over the frame, "blank" is mid
    grey, "noise" is uniform in [0, 1] from `seed`, the same on every device.
    Raises SettingError for any other `kind`.
    """
    if kind == "content":
        return content.clone()
    if kind == "style":
        return cover(style, *content.shape[2:])
    if kind == "blank":
        return torch.full_like(content, 0.5)
    if kind == "noise":
        generator = torch.Generator().manual_seed(check_count("The seed", seed, 0, LARGEST_SEED))
        return torch.rand(content.shape, generator=generator).to(content.device)
    raise SettingError(f"Unknown start {kind!r}: choose one of {', '.join(STARTS)}.")


def rescale(image: Tensor, factor: float | None, shape: Sequence[int] | None = None) -> Tensor:
    """Resample `(1, 3, H, W)` by `factor`, or to `shape` (H, W), bicubic without aliasing.

    Bicubic overshoots: clamp the result to [0, 1] if it is to be a picture.
    """
    if factor == 1.0:
        return image
    shape = list(shape or [max(1, round(side * factor)) for side in image.shape[2:]])
    return F.interpolate(image, shape, mode="bicubic", antialias=True, align_corners=False)


def cover(image: Tensor, height: int, width: int) -> Tensor:
    """Scale and centre-crop an image tensor to exactly `(1, 3, height, width)`."""
    scale = max(height / image.shape[2], width / image.shape[3])
    shape = [max(height, round(image.shape[2] * scale)), max(width, round(image.shape[3] * scale))]
    large = rescale(image, None, shape)
    top, left = (shape[0] - height) // 2, (shape[1] - width) // 2
    return large[:, :, top : top + height, left : left + width].clamp(0, 1).contiguous()
