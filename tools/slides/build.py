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

PAGE = Path(__file__).with_name("page.html")
COLOURS = HtmlFormatter(cssclass="code")
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
        "COLOURS": COLOURS.get_style_defs(".code"),
        "SECTIONS": NOTEBOOK_LINK.sub(r'href="\1.html"', sections),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda name: fields[name[1]], PAGE.read_text(encoding="utf-8"))


def _section(section: Section, teaching: str) -> str:
    notes = "\n\n".join(filter(None, [teaching, *section.notes]))
    body = "\n".join(_part(part) for part in section.parts)
    title = _prose(section.title).strip().removeprefix("<p>").removesuffix("</p>")
    return (
        f'<section data-level="{section.level}"><h2>{title}</h2>\n{body}\n'
        f"<aside>{_prose(notes)}</aside></section>"
    )


def _part(part: Part) -> str:
    if part.kind == "prose":
        return _prose(part.body)
    if part.kind == "code":
        return highlight(part.body, PythonLexer(), COLOURS)
    if part.kind == "text":
        return f"<pre>{escape(part.body)}</pre>"
    data = part.body.replace("\n", "")
    return f'<figure><img src="data:image/jpeg;base64,{data}" alt="{escape(part.alt)}"></figure>'


def _prose(text: str) -> str:
    return MarkdownWithMath(Renderer()).render(text)
