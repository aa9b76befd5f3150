"""Files to tensors and back, and the catalogue of sample pictures.

The one contract: an image is a float32 tensor of shape `(1, 3, H, W)`, RGB, in [0, 1].
What VGG19 expects (means, channel order, ranges) is the business of `vgg` alone.
"""

import io
import os
import warnings
from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from nst_helpers.contract import LARGEST_SEED, check_count, check_image, check_pixels
from nst_helpers.decode import decode_file
from nst_helpers.errors import ImageError, ImageNote, SettingError, shown
from nst_helpers.files import write_whole
from nst_helpers.pixels import fit_within as fit_within

STARTS = ("content", "style", "blank", "noise")


def samples(kind: str) -> dict[str, Path]:
    """The supplied pictures by name, in alphabetical order; `kind` is "content" or "style".

    They are found beside the package, or in the folder the variable NST_IMAGES names.
    Raises ImageError if there are none.
    """
    beside = Path(__file__).resolve().parent.parent / "images"
    folder = Path(os.environ.get("NST_IMAGES", beside)) / kind
    found = {path.stem: path for path in sorted(folder.glob("*.jpg"))}
    if not found:
        raise ImageError(f"No pictures in {folder}: set NST_IMAGES to the course's images folder.")
    return found


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


def to_jpeg(image: Tensor, quality: int = 90) -> bytes:
    """Image tensor to the bytes of a JPEG file (`quality` 1 to 95)."""
    return encode(to_pil(image), "JPEG", quality=quality)


def encode(picture: Image.Image, kind: str, **options: object) -> bytes:
    """A Pillow picture as the bytes of a file of `kind`, such as "PNG".

    Pillow writes to an open file past Python, and takes a disk that fills up meanwhile for
    success: what is to be kept passes through here.
    """
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def save_image(image: Tensor, path: str | Path) -> Path:
    """Write an image tensor to `path`, in the format its ending names; returns the path.

    The file appears whole or not at all: it is written beside its place, then renamed.
    Raises ImageError if the ending is unknown, SaveError if the folder cannot be written.
    """
    content = encode(to_pil(image), picture_format(path))
    return write_whole(path, lambda file: file.write(content))


def picture_format(path: str | Path) -> str:
    """Pillow's name of the format that the ending of `path` stands for, such as "PNG".

    Raises ImageError if Pillow cannot write it: ask before a long run, not after.
    """
    kind = Image.registered_extensions().get(Path(path).suffix.lower())
    if kind not in Image.SAVE:
        raise ImageError(f"{shown(path)} has no ending Pillow can write: end it in .png or .jpg.")
    return kind


def starting_image(kind: str, content: Tensor, style: Tensor, seed: int = 0) -> Tensor:
    """The picture the optimiser starts from, in the shape of `content`.

    "content" copies the photo, "style" fits the painting over the frame, "blank" is mid
    grey, "noise" is uniform in [0, 1] from `seed`, the same on every device.
    Raises SettingError for any other `kind`, ImageError for what is no image tensor.
    """
    check_image(content, "The content image")
    check_image(style, "The style image")
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
