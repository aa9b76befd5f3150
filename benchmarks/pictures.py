"""The quality bench, `make pictures`: twelve pairs painted in several ways at equal seconds.

Each way paints at 512 px for as long as the course's own takes for its 200 steps, one after the
other and alone. `--tried` paints what was tried for the course's look instead: four pairs at
384 px, every way with its own 200 steps. Pictures go to build/, and what is there is not painted
again; the table and the sheet go to benchmarks/results. To be looked at: numbers only help.
"""

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from statistics import mean

from PIL import Image, ImageDraw
from torch import Tensor

from benchmarks import quality
from benchmarks.contenders import PlainLoss, Trace, torch_lbfgs
from nst_helpers.engine.layers import STYLE_LAYERS
from nst_helpers.engine.parameters import load_parameters, normalise_activations
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
COURSE, ENDLESS = OWN["course"], 10**6
FIRST_AUTHOR = RECIPES["gatys-notebook"]
EQUAL = dict.fromkeys(STYLE_LAYERS, 0.2)
WAYS: dict[str, Recipe | None] = {
    "the course": COURSE,
    "the textbook, one size": replace(OWN["textbook"], phases=(Phase(ENDLESS),)),
    "the first author, one size": replace(FIRST_AUTHOR, phases=(Phase(ENDLESS),)),
    "the tutorial's loop": None,  # torch.optim.LBFGS in float32 on the textbook's loss
}
TRIED: dict[str, Recipe] = {
    "the course": COURSE,
    "the textbook, grown, β 300": replace(OWN["textbook"], scales=None, beta=300.0),
    "the first author, grown, β 0.1": replace(FIRST_AUTHOR, scales=None, beta=0.1),
    "relu5_1 as much as the others": replace(COURSE, style_layers=EQUAL),
    "average pooling": replace(COURSE, pooling="average"),
    "normalised, average pooling": replace(COURSE, normalised=True, pooling="average"),
    "no total variation": replace(COURSE, variation=0.0),
}
TRIED_PAIRS = PAIRS[0], PAIRS[1], PAIRS[4], PAIRS[7]
FOLDER = Path(__file__).resolve().parent.parent
PAINTED, RESULTS = FOLDER / "build" / "pictures", FOLDER / "benchmarks" / "results"
NUMBERS = ("grain", "hand", "structure", "pebbles")
CELL, QUALITY = 512, 80  # of the sheet: px a picture, and the JPEG's


def paint(recipe: Recipe | None, photo: Tensor, painting: Tensor, seconds: float | None) -> tuple:
    """The picture, and the seconds and evaluations it took; None lets a run take all its steps."""
    if recipe is None:
        return _by_the_tutorial(photo, painting, seconds)
    run = stylize(photo, painting, recipe=recipe)
    for _ in run:
        if seconds and run.state.seconds >= seconds:
            break
    return run.image, run.state.seconds, run.state.evaluations


def _by_the_tutorial(photo: Tensor, painting: Tensor, seconds: float) -> tuple:
    textbook, trace = OWN["textbook"], Trace()
    loss = PlainLoss(normalise_activations(load_parameters()), photo, painting, textbook.beta)
    loop = torch_lbfgs(loss, photo, trace, clamp=True)
    while trace.spent < seconds:
        next(loop)
    return trace.images[-1], trace.seconds[-1], len(trace.images)


def measure(picture: Tensor, photo: Tensor, painting: Tensor, network) -> dict[str, float]:
    return {
        "grain": quality.grain(picture, painting),
        "hand": quality.hand(picture, photo, painting, network),
        "structure": quality.structure(picture, photo),
        "pebbles": quality.pebbles(picture, photo, painting),
    }


def bench(ways: dict[str, Recipe | None], pairs, size: int, equal: bool) -> dict[str, dict]:
    """What each way has painted of each pair, painting what is not there yet."""
    network = load_network(quality.HAND_LAYERS, pooling="max")
    done: dict[str, dict] = {}
    for content, style in pairs:
        photo = load_image(samples("content")[content], size)
        painting = load_image(samples("style")[style], size)
        seconds = None
        for number, (way, recipe) in zip(count(), ways.items()):
            file = PAINTED / str(size) / f"{content}_{style}_{number}.png"
            if not file.exists():
                image, spent, evaluations = paint(recipe, photo, painting, seconds)
                found = measure(image, photo, painting, network)
                found |= {"seconds": spent, "evaluations": evaluations}
                file.parent.mkdir(parents=True, exist_ok=True)
                file.with_suffix(".json").write_text(json.dumps(found))
                save_image(image, file)
            found = json.loads(file.with_suffix(".json").read_text())
            done.setdefault(f"{content} as {style}", {})[way] = found | {"file": str(file)}
            seconds = seconds or (found["seconds"] if equal else None)
            print(f"{content} as {style}: {way}, {found['seconds']:.0f} s", flush=True)
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
        ImageDraw.Draw(page).text((CELL * column + 8, 8), way, "black", font_size=22)
    top = 40
    for row, height in zip(rows, heights, strict=True):
        for column, picture in enumerate(row):
            picture.thumbnail((CELL, CELL))
            page.paste(picture, (CELL * column, top))
        top += height
    page.save(file, quality=QUALITY)


def main() -> None:
    command = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    command.add_argument("--tried", action="store_true", help="what was tried for the look")
    tried = command.parse_args().tried
    pairs, size = (TRIED_PAIRS, 384) if tried else (PAIRS, 512)
    done = bench(TRIED if tried else WAYS, pairs, size, equal=not tried)
    name = "pictures_tried" if tried else "pictures"
    sheet(done, RESULTS / f"{name}.jpg")
    for found in done.values():
        for cell in found.values():
            del cell["file"]
    (RESULTS / f"{name}.json").write_text(json.dumps(done, indent=1) + "\n")
    print(*table(done), sep="\n")


if __name__ == "__main__":
    main()
