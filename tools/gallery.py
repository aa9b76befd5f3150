"""Paint the gallery in images/results (`make gallery`), as the terminal would.

What is current is skipped, so the command may be interrupted and taken up again. When the
program itself has learnt to paint differently, delete the folder first. `--at-most N` stops
after N paintings, `--list` says what is not current.
"""

import argparse
import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from nst_helpers import Run, samples, save_animation, stylize
from nst_helpers.engine.device import describe_device
from nst_helpers.pictures.save import save_image, to_jpeg
from tools.gallery_page import page, strip

FOLDER = Path(__file__).resolve().parent.parent / "images" / "results"
RECORDS = FOLDER / "gallery.json"
PROBE = FOLDER / "probe.png"
LARGE = 1024  # px, the longer side
QUALITY = 84  # of the JPEG files


@dataclass(frozen=True)
class Work:
    """One painting and all that decides how it looks, save the program."""

    content: str
    style: str
    beta: float | None = None  # None is the default of `stylize`, as below
    size: int = LARGE
    steps: int | None = None
    precision: str | None = None

    @property
    def name(self) -> str:
        return f"{self.content}_{self.style}"

    @property
    def file(self) -> Path:
        return FOLDER / f"{self.name}.jpg"

    def files(self) -> dict[str, Path]:
        """The photo and the painting."""
        return {"content": samples("content")[self.content], "style": samples("style")[self.style]}

    def settings(self) -> dict:
        """What `stylize`, and the terminal, are told beside the files."""
        return {
            name: value
            for name, value in asdict(self).items()
            if value is not None and name not in ("content", "style")
        }

    def origin(self) -> dict:
        """Settings and the hashes of both files: what a record is compared with."""
        hashes = {kind: digest(path) for kind, path in self.files().items()}
        return json.loads(json.dumps({"settings": self.settings(), "sha256": hashes}))


# No photo twice, and all with the defaults.
WORKS = (
    Work("bridge_night", "starry_night"),
    Work("castle_neuschwanstein", "starry_night"),
    Work("brandenburg_gate", "auvers_street"),
    Work("red_panda", "poppies"),
    Work("coffee", "composition_viii"),
    Work("kitten", "arearea"),
    Work("chateau_chenonceau", "auvers_street"),
    Work("pavilion", "kazusa_sea_route"),
    Work("mountains", "great_wave"),
    Work("stream", "inokashira_snow"),
    Work("cat", "bedroom_arles"),
    Work("astronaut", "dance_class"),
)

# The film of one picture growing, for the site.
FILM, FILM_WORK = FOLDER / "growing.webp", Work("bridge_night", "starry_night", size=480)
FRAMES, FILM_SECONDS = 40, 4.0

# Painted again by a test: small enough for any machine, and in the precision that all have.
PROBE_WORK = Work("pavilion", "starry_night", size=96, steps=8, precision="float32")


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def paint(work: Work) -> Run:
    return stylize(**work.files(), **work.settings()).finish()


def read_records() -> dict[str, dict]:
    return json.loads(RECORDS.read_text()) if RECORDS.exists() else {}


def is_current(work: Work, records: dict[str, dict]) -> bool:
    """Whether the file is there, as it was made, and made from these settings and pictures."""
    record = records.get(work.name)
    if record is None or not work.file.exists():
        return False
    return record["origin"] == work.origin() and record["result"] == digest(work.file)


def make(work: Work, records: dict[str, dict]) -> None:
    """Paint one work, write it, and note what it was made from."""
    run = paint(work)
    work.file.write_bytes(to_jpeg(run.image, QUALITY))
    network, last = run.objective.network, run.history[-1]
    records[work.name] = {
        "origin": work.origin(),
        "result": digest(work.file),
        "device": describe_device(network.device, network.dtype),
        "seconds": round(last["seconds"]),
        "content": float(f"{last['content']:.4g}"),
        "style": float(f"{last['style']:.4g}"),
    }
    RECORDS.write_text(json.dumps(dict(sorted(records.items())), indent=1) + "\n")


def film(work: Work, place: Path) -> None:
    """A looping film of `work`: nearly every one of its first steps, and fewer later on."""
    run = stylize(**work.files(), **work.settings())
    shown = {round(run.steps ** (k / FRAMES)) for k in range(FRAMES + 1)} | {0}
    frames = [snapshot.image for snapshot in run if snapshot.step in shown]
    save_animation(frames, place, seconds=FILM_SECONDS)


def main() -> None:
    command = argparse.ArgumentParser(description="Paint what is not current in images/results.")
    command.add_argument("--at-most", type=int, metavar="N", help="stop after N paintings")
    command.add_argument("--list", action="store_true", help="only say what is not current")
    choice = command.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    records = read_records()
    stale = [work for work in WORKS if not is_current(work, records)]
    print(f"{len(stale)} paintings are not current", *[work.name for work in stale], sep="\n  ")
    if choice.list:
        return
    for work in stale[: choice.at_most]:
        make(work, records)
        print(f"painted {work.name} in {records[work.name]['seconds']} s", flush=True)
    if len(stale) <= (choice.at_most or len(stale)):
        finish(records)


def finish(records: dict[str, dict]) -> None:
    """The picture that a test paints again, the page of captions, and the strip.

    What belongs to no work any more goes.
    """
    kept = {work.name: records[work.name] for work in WORKS}
    RECORDS.write_text(json.dumps(dict(sorted(kept.items())), indent=1) + "\n")
    for path in FOLDER.glob("*.jpg"):
        if path.stem not in kept and path.stem != "grid":
            path.unlink()
    if not FILM.exists():
        film(FILM_WORK, FILM)
    if not PROBE.exists():
        save_image(paint(PROBE_WORK).image, PROBE)
    (FOLDER / "README.md").write_text(page(WORKS, kept), encoding="utf-8")
    strip(WORKS[0], FOLDER / "strip.jpg")


if __name__ == "__main__":
    main()
