"""The gallery's page, with everybody's name and licence, and the strip at the README's top."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image

from nst_helpers import samples
from tools.credits import read_credits

STRIP_HEIGHT = 420  # px
GAP = 16  # px


def page(works: Sequence, records: Mapping[str, Mapping]) -> str:
    """The Markdown page: each painting, whose photo and painting it is made of, and how."""
    devices = sorted({records[work.name]["device"] for work in works})
    names = read_credits()
    lines = [
        "# Gallery",
        "",
        f"{len(works)} paintings, as `make gallery` made them on {', '.join(devices)}: each grew "
        "from about a hundred pixels. Each caption names the photo and the painting, and gives the "
        "command that repeats it and the seconds it took. Settings, losses and hashes are in "
        "[gallery.json](gallery.json), sources in [CREDITS.md](../CREDITS.md).",
    ]
    for work in works:
        lines += ["", *_entry(work, records[work.name], names)]
    return "\n".join([*lines, ""])


def _entry(work, record: Mapping, names: Mapping[str, tuple[str, str, str]]) -> list[str]:
    photo, photographer, licence = names[f"content/{work.content}.jpg"]
    painting, painter, free = names[f"style/{work.style}.jpg"]
    command = " ".join(
        [
            f"python -m nst_helpers images/content/{work.content}.jpg",
            f"images/style/{work.style}.jpg",
            *(f"--{name} {value}" for name, value in work.settings().items()),
            f"-o {work.name}.png",
        ]
    )
    return [
        f"![{photo}, painted in the manner of {painting}]({work.file.name})",
        "",
        f"**{photo}** ({photographer}; {licence}) in the manner of **{painting}** "
        f"({painter}; {free.removeprefix('work: ').split(';')[0]})  ",
        f"`{command}`, {record['seconds']} s",
    ]


def strip(work, place: Path) -> None:
    """Photo, painting and result at one height, side by side, on white."""
    paths = [samples("content")[work.content], samples("style")[work.style], work.file]
    pictures = [Image.open(path).convert("RGB") for path in paths]
    pictures = [
        picture.resize((round(picture.width * STRIP_HEIGHT / picture.height), STRIP_HEIGHT))
        for picture in pictures
    ]
    width = sum(picture.width for picture in pictures) + GAP * (len(pictures) - 1)
    sheet = Image.new("RGB", (width, STRIP_HEIGHT), "white")
    left = 0
    for picture in pictures:
        sheet.paste(picture, (left, 0))
        left += picture.width + GAP
    sheet.save(place, quality=88)
