"""Paint the gallery in images/results (`make gallery`): every photo in every style.

What is current is skipped, so the command may be interrupted and taken up again. When the
program itself has learnt to paint differently, delete the folder first. `--at-most N` stops
after N paintings, `--list` says what is not current.
"""

import argparse
import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from torch import Tensor

from nst_helpers import Run, load_image, samples, stylize
from nst_helpers.engine.device import describe_device
from nst_helpers.pictures.decode import fit_within
from nst_helpers.pictures.images import from_pil, to_pil
from nst_helpers.pictures.save import save_image, to_jpeg
from tools.gallery_page import page, strip

FOLDER = Path(__file__).resolve().parent.parent / "images" / "results"
RECORDS = FOLDER / "gallery.json"
PROBE = FOLDER / "probe.png"
SMALL, LARGE = 256, 768  # px, the longer side

# How much paint each photo bears: a face is lost long before a roof.
BETAS = {"astronaut": 50.0, "cat": 100.0, "coffee": 300.0, "pavilion": 1000.0, "rocket": 100.0}
# What is painted of a photo: top, bottom, left, right as parts of it. A face needs its pixels.
CROPS = {"astronaut": (0.0, 0.56, 0.14, 0.70)}
LARGE_PAIRS = (("pavilion", "starry_night"), ("coffee", "night_cafe"), ("cat", "great_wave"))


@dataclass(frozen=True)
class Work:
    """One painting and all that decides how it looks, save the program."""

    content: str
    style: str
    beta: float
    size: int = SMALL
    steps: int = 100
    alpha: float = 1.0
    seed: int = 0
    coarse_to_fine: bool = False
    crop: tuple[float, float, float, float] = (0.0, 1.0, 0.0, 1.0)
    precision: str | None = None  # None is what the machine does best
    quality: int = 85

    @property
    def name(self) -> str:
        return f"{self.content}_{self.style}" + ("_large" if self.size > SMALL else "")

    @property
    def file(self) -> Path:
        return FOLDER / f"{self.name}.jpg"

    def recipe(self) -> dict:
        """Settings and the hashes of both files: what a record is compared with."""
        files = {"content": samples("content")[self.content], "style": samples("style")[self.style]}
        hashes = {kind: digest(path) for kind, path in files.items()}
        return json.loads(json.dumps({"settings": asdict(self), "sha256": hashes}))


def works() -> Iterator[Work]:
    """Every pair small, then three large ones."""
    for content in samples("content"):
        for style in samples("style"):
            yield Work(content, style, BETAS[content], crop=CROPS.get(content, Work.crop))
    for content, style in LARGE_PAIRS:
        yield Work(content, style, BETAS[content], LARGE, 120, coarse_to_fine=True, quality=88)


# Painted again by a test: small enough for any machine, and in the precision that all have.
PROBE_WORK = Work("pavilion", "starry_night", 1000.0, 96, steps=15, precision="float32")


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def content_picture(work: Work) -> Tensor:
    """The photo, or the part of it that is painted, its longer side `work.size` pixels."""
    whole = load_image(samples("content")[work.content])
    height, width = whole.shape[2:]
    top, bottom, left, right = (
        round(part * side)
        for part, side in zip(work.crop, (height, height, width, width), strict=True)
    )
    return from_pil(fit_within(to_pil(whole[:, :, top:bottom, left:right]), work.size))


def paint(work: Work) -> Run:
    style = load_image(samples("style")[work.style], work.size)
    return stylize(
        content_picture(work),
        style,
        steps=work.steps,
        alpha=work.alpha,
        beta=work.beta,
        seed=work.seed,
        coarse_to_fine=work.coarse_to_fine,
        precision=work.precision,
    ).finish()


def read_records() -> dict[str, dict]:
    return json.loads(RECORDS.read_text()) if RECORDS.exists() else {}


def is_current(work: Work, records: dict[str, dict]) -> bool:
    """Whether the file is there, as it was made, and made from these settings and pictures."""
    record = records.get(work.name)
    if record is None or not work.file.exists():
        return False
    return record["recipe"] == work.recipe() and record["result"] == digest(work.file)


def make(work: Work, records: dict[str, dict]) -> None:
    """Paint one work, write it, and note what it was made from."""
    run = paint(work)
    work.file.write_bytes(to_jpeg(run.image, work.quality))
    network, last = run.objective.network, run.history[-1]
    records[work.name] = {
        "recipe": work.recipe(),
        "result": digest(work.file),
        "device": describe_device(network.device, network.dtype),
        "content": float(f"{last['content']:.4g}"),
        "style": float(f"{last['style']:.4g}"),
    }
    RECORDS.write_text(json.dumps(dict(sorted(records.items())), indent=1) + "\n")


def main() -> None:
    command = argparse.ArgumentParser(description="Paint what is not current in images/results.")
    command.add_argument("--at-most", type=int, metavar="N", help="stop after N paintings")
    command.add_argument("--list", action="store_true", help="only say what is not current")
    choice = command.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    records = read_records()
    stale = [work for work in works() if not is_current(work, records)]
    print(f"{len(stale)} paintings are not current", *[work.name for work in stale], sep="\n  ")
    if choice.list:
        return
    for work in stale[: choice.at_most]:
        make(work, records)
        print(f"painted {work.name}", flush=True)
    if len(stale) <= (choice.at_most or len(stale)):
        finish(records)


def finish(records: dict[str, dict]) -> None:
    """The picture that a test paints again, the page of captions, and the strip.

    What belongs to no work any more goes.
    """
    kept = {work.name: records[work.name] for work in works()}
    RECORDS.write_text(json.dumps(dict(sorted(kept.items())), indent=1) + "\n")
    for path in FOLDER.glob("*.jpg"):
        if path.stem not in kept:
            path.unlink()
    if not PROBE.exists():
        save_image(paint(PROBE_WORK).image, PROBE)
    (FOLDER / "README.md").write_text(page(list(works()), kept), encoding="utf-8")
    strip(next(work for work in works() if work.size == LARGE), FOLDER / "strip.jpg")


if __name__ == "__main__":
    main()
