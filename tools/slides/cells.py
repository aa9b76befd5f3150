"""A notebook as a lesson: sections of prose, code and results, and what is said about them."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

HEADING = re.compile(r"^(#{1,3}) (.+)$")
DETAILS = re.compile(r"<details>.*?</details>", re.S)
# The badges, and the picture at the top with the line of its makers: a title slide has no room.
BADGES = re.compile(r"^\[!\[.*$|^!\[.*\n\n\*.*$", re.M)
HERO = re.compile(r"^!\[(.*)\]\((assets/.*)\)\n\n(.*)$", re.M)
# Code that a room need not see: the set-up, the calls of checks, and whatever only draws.
HIDDEN = re.compile(r"google\.colab|new_figure\(|\A(check\.|explore\(|alt =|show_)")
IMPORTS = re.compile(r"(?:from|import) ")


@dataclass(frozen=True)
class Part:
    """`kind` is "prose" or "guess" (Markdown), "code", "text" (printed), "picture" (base64 JPEG)
    or "sliders" (HTML that moves without a kernel).
    """

    kind: str
    body: str
    alt: str = ""


@dataclass
class Section:
    """What stands below one heading; `notes` is Markdown for the speaker."""

    level: int
    title: str
    parts: list[Part] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Lesson:
    """`hero` is the picture at the top: what it shows, where it is, and who made it."""

    title: str
    sections: list[Section]
    hero: tuple[str, str, str] = ("", "", "")


def read(path: Path) -> Lesson:
    """The lesson in the notebook `path`; each heading begins a section."""
    sections: list[Section] = []
    cells = nbformat.read(path, as_version=4).cells
    for cell in cells:
        if cell.cell_type == "markdown":
            _add_prose(sections, cell)
        elif cell.cell_type == "code":
            if sections[-1].level > 1:  # what stands before the first section only prepares
                sections[-1].parts += _code(cell.source)
            if not cell.source.startswith("check."):
                sections[-1].parts += _results(cell.outputs)
    hero = HERO.search(cells[0].source)
    return Lesson(sections[0].title, sections, hero.groups() if hero else ("", "", ""))


def _add_prose(sections: list[Section], cell: nbformat.NotebookNode) -> None:
    if "notes" in cell.metadata.get("tags", []):
        sections[-1].notes.append(cell.source)
        sections[-1].parts.append(Part("guess", cell.source))
        return
    folded = DETAILS.findall(cell.source)
    text = BADGES.sub("", DETAILS.sub("", cell.source))
    for piece in re.split(r"(?m)^(?=#{1,3} )", text):
        first, _, rest = piece.strip().partition("\n")
        heading = HEADING.match(first)
        if heading:
            sections.append(Section(len(heading[1]), heading[2]))
        body = rest.strip() if heading else piece.strip()
        if body:
            sections[-1].parts.append(Part("prose", body))
    sections[-1].notes += folded


def _code(source: str) -> list[Part]:
    lines = [line for line in source.splitlines() if line.strip()]
    only_imports = all(IMPORTS.match(line) or line[0] in " )" for line in lines)
    return [] if only_imports or HIDDEN.search(source) else [Part("code", source)]


def _results(outputs: list[nbformat.NotebookNode]) -> list[Part]:
    """What a cell printed or drew; a live widget has a still picture in a later cell."""
    parts: list[Part] = []
    for output in outputs:
        data = output.get("data", {})
        if output.output_type == "stream":
            before = parts.pop().body + "\n" if parts and parts[-1].kind == "text" else ""
            parts.append(Part("text", before + output.text.rstrip()))
        elif "image/jpeg" in data:
            alt = output.metadata.get("image/jpeg", {}).get("alt", "")
            parts.append(Part("picture", data["image/jpeg"].strip(), alt))
        elif "nst-sliders" in data.get("text/html", ""):
            parts.append(Part("sliders", data["text/html"]))
        elif set(data) == {"text/plain"}:
            parts.append(Part("text", data["text/plain"]))
    return parts
