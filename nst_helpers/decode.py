"""One picture file to an upright RGB picture, or one clear sentence.

Files are bounded before they are decoded: by kind (none that starts a program, as Pillow's
EPS does), by the memory they would take, and to real files (reading a pipe would hang).
"""

import logging
import os
import stat
import threading
import warnings
from pathlib import Path
from typing import BinaryIO, NamedTuple

from PIL import Image, UnidentifiedImageError

from nst_helpers.errors import ImageError, NSTError, shown
from nst_helpers.pixels import normalise

FORMATS = ("JPEG", "MPO", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF", "HEIF", "PPM")
MEMORY = 300_000_000  # bytes that opening a file may take
SCALED = 10  # bytes a pixel before scaling, at the worst: a 16-bit one on its way to 8
WHOLE = 22  # bytes a pixel without scaling: 12 of them are the tensor
PROGRESSIVE = 6  # bytes a pixel that a progressive JPEG keeps beside the picture
LARGE = 4_000_000  # pixels from which a JPEG is decoded at a fraction of its size
HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")

# without a handler of its own, what Pillow logs of odd files would appear in the notebook
logging.getLogger("PIL").addHandler(logging.NullHandler())
_one_at_a_time = threading.Lock()  # warning filters belong to the process, not to the thread


class Decoded(NamedTuple):
    """An RGB picture, and a sentence on what its owner may not expect, or ""."""

    picture: Image.Image
    note: str


def decode_file(path: str | Path, size: int | None = None) -> Decoded:
    """Decode the file at `path`. Raises ImageError, naming it, if that cannot be done."""
    name = shown(path)
    try:
        path = os.path.expanduser(path)
        if not stat.S_ISREG(os.stat(path).st_mode):
            kind = "a folder" if os.path.isdir(path) else "a device or a pipe"
            raise ImageError(f"{name} is {kind}: name a picture file.")
        with open(path, "rb") as file:
            return decode(file, name, size)
    except NSTError:
        raise
    except FileNotFoundError:
        raise ImageError(f"There is no file {name}: check the name and the folder.") from None
    except PermissionError:
        raise ImageError(f"{name} may not be read: change its permissions or copy it.") from None
    except (OSError, ValueError, TypeError) as fault:
        reason = getattr(fault, "strerror", None) or fault
        raise ImageError(f"{name} cannot be opened ({reason}): name another file.") from fault


def decode(file: BinaryIO, name: str, size: int | None = None) -> Decoded:
    """Decode an open file called `name`, its longer side scaled to `size` pixels if given.

    The first frame of an animation is taken; colours are converted to sRGB, 16 bits to 8;
    transparency is laid on white, which the note says; a phone's rotation is applied.
    """
    try:
        # Pillow warns of odd labels in sound pictures, and of sizes that are judged here
        with _one_at_a_time, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _decode(file, name, size)
    except NSTError:
        raise
    except (Image.DecompressionBombError, MemoryError):
        raise ImageError(f"{name} has too many pixels to open safely: make it smaller.") from None
    except Exception as fault:  # Pillow's readers raise a dozen kinds, none of them for learners
        raise ImageError(f"{name} {_reason(file, fault)}") from fault


def _decode(file: BinaryIO, name: str, size: int | None) -> Decoded:
    Image.init()
    with Image.open(file, formats=[kind for kind in FORMATS if kind in Image.OPEN]) as opened:
        pixels = opened.width * opened.height
        if size is not None and pixels > LARGE:
            opened.draft("RGB", (2 * size, 2 * size))  # only JPEG can; for others it does nothing
        _check_memory(opened, pixels, name, size)
        picture, transparent = normalise(opened, size)
    note = f"{name} is transparent in places: they are laid on white." if transparent else ""
    return Decoded(picture, note)


def _check_memory(opened: Image.Image, pixels: int, name: str, size: int | None) -> None:
    needed = opened.width * opened.height * (WHOLE if size is None else SCALED)
    if "progressive" in opened.info:
        needed += pixels * PROGRESSIVE
    if needed > MEMORY:
        way_out = "give a size to scale it to" if size is None else "make it smaller"
        raise ImageError(
            f"{name} has {pixels / 1e6:.0f} million pixels, too many to open safely: {way_out}."
        )


def _reason(file: BinaryIO, fault: Exception) -> str:
    file.seek(0)
    head = file.read(12)
    if not head:
        return "is empty and so not a picture: copy or download it again."
    if head[4:8] == b"ftyp" and head[8:] in HEIC:
        return (
            "is a HEIC photo, which Pillow cannot read: save it as JPEG, or set the phone's "
            "camera to its most compatible format."
        )
    if isinstance(fault, UnidentifiedImageError):
        return "is not a picture, or of a rare or damaged kind: save it as JPEG or PNG."
    return "cannot be read because it is damaged or incomplete: copy or save it again."
