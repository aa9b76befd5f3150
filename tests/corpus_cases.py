"""The corpus as a table: each bad or odd file, and what becomes of it."""

import os

from corpus import (
    Case,
    chunk,
    content,
    cut,
    grey,
    held,
    link,
    picture,
    png,
    png16,
    saved,
    spoilt,
)
from PIL import Image, ImageCms

Image.init()
KINDS = [kind for kind in ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "AVIF") if kind in Image.SAVE]
HALF = Image.new("RGB", (32, 16), (255, 127, 127))  # half transparent red on white
VEIL = Image.new("RGBA", (32, 16), (255, 0, 0, 128))
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
# a profile whose first channel is blue and whose last is red
SWAPPED_PROFILE = SRGB.replace(b"rXYZ", b"xXYZ").replace(b"bXYZ", b"rXYZ").replace(b"xXYZ", b"bXYZ")
FILM = {"save_all": True, "append_images": [Image.new("RGB", (32, 16))], "duration": 100}


BOMB_GIF = b"GIF89a" + b"\xff" * 4 + bytes(3) + b"," + bytes(4) + b"\xff" * 4 + b"\0\2\0;"


def swapped() -> Image.Image:
    return Image.merge("RGB", picture().split()[::-1])


def sixteen(kind: str = "I;16") -> Image.Image:
    """The grey picture in 65,536 levels."""
    levels = grey().convert("I").point(lambda value: value * 257)
    return levels.convert(kind) if kind != "I" else levels


def fractions(largest: float) -> Image.Image:
    return grey().convert("F").point(lambda value: value * (largest / 255))


def lab() -> Image.Image:
    profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    return ImageCms.profileToProfile(picture(), *profiles, outputMode="LAB")


def exif(orientation: int) -> bytes:
    label = Image.Exif()
    label[0x0112] = orientation
    return label.tobytes()


WORD = exif(6).replace(b"\1\x12\0\3", b"\1\x12\0\2")  # the orientation as text


def palette(**options):
    return saved(picture().quantize(8), **options)


def seen_through() -> Image.Image:
    """Palette picture whose white is transparent: on white it looks the same."""
    indexed = picture().quantize(8)
    indexed.info["transparency"] = indexed.getpixel((31, 15))
    return indexed


REFUSED = {
    "empty.jpg": Case(content(b""), words="is empty"),
    "text.jpg": Case(content(b"Dear teacher, this is my photo.\n" * 9), words="not a picture"),
    "page.jpg": Case(content(b"<!DOCTYPE html><html>404</html>"), words="not a picture"),
    "drawing.svg": Case(content(b"<svg onload='alert(1)'/>"), words="not a picture"),
    "paper.pdf": Case(content(b"%PDF-1.7\n1 0 obj\n"), words="not a picture"),
    "archive.png": Case(content(b"PK\3\4" + bytes(40)), words="not a picture"),
    "program.eps": Case(saved(picture(), "EPS"), words="not a picture"),
    "zeros.png": Case(content(bytes(5000)), words="not a picture"),
    "magic only.jpg": Case(content(b"\xff\xd8\xff"), words="not a picture"),
    "cut header.png": Case(content(png(4, 4, 8, 2, b"")[:20]), words="damaged or incomplete"),
    "no pixels.png": Case(content(png(0, 5, 8, 2, b"")), words="cannot be read|not a picture"),
    "no rows.png": Case(content(png(9, 9, 8, 2, b"")), words="damaged or incomplete"),
    "cut.jpg": Case(cut("JPEG", 0.6), words="damaged or incomplete"),
    "cut.png": Case(cut("PNG", 0.6), words="damaged or incomplete"),
    "cut.gif": Case(cut("GIF", 0.6), words="damaged or incomplete"),
    "cut.webp": Case(cut("WEBP", 0.6), words="not a picture|damaged"),
    "cut.tiff": Case(cut("TIFF", 0.6), words="not a picture|damaged"),
    "cut.bmp": Case(cut("BMP", 0.6), words="damaged or incomplete"),
    "bomb.png": Case(content(png(20_000, 20_000, 8, 2, b"\0")), words="too many pixels"),
    "bomb.gif": Case(content(BOMB_GIF), words="too many pixels"),
    "bomb text.png": Case(
        content(png(4, 4, 8, 2, b"", chunk(b"iCCP", b"a\0\0" + bytes(10**6)))), words="damaged"
    ),
    "large.png": Case(saved(Image.new("L", (6000, 5100)), "PNG"), words="make it smaller", size=64),
    "huge.jpg": Case(saved(Image.new("L", (6000, 5000)), "JPEG"), words="give a size"),
    "photo.heic": Case(content(b"\0\0\0\x18ftypheic" + bytes(99)), words="save it as JPEG"),
    "folder.png": Case(lambda path: path.mkdir(), words="is a folder or a device"),
    "device.png": Case(link("/dev/zero"), words="is a folder or a device"),
    "pipe.png": Case(lambda path: os.mkfifo(path), words="is a folder or a device"),
    "nowhere.png": Case(lambda path: None, words="no file"),
    "no folder/photo.png": Case(lambda path: None, words="no file"),
    "loop.png": Case(link("loop.png"), words="cannot be opened"),
    "gone.png": Case(link("never was.png"), words="no file"),
    "n" * 300 + ".png": Case(lambda path: None, words="cannot be opened"),
    "null\0byte.png": Case(lambda path: None, words="cannot be opened"),
}

LOADED = {
    "one pixel.png": Case(saved(Image.new("RGB", (1, 1), "red")), Image.new("RGB", (1, 1), "red")),
    "ribbon.png": Case(saved(Image.new("RGB", (1, 4000), "red"))),
    "ribbon at 64.png": Case(saved(Image.new("RGB", (4000, 1), "red")), size=64),
    "plain.png": Case(saved(picture()), picture(), tolerance=0),
    "photo.JPG": Case(saved(picture(), "JPEG", quality=98, subsampling=0), picture()),
    "progressive.jpg": Case(saved(picture(), "JPEG", progressive=True, quality=98, subsampling=0)),
    "print.jpg": Case(saved(picture().convert("CMYK"), "JPEG", quality=98), picture()),
    "print.tiff": Case(saved(picture().convert("CMYK"), "TIFF"), picture()),
    "grey.jpg": Case(saved(grey(), "JPEG", quality=98), grey()),
    "grey.png": Case(saved(grey()), grey(), tolerance=0),
    "grey 16 bit.png": Case(saved(sixteen()), grey(), tolerance=0),
    "grey 16 bit.tiff": Case(saved(sixteen(), "TIFF"), grey(), tolerance=0),
    "grey 32 bit.tiff": Case(saved(sixteen("I"), "TIFF"), grey(), tolerance=0),
    "fractions to 1.tiff": Case(saved(fractions(1), "TIFF"), grey(), tolerance=0.005),
    "fractions to 255.tiff": Case(saved(fractions(255), "TIFF"), grey(), tolerance=0.005),
    "colour 16 bit.png": Case(content(png16()), picture(), tolerance=0),
    "one bit.png": Case(saved(Image.new("1", (32, 16), 1)), Image.new("RGB", (32, 16), "white")),
    "palette.png": Case(palette(), picture(), tolerance=0),
    "palette, clear.png": Case(saved(seen_through()), picture(), note=True, tolerance=0),
    "palette, clear.gif": Case(saved(seen_through(), "GIF"), picture(), note=True),
    "veil.png": Case(saved(VEIL), HALF, note=True, tolerance=0.005),
    "veil.webp": Case(saved(VEIL, "WEBP", lossless=True), HALF, note=True, tolerance=0.005),
    "clear grey.png": Case(
        saved(Image.new("LA", (32, 16), (0, 128))), Image.new("L", (32, 16), 127), note=True
    ),
    "opaque.png": Case(saved(picture().convert("RGBA")), picture(), tolerance=0),
    "film.gif": Case(saved(picture(), "GIF", **FILM), picture()),
    "film.webp": Case(saved(picture(), "WEBP", lossless=True, **FILM), picture()),
    "film.png": Case(saved(picture(), "PNG", **FILM), picture()),
    "two in one.jpg": Case(
        saved(picture(), "MPO", save_all=True, append_images=[HALF], quality=98), tolerance=0.3
    ),
    "bitmap.bmp": Case(saved(picture(), "BMP"), picture(), tolerance=0),
    "luma.tiff": Case(saved(picture().convert("YCbCr"), "TIFF"), picture()),
    "lab.tiff": Case(saved(lab(), "TIFF"), picture(), tolerance=0.09),
    "raw.ppm": Case(saved(picture(), "PPM"), picture(), tolerance=0),
    **({"modern.avif": Case(saved(picture(), "AVIF", quality=95))} if "AVIF" in KINDS else {}),
    "profile.png": Case(saved(swapped(), icc_profile=SWAPPED_PROFILE), picture()),
    "sRGB profile.jpg": Case(saved(picture(), "JPEG", quality=98, icc_profile=SRGB)),
    "grey, colour profile.png": Case(saved(grey(), icc_profile=SWAPPED_PROFILE), grey()),
    "damaged profile.png": Case(saved(picture(), icc_profile=b"\0" * 200), picture()),
    "damaged exif.jpg": Case(saved(picture(), "JPEG", exif=b"Exif\0\0" + b"\xff" * 60, quality=98)),
    "odd orientation.png": Case(saved(picture(), exif=exif(77)), picture()),
    "a word for orientation.png": Case(saved(picture(), exif=WORD), picture()),
    "ends in rubbish.png": Case(
        lambda path: (picture().save(path), path.write_bytes(path.read_bytes() + b"\xa5" * 999))[0],
        picture(),
    ),
    "a PNG.jpg": Case(saved(picture()), picture(), tolerance=0),
    "no ending": Case(saved(picture()), picture(), tolerance=0),
    "Füße im Schnee, 写真 №1 🎨.png": Case(saved(picture()), picture(), tolerance=0),
    "  spaces  .png": Case(saved(picture()), picture(), tolerance=0),
    "two\nlines.png": Case(saved(picture()), picture(), tolerance=0),
    "link.png": Case(link("plain.png"), picture(), tolerance=0),
    "24 megapixels.png": Case(saved(Image.new("RGB", (6000, 4000), "teal")), size=256),
    "24 clear megapixels.png": Case(
        saved(Image.new("LA", (6000, 4000), (9, 128))), note=True, size=256
    ),
    "24 deep megapixels.png": Case(saved(Image.new("I;16", (6000, 4000), 9999)), size=256),
    "50 megapixels.jpg": Case(saved(Image.new("RGB", (8192, 6144), "teal"), "JPEG"), size=256),
    "12 megapixels.jpg": Case(saved(Image.new("RGB", (4000, 3000), "teal"), "JPEG")),
    **{
        f"held {way}.png": Case(saved(held(way), exif=exif(way)), picture(), tolerance=0)
        for way in range(1, 9)
    },
}

# sixteen bytes overwritten: some readers notice, some show a spot
SPOILT = {
    f"spoilt at {at}.{kind.lower()}": Case(spoilt(picture(64, 64), kind, at))
    for kind in KINDS
    for at in (0.1, 0.5, 0.9)
}

CASES = REFUSED | LOADED | SPOILT
