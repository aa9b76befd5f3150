"""Sections to HTML: prose, formulas as MathML, coloured code, pictures inside the file."""

import re
from html import escape
from pathlib import Path

from latex2mathml.converter import convert
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from tools.slides.cells import Lesson, Part, Section
from tools.slides.notes import Notes

HERE = Path(__file__).parent
COLOURS = HtmlFormatter(cssclass="code")
SHOWN = {"prose", "code", "text", "picture"}  # a guess is spoken; a still stands beside sliders
NOTEBOOK_LINK = re.compile(r'href="(\d\d_\w+)\.ipynb"')


class Renderer(IPythonRenderer):
    """Markdown with formulas that need neither script nor font from anywhere."""

    def __init__(self):
        super().__init__(escape=False, exclude_anchor_links=True)

    def inline_math(self, body: str) -> str:
        return convert(body)

    def block_math(self, body: str) -> str:
        return convert(body, display="block")


def slides(lesson: Lesson, notes: Notes) -> str:
    """The whole page. Its script breaks sections into slides, for it knows their heights."""
    number = lesson.title[:2]
    sections = "\n".join(_section(s, notes.get((number, s.title), "")) for s in lesson.sections)
    fields = {
        "TITLE": escape(lesson.title),
        "SECTIONS": NOTEBOOK_LINK.sub(r'href="\1.html"', sections),
    }
    return filled("page.html", fields)


def filled(name: str, fields: dict[str, str]) -> str:
    """The page `name` of this folder, with the head, colours and script that all share."""
    shared = {
        "COLOURS": COLOURS.get_style_defs(".code"),
        "SCRIPT": (HERE / "pages.js").read_text(encoding="utf-8"),
    }
    text = "".join((HERE / part).read_text(encoding="utf-8") for part in ("head.html", name))
    return re.sub(r"\{\{(\w+)\}\}", lambda field: (shared | fields)[field[1]], text)


def _section(section: Section, teaching: str) -> str:
    notes = "\n\n".join(filter(None, [teaching, *section.notes]))
    body = "\n".join(block(part) for part in section.parts if part.kind in SHOWN)
    title = prose(section.title).strip().removeprefix("<p>").removesuffix("</p>")
    return (
        f'<section data-level="{section.level}"><h2>{title}</h2>\n{body}\n'
        f"<aside>{prose(notes)}</aside></section>"
    )


def block(part: Part) -> str:
    """The HTML of one part."""
    if part.kind == "prose":
        return prose(part.body)
    if part.kind == "code":
        return highlight(part.body, PythonLexer(), COLOURS)
    if part.kind == "text":
        return f"<pre>{escape(part.body)}</pre>"
    if part.kind == "sliders":
        return part.body
    data = part.body.replace("\n", "")
    return f'<figure><img src="data:image/jpeg;base64,{data}" alt="{escape(part.alt)}"></figure>'


def prose(text: str) -> str:
    """Markdown as HTML."""
    return MarkdownWithMath(Renderer()).render(text)
