"""Image tensors to files: pictures and films, each whole or not at all."""

import io
import os
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

from PIL import Image
from torch import Tensor

from nst_helpers.errors import ImageError, SaveError, SettingError, shown
from nst_helpers.pictures.images import to_pil

ENDING = ".part"  # of a file that is not whole yet
ABANDONED = 600.0  # seconds without a change after which its writer counts as dead


def save_image(image: Tensor, path: str | Path) -> Path:
    """Write an image tensor to `path`, in the format its ending names; returns the path.

    The file appears whole or not at all: it is written beside its place, then renamed.
    Raises ImageError if the ending is unknown, SaveError if the folder cannot be written.
    """
    content = encode(to_pil(image), picture_format(path))
    return write_whole(path, lambda file: file.write(content))


def save_animation(frames: Iterable[Tensor], path: str | Path, *, seconds: float = 4.0) -> Path:
    """Write image tensors as a looping film of `seconds` in all, the last frame held longer.

    A GIF, of 256 colours, or if `path` ends so a WebP. All are shown at the size of the last.
    Returns the path. Raises SaveError if it cannot be written, SettingError without frames.
    """
    pictures = [to_pil(frame) for frame in frames]
    if not pictures:
        raise SettingError("A film needs at least one picture: keep some frames of the run.")
    size = pictures[-1].size
    pictures = [picture.resize(size, Image.Resampling.BICUBIC) for picture in pictures]
    kind = "WEBP" if picture_format(path) == "WEBP" else "GIF"
    if kind == "GIF":
        pictures = [picture.quantize(256) for picture in pictures]
    durations = [max(20, round(1000 * seconds / len(pictures)))] * len(pictures)
    durations[-1] += 1500
    first, rest = pictures[0], pictures[1:]
    options = {"save_all": True, "append_images": rest, "duration": durations, "loop": 0}
    content = encode(first, kind, **options)
    return write_whole(path, lambda file: file.write(content))


def picture_format(path: str | Path) -> str:
    """Pillow's name of the format that the ending of `path` stands for, such as "PNG".

    Raises ImageError if Pillow cannot write it: ask before a long run, not after.
    """
    kind = Image.registered_extensions().get(Path(path).suffix.lower())
    if kind not in Image.SAVE:
        raise ImageError(f"{shown(path)} has no ending Pillow can write: end it in .png or .jpg.")
    return kind


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


def write_whole(path: str | Path, write: Callable[[BinaryIO], object]) -> Path:
    """Call `write(file)` on a temporary file beside `path`, then rename it into place.

    Until the renaming `path` is what it was before, whatever happens; a process killed
    meanwhile leaves a hidden file ending in .part, which a later save to `path` removes.
    Returns the path. Raises SaveError if the folder is missing, read-only or full.
    """
    path = Path(os.path.expanduser(path))
    beginning = f".{path.name[:40]}."  # a whole name might be too long with its ending
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(path.parent, beginning)
        handle, place = tempfile.mkstemp(ENDING, beginning, path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())  # on the disk first: the name must not arrive before
            os.chmod(place, 0o644)  # temporary files are private; a picture need not be
            os.replace(place, path)
        except BaseException:
            os.unlink(place)
            raise
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or fault
        raise SaveError(
            f"{shown(path)} could not be written ({reason}): choose another place."
        ) from fault
    return path


def _remove_abandoned(folder: Path, beginning: str) -> None:
    for entry in os.scandir(folder):
        if entry.name.startswith(beginning) and entry.name.endswith(ENDING):
            try:
                if time.time() - entry.stat().st_mtime > ABANDONED:
                    os.unlink(entry.path)
            except OSError:
                continue  # somebody else was faster, or may and we may not
