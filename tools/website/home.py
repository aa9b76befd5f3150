"""The home page: what the README says first, the lessons, and the gallery."""

import re
from pathlib import Path

import nbformat

GALLERY = "images/results"
ENTRY = re.compile(r"!\[(.+?)\]\((\S+\.jpg)\)\n\n(.+?)(?=\n\n|\n*\Z)", re.S)
BELOW = re.compile(r"\(for Windows, see .*?\)\)", re.S)


def home(root: Path) -> str:
    """The page in MyST's Markdown."""
    readme = (root / "README.md").read_text(encoding="utf-8")
    gallery = (root / GALLERY / "README.md").read_text(encoding="utf-8")
    start = "(for Windows, see [Platforms](docs/platforms.md))"
    fields = {
        "intro": readme.partition("</sub>\n\n")[2].partition("## Start")[0].strip(),
        "start": BELOW.sub(start, section(readme, "Start")),
        "lessons": "\n".join(map(_lesson, sorted((root / "notebooks").glob("*.ipynb")))),
        "gallery": _figures(gallery),
    }
    page = Path(__file__).with_name("home.md").read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda name: fields[name[1]], page)


def section(text: str, title: str) -> str:
    return re.search(rf"^## {title}\n\n(.*?)(?=\n## )", text, re.M | re.S)[1]


def _lesson(path: Path) -> str:
    """A line on a lesson: its title, and the first thing that one learns to do."""
    opening = nbformat.read(path, as_version=4).cells[0].source
    title = opening.splitlines()[0].removeprefix("# ")
    aims = re.search(r"\*\*You will\*\*\n\n((?:- .*\n|  .*\n)+)", opening)[1]
    first = re.split(r"^- ", aims, flags=re.M)[1]
    return f"- [{title}](notebooks/{path.name}): {' '.join(first.split()).rstrip(',;.')}."


def _figures(gallery: str) -> str:
    figures = []
    for alt, file, caption in ENTRY.findall(gallery):
        picture = f'<img src="thumbs/{file}" loading="lazy" alt="{alt.replace(chr(34), "&quot;")}">'
        link = f'<a href="{GALLERY}/{file}">{picture}</a>'
        figures.append(f"<figure>\n{link}\n<figcaption>\n\n{caption}\n\n</figcaption>\n</figure>")
    return "\n\n".join(figures)
