"""Captions for the gallery, and the strip that the README shows."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from nst_helpers import samples

PHOTOS = {
    "astronaut": "the astronaut",
    "cat": "the cat",
    "coffee": "the coffee cup",
    "pavilion": "the pavilion",
    "rocket": "the rocket",
}
PAINTINGS = {
    "cafe_terrace": "Café Terrace at Night",
    "great_wave": "The Great Wave",
    "kazusa_sea_route": "The Kazusa Sea Route",
    "langlois_bridge": "The Langlois Bridge",
    "night_cafe": "The Night Café",
    "starry_night": "The Starry Night",
}
STRIP_HEIGHT = 420  # px
GAP = 16  # px


def caption(work) -> str:
    """What a painting is, in a sentence without markup."""
    photo, painting = PHOTOS[work.content], PAINTINGS[work.style]
    return (
        f"{photo.capitalize()} in the manner of {painting}, α = {work.alpha:g}, β = {work.beta:g}"
    )


def page(works: Sequence, records: dict[str, dict]) -> str:
    """The Markdown page of the gallery: a table of the small ones, then the large ones."""
    small = [work for work in works if not work.coarse_to_fine]
    large = [work for work in works if work.coarse_to_fine]
    devices = sorted({records[work.name]["device"] for work in works})
    return "\n".join(
        [
            "# Gallery",
            "",
            "Every photo in every style, as `make gallery` painted them: "
            f"{small[0].size} px, {small[0].steps} steps from the photo, α = 1, and β as it "
            f"stands beside each photo, on {', '.join(devices)}. Settings, losses and hashes are "
            "in [gallery.json](gallery.json), authors and licences in [CREDITS.md](../CREDITS.md).",
            "",
            *table(small),
            "",
            "## Three large ones",
            "",
            *[line for work in large for line in large_lines(work)],
        ]
    )


def table(small: Sequence) -> list[str]:
    """Paintings along the top, photos down the side."""
    header = [f"*{PAINTINGS[name]}*<br>{thumbnail('style', name)}" for name in PAINTINGS]
    lines = [" | ".join(["|", *header]) + " |", "| --- " * (len(PAINTINGS) + 1) + "|"]
    for name in PHOTOS:
        row = [work for work in small if work.content == name]
        side = f"{thumbnail('content', name)}<br>β = {row[0].beta:g}"
        cells = [f'<img src="{work.file.name}" alt="{caption(work)}" width="150">' for work in row]
        lines.append("| " + " | ".join([side, *cells]) + " |")
    return lines


def thumbnail(kind: str, name: str) -> str:
    alt = PHOTOS[name] if kind == "content" else PAINTINGS[name]
    return f'<img src="../{kind}/{name}.jpg" alt="{alt}" width="110">'


def large_lines(work) -> list[str]:
    text = f"{caption(work)}: {work.size} px, {work.steps} steps from coarse to fine."
    return [f"![{caption(work)}]({work.file.name})", "", text, ""]


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
