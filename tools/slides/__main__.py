"""Make the slides of every lesson, or of those named, in build/slides (`make slides`)."""

import sys
from html import escape
from pathlib import Path

from tools.slides.build import slides
from tools.slides.cells import read
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


if __name__ == "__main__":
    main(sys.argv[1:])
