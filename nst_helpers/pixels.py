"""Any Pillow mode to 8-bit RGB: 16 bits, palettes, transparency, profiles, size, rotation."""

import io
import math

from PIL import Image, ImageCms

from nst_helpers.contract import check_count
from nst_helpers.errors import SettingError

LONGEST = 20_000  # px, the longest side a picture is scaled to
MOST_PIXELS = 30_000_000  # of a picture once it is decoded and scaled
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


def normalise(opened: Image.Image, size: int | None) -> tuple[Image.Image, bool]:
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
