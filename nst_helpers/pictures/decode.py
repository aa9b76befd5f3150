"""One picture file to an upright 8-bit sRGB picture, or one clear sentence.

A file is bounded before it is decoded: by kind (none that starts a program, as Pillow's EPS
does) and by the pixels it would take. Then any Pillow mode becomes RGB: 16 bits, palettes,
transparency, colour profiles, a phone's rotation.
"""

import io
import logging
import math
import os
import threading
import warnings
from pathlib import Path
from typing import BinaryIO, NamedTuple

from PIL import Image, ImageCms, UnidentifiedImageError

from nst_helpers.errors import ImageError, NSTError, SettingError, check_count, shown

FORMATS = ("JPEG", "MPO", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF", "HEIF", "PPM")
LONGEST = 20_000  # px, the longest side a picture is scaled to
MOST_PIXELS = 30_000_000  # of a picture that is scaled once it is decoded: some 300 MB of RAM
UNSCALED = 13_000_000  # of one that becomes a tensor as it is, which takes as much
LARGE = 4_000_000  # pixels from which a JPEG is decoded at a fraction of its size
HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")
DIRECT = ("L", "LA", "RGB", "RGBA", "CMYK")  # modes that can be scaled as they are
ORIENTATION = 0x0112  # the EXIF tag that says how the phone was held
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

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
        if os.path.exists(path) and not os.path.isfile(path):  # reading a pipe would never end
            raise ImageError(f"{name} is a folder or a device: name a picture file.")
        with open(path, "rb") as file:
            return decode_stream(file, name, size)
    except NSTError:
        raise
    except FileNotFoundError:
        raise ImageError(f"There is no file {name}: check the name and the folder.") from None
    except PermissionError:
        raise ImageError(f"{name} may not be read: change its permissions or copy it.") from None
    except (OSError, ValueError, TypeError) as fault:
        reason = getattr(fault, "strerror", None) or fault
        raise ImageError(f"{name} cannot be opened ({reason}): name another file.") from fault


def decode_stream(file: BinaryIO, name: str, size: int | None = None) -> Decoded:
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
        if size is not None and opened.width * opened.height > LARGE:
            opened.draft("RGB", (2 * size, 2 * size))  # only JPEG can; for others it does nothing
        pixels = opened.width * opened.height
        if pixels > (UNSCALED if size is None else MOST_PIXELS):
            way_out = "give a size to scale it to" if size is None else "make it smaller"
            raise ImageError(
                f"{name} has {pixels / 1e6:.0f} million pixels, too many to open safely: {way_out}."
            )
        picture, transparent = _upright_rgb(opened, size)
    note = f"{name} is transparent in places: they are laid on white." if transparent else ""
    return Decoded(picture, note)


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


def _upright_rgb(opened: Image.Image, size: int | None) -> tuple[Image.Image, bool]:
    """An upright sRGB picture, scaled to `size` if given; and whether any of it is transparent.

    Scaled as early as its mode allows: what follows then costs little memory.
    """
    orientation, profile = _orientation(opened), opened.info.get("icc_profile")
    picture = _direct(opened)
    picture = picture if size is None else fit_within(picture, size)
    picture, transparent = _flatten(picture)
    picture = _to_srgb(picture, profile)
    turn = TURNS.get(orientation)
    return (picture if turn is None else picture.transpose(turn)), transparent


def fit_within(picture: Image.Image, size: int) -> Image.Image:
    """Scale a Pillow picture, up or down, so that its longer side is `size` pixels.

    Raises SettingError unless `size` is a positive whole number that leaves a picture of at
    most 30 million pixels.
    """
    size = check_count("The size of a picture in pixels", size, 1, LONGEST)
    scale = size / max(picture.size)
    width, height = (max(1, round(side * scale)) for side in picture.size)
    if width * height > MOST_PIXELS:
        raise SettingError(
            f"A picture of {width} x {height} px is too large: give a size below {size}."
        )
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def _orientation(picture: Image.Image) -> int:
    try:
        orientation = picture.getexif().get(ORIENTATION)
    except Exception:  # a damaged label is no reason to refuse a photo
        return 1
    return orientation if isinstance(orientation, int) else 1


def _direct(picture: Image.Image) -> Image.Image:
    """The picture in one of the modes of DIRECT, without loss of what it looks like."""
    if picture.mode.startswith(("I", "F")):
        return _eight_bits(picture)
    if picture.has_transparency_data:
        return picture if picture.mode in ("LA", "RGBA") else picture.convert("RGBA")
    if picture.mode in DIRECT:
        picture.load()
        return picture
    return picture.convert("L" if picture.mode == "1" else "RGB")


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Grey of 16 or 32 bits, or of fractions, in 256 levels; Pillow alone would clip at 255."""
    sixteen = picture.mode.startswith("I;16")
    picture = picture.convert("F")
    high = picture.getextrema()[1]
    if not math.isfinite(high):
        raise ValueError("values that are not finite")
    if sixteen or 255 < high <= 65535:
        high = 65535
    elif 1 < high <= 255:
        high = 255
    scale = 255 / max(high, 1)
    return picture.point(lambda value: value * scale + 0.5).convert("L")


def _flatten(picture: Image.Image) -> tuple[Image.Image, bool]:
    """The picture without its alpha channel, laid on white; and whether that showed."""
    if picture.mode not in ("LA", "RGBA"):
        return picture, False
    alpha = picture.getchannel("A")
    opaque = picture.convert(picture.mode[:-1])
    if alpha.getextrema()[0] == 255:
        return opaque, False
    white = Image.new(opaque.mode, opaque.size, "white")
    return Image.composite(opaque, white, alpha), True


def _to_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """RGB in sRGB, by the file's colour profile if it has one that fits."""
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            return ImageCms.profileToProfile(picture, source, target, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
            pass  # a damaged profile, or one for another mode: take the numbers as sRGB
    return picture.convert("RGB")
