"""The picture at the top of each lesson: a painting of the gallery, smaller (`make gallery`).

Whose photo and painting it is made of stands below it in the notebook, and a test compares the two.
"""

from pathlib import Path

from PIL import Image

from tools.credits import read_credits
from tools.gallery import FOLDER, WORKS

ASSETS = Path(__file__).resolve().parent.parent / "notebooks" / "assets"
WIDTH, QUALITY = 760, 82  # px, and of the JPEG
# by lesson, the name of a work
CHOSEN = {
    "00_start_here": "bridge_night_starry_night",
    "01_cnn_basics": "castle_neuschwanstein_starry_night",
    "02_content_reconstruction": "coffee_composition_viii",
    "03_style_reconstruction": "pavilion_kazusa_sea_route",
    "04_style_transfer": "kitten_arearea",
    "05_choices_that_matter": "red_panda_poppies",
    "06_beyond": "cat_bedroom_arles",
    "07_capstone": "chateau_chenonceau_auvers_street",
}


def hero(lesson: str) -> tuple[Path, str]:
    """The file of a lesson's picture, and the line that says whose work is in it."""
    work = next(work for work in WORKS if work.name == CHOSEN[lesson])
    names = read_credits()
    photo, photographer, licence = names[f"content/{work.content}.jpg"]
    painting, painter, _ = names[f"style/{work.style}.jpg"]
    photographer, painter = photographer.split(",")[0], painter.split(" (d.")[0]
    credit = f"*{photo} by {photographer} ({licence}), in the manner of {painter}'s* {painting}."
    return ASSETS / f"hero_{lesson[:2]}.jpg", credit


def main() -> None:
    for lesson, work in CHOSEN.items():
        picture = Image.open(FOLDER / f"{work}.jpg")
        picture.thumbnail((WIDTH, WIDTH), Image.Resampling.LANCZOS)
        picture.save(hero(lesson)[0], quality=QUALITY)


if __name__ == "__main__":
    main()
