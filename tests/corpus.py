"""Bad and odd picture files, made by the tests: what a class of thirty brings on its phones.

`build(folder)` makes them all. A Case says what `load_image` should do with its file: load
it, to this picture, or refuse it, with these words.
"""

import os
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

Make = Callable[[Path], object]
COLOURS = ("red", "lime", "blue", "white")


@dataclass(frozen=True)
class Case:
    """How a file is made, and what becomes of it.

    Args:
        make: `make(path)` writes the file.
        like: the picture it should load to, within `tolerance`; None if its pixels are free.
        words: what the refusal says; None if it should load.
        note: whether the owner is told of transparency laid on white.
        size: the size to load it at.
    """

    make: Make
    like: Image.Image | None = None
    words: str | None = None
    note: bool = False
    size: int | None = None
    tolerance: float = 0.03


def picture(width: int = 32, height: int = 16) -> Image.Image:
    """Four quadrants of plain colour, so that it is plain which way up it is."""
    whole = Image.new("RGB", (width, height))
    for index, colour in enumerate(COLOURS):
        y, x = divmod(index, 2)
        whole.paste(colour, (x * width // 2, y * height // 2, width, height))
    return whole


def grey() -> Image.Image:
    """The grey of each quadrant, as Pillow weighs colours."""
    return picture().convert("L")


def held(orientation: int) -> Image.Image:
    """The picture as a phone held that way stores it, by the words of the EXIF standard."""
    upright = picture()
    right, bottom = upright.width - 1, upright.height - 1
    places = {  # which pixel of the upright picture is stored in row r, column c
        1: lambda r, c: (c, r),  # row 0 is the top, column 0 the left side
        2: lambda r, c: (right - c, r),  # top, right
        3: lambda r, c: (right - c, bottom - r),  # bottom, right
        4: lambda r, c: (c, bottom - r),  # bottom, left
        5: lambda r, c: (r, c),  # left, top
        6: lambda r, c: (right - r, c),  # right, top
        7: lambda r, c: (right - r, bottom - c),  # right, bottom
        8: lambda r, c: (r, bottom - c),  # left, bottom
    }
    stored = Image.new("RGB", upright.size if orientation < 5 else upright.size[::-1])
    for y in range(stored.height):
        for x in range(stored.width):
            stored.putpixel((x, y), upright.getpixel(places[orientation](y, x)))
    return stored


def saved(image: Image.Image, kind: str = "PNG", **options) -> Make:
    return lambda path: image.save(path, kind, **options)


def content(data: bytes) -> Make:
    return lambda path: path.write_bytes(data)


def cut(kind: str, keep: float) -> Make:
    """A download that broke off: the first part of a whole file."""

    def make(path: Path) -> None:
        Image.effect_noise((64, 64), 90).convert("RGB").save(path, kind)
        whole = path.read_bytes()
        path.write_bytes(whole[: int(len(whole) * keep)])

    return make


def spoilt(image: Image.Image, kind: str, at: float, **options) -> Make:
    """A whole file with sixteen bytes overwritten somewhere."""

    def make(path: Path) -> None:
        image.save(path, kind, **options)
        data = bytearray(path.read_bytes())
        place = int(len(data) * at)
        data[place : place + 16] = b"\xa5" * 16
        path.write_bytes(bytes(data))

    return make


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, depth: int, colour: int, rows: bytes, extra: bytes = b"") -> bytes:
    """A PNG by hand, for what Pillow does not write."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def png16() -> bytes:
    """The picture with 16 bits a channel."""
    rows = b""
    for y in range(16):
        line = picture().crop((0, y, 32, y + 1)).tobytes()
        rows += b"\0" + b"".join(bytes((value, value)) for value in line)
    return png(32, 16, 16, 2, rows)


def link(target: str) -> Make:
    return lambda path: os.symlink(target, path)


def build(folder: Path, cases: Mapping[str, Case]) -> dict[str, Path]:
    """Make every file of `cases` in `folder`; returns their paths by name.

    Windows knows no pipes and fewer names: there, what cannot be made is left out.
    """
    paths = {}
    for name, case in cases.items():
        try:
            case.make(folder / name)
        except (OSError, AttributeError):
            if os.name == "posix":
                raise
            continue
        paths[name] = folder / name
    return paths
