"""Cut the README's small picture of each lesson out of its notebook (`make gallery`)."""

import base64
import io
from pathlib import Path

import nbformat
from PIL import Image, ImageOps

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "images" / "lessons"
CARD = (360, 230)  # px
# by lesson, how the description of the chosen figure begins
CHOSEN = {
    "00_start_here": "The photo, The Starry Night",
    "01_cnn_basics": "Above, a box on the photo",
    "02_content_reconstruction": "The photo, and five reconstructions",
    "03_style_reconstruction": "The painting and five textures",
    "04_style_transfer": "Twenty paintings",
    "05_choices_that_matter": "Eight pictures of the pavilion, all",
    "06_beyond": "Without masks",
}


def figure(name: str, beginning: str) -> Image.Image:
    """The figure of the notebook `name` whose alt text begins so. Raises LookupError."""
    for cell in nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4).cells:
        for output in cell.get("outputs", []):
            alt = output.get("metadata", {}).get("image/jpeg", {}).get("alt", "")
            if alt.startswith(beginning):
                return Image.open(io.BytesIO(base64.b64decode(output.data["image/jpeg"])))
    raise LookupError(f"{name} has no figure that is described as {beginning!r}…")


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, beginning in CHOSEN.items():
        card = ImageOps.pad(figure(name, beginning), CARD, Image.Resampling.LANCZOS, "white")
        card.save(FOLDER / f"{name[:2]}.jpg", quality=85)


if __name__ == "__main__":
    main()
