"""The quality bench, `make pictures`: twelve pairs painted in four ways at equal seconds.

At 512 px the course paints its 200 steps, and each other recipe, at one size, for as many seconds,
all with the engine of the course; one after the other and alone. Pictures go to build/, and what
is there is not painted again; the numbers and the sheet go to benchmarks/results, where pictures.md
has them. To be looked at: numbers only help.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import mean

from PIL import Image, ImageDraw
from torch import Tensor

from benchmarks import quality
from nst_helpers.engine.vgg import load_network
from nst_helpers.pictures.catalogue import samples
from nst_helpers.pictures.images import load_image
from nst_helpers.pictures.save import save_image
from nst_helpers.recipes import OWN, RECIPES, Phase, Recipe
from nst_helpers.transfer import stylize

PAIRS = (
    ("astronaut", "dance_class"),
    ("red_panda", "poppies"),
    ("kitten", "arearea"),
    ("cat", "bedroom_arles"),
    ("castle_neuschwanstein", "starry_night"),
    ("bridge_night", "cafe_terrace"),
    ("brandenburg_gate", "auvers_street"),
    ("sunset", "great_wave"),
    ("chateau_chenonceau", "langlois_bridge"),
    ("mountains", "harvest_la_crau"),
    ("fig_still_life", "composition_viii"),
    ("rocket", "kazusa_sea_route"),
)
ONE_SIZE = (Phase(10**6),)
WAYS: dict[str, Recipe] = {
    "the course": OWN["course"],
    "the textbook": replace(OWN["textbook"], phases=ONE_SIZE),
    "the first author": replace(RECIPES["gatys-notebook"], phases=ONE_SIZE),
    "PyTorch's tutorial": replace(RECIPES["pytorch-tutorial"], phases=ONE_SIZE),
}
SIZE = 512  # px
FOLDER = Path(__file__).resolve().parent.parent
PAINTED, RESULTS = FOLDER / "build" / "pictures", FOLDER / "benchmarks" / "results"
NUMBERS = ("grain", "hand", "structure", "pebbles")
CELL, QUALITY = 320, 78  # of the sheet: px a picture, and the JPEG's


def paint(
    recipe: Recipe, photo: Tensor, painting: Tensor, seconds: float | None
) -> tuple[Tensor, dict[str, float]]:
    """The picture, and what it took; without `seconds` a run takes all its steps."""
    run = stylize(photo, painting, recipe=recipe)
    for _ in run:
        if seconds and run.state.seconds >= seconds:
            break
    return run.image, {"evaluations": run.state.evaluations, "seconds": run.state.seconds}


def measure(picture: Tensor, photo: Tensor, painting: Tensor, network) -> dict[str, float]:
    return {
        "grain": quality.grain(picture, painting),
        "hand": quality.hand(picture, photo, painting, network),
        "structure": quality.structure(picture, photo),
        "pebbles": quality.pebbles(picture, photo, painting),
    }


def bench() -> dict[str, dict]:
    """What each way has painted of each pair, painting what is not there yet."""
    network = load_network(quality.HAND_LAYERS, pooling="max")
    done: dict[str, dict] = {}
    for content, style in PAIRS:
        photo = load_image(samples("content")[content], SIZE)
        painting = load_image(samples("style")[style], SIZE)
        seconds, found = None, {}
        for number, (way, recipe) in enumerate(WAYS.items()):
            file = PAINTED / f"{content}_{style}_{number}.png"
            if not file.exists():
                image, cost = paint(recipe, photo, painting, seconds)
                numbers = measure(image, photo, painting, network) | cost
                file.parent.mkdir(parents=True, exist_ok=True)
                file.with_suffix(".json").write_text(json.dumps(numbers))
                save_image(image, file)
            found[way] = json.loads(file.with_suffix(".json").read_text()) | {"file": str(file)}
            seconds = seconds or found[way]["seconds"]
            print(f"{content} as {style}: {way}, {found[way]['seconds']:.0f} s", flush=True)
        done[f"{content} as {style}"] = found
    return done


def table(done: dict[str, dict]) -> list[str]:
    """Means over the pairs, then every pair: the lines of a Markdown table."""
    ways = list(next(iter(done.values())))
    lines = ["| " + " | ".join(["way", *NUMBERS, "evaluations", "s"]) + " |", "| --- " * 7 + "|"]

    def row(name: str, of: Callable[[str], float]) -> str:
        cells = [f"{of(number):.3g}" for number in (*NUMBERS, "evaluations", "seconds")]
        return "| " + " | ".join([name, *cells]) + " |"

    for way in ways:
        lines.append(row(way, lambda number, w=way: mean(p[w][number] for p in done.values())))
    for pair, found in done.items():
        name = pair.replace("_", " ")
        lines += [row(f"{name}: {way}", found[way].get) for way in ways]
    return lines


def sheet(done: dict[str, dict], file: Path) -> None:
    """One row a pair, one column a way, named at the top."""
    rows = [[Image.open(cell["file"]) for cell in found.values()] for found in done.values()]
    heights = [max(round(i.height * CELL / max(i.size)) for i in row) for row in rows]
    ways = list(next(iter(done.values())))
    page = Image.new("RGB", (CELL * len(ways), 40 + sum(heights)), "white")
    for column, way in enumerate(ways):
        ImageDraw.Draw(page).text((CELL * column + 8, 8), way, "black", font_size=20)
    top = 40
    for row, height in zip(rows, heights, strict=True):
        for column, picture in enumerate(row):
            picture.thumbnail((CELL, CELL))
            page.paste(picture, (CELL * column, top))
        top += height
    page.save(file, quality=QUALITY)


def main() -> None:
    done = bench()
    sheet(done, RESULTS / "pictures.jpg")
    for found in done.values():
        for numbers in found.values():
            del numbers["file"]
    (RESULTS / "pictures.json").write_text(json.dumps(done, indent=1) + "\n")
    print(*table(done), sep="\n")


if __name__ == "__main__":
    main()
