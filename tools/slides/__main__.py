"""Make the slides of every lesson, or of those named, in build/slides (`make slides`).

`--plan 90` makes one deck for the plan of TEACHING.md whose name begins so (`make slides PLAN=90`).
"""

import argparse
import sys
from html import escape
from pathlib import Path

from tools.plans import DATA, chosen, sessions
from tools.slides.build import slides
from tools.slides.cells import read
from tools.slides.deck import deck
from tools.slides.notes import teaching_notes

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "slides"


def main(names: list[str], folder: Path = FOLDER) -> None:
    paths = sorted((ROOT / "notebooks").glob("*.ipynb"))
    notes = teaching_notes((ROOT / "TEACHING.md").read_text(encoding="utf-8"))
    folder.mkdir(parents=True, exist_ok=True)
    for path in paths:
        if not names or path.stem in names:
            text = slides(read(path), notes)
            (folder / f"{path.stem}.html").write_text(text, encoding="utf-8")
            print(f"{path.stem}.html: {len(text) / 1e6:.1f} MB")
    links = [f'<li><a href="{p.stem}.html">{escape(read(p).title)}</a></li>' for p in paths]
    page = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Slides</title>'
    page += f"<h1>Slides</h1><ul>{''.join(links)}</ul></html>\n"
    (folder / "index.html").write_text(page, encoding="utf-8")


def plan(name: str, folder: Path = FOLDER) -> Path:
    """Write the deck of a plan that is done in one go, and return its path."""
    found = chosen(sessions(DATA.read_text(encoding="utf-8")), name)
    if len(found) > 1:
        raise ValueError(f"'{found[0].plan}' has {len(found)} sessions: use the lessons' slides.")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"plan_{found[0].plan.split()[0].lower()}.html"
    notes = teaching_notes((ROOT / "TEACHING.md").read_text(encoding="utf-8"))
    path.write_text(deck(found[0], notes), encoding="utf-8")
    return path


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tools.slides", description=__doc__)
    parser.add_argument("names", nargs="*", help="lessons, such as 00_start_here")
    parser.add_argument("--plan", help="a plan, such as 90")
    asked = parser.parse_args()
    try:
        print(plan(asked.plan)) if asked.plan else main(asked.names)
    except ValueError as error:
        sys.exit(str(error))
