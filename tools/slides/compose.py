"""A section of a lesson as few slides: one idea each, the guess before the answer."""

import base64
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from PIL import Image

from tools.slides.cells import Part, Section

LINES, COLUMNS = 8, 78  # of code that a room can read
# Characters of prose: on a slide of its own, beside a result, and too few for a slide.
OPENING, SENTENCES, BRIEF = 420, 250, 160
WIDE = 1.6  # a picture at least so much wider than high stands below the text, else beside it
SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-Z*`$(])")
ANNOUNCES = re.compile(r":$|^[^.:]*\?|\bHere (is|are)\b")


@dataclass(frozen=True)
class Slide:
    """What is in sight at once (`lead`, `code`), and what a key reveals (`result`, `after`)."""

    title: str
    lead: str = ""
    code: str = ""
    result: Part | None = None
    after: str = ""
    notes: str = ""
    kind: str = "stack"  # or "side", "opening", "title", "plain"


@dataclass
class Group:
    """Prose, then a guess, then code and what came of it."""

    prose: list[str]
    guess: str
    code: list[str]
    results: list[Part]


def compose(section: Section) -> list[Slide]:
    """The slides of a section, without the notes of TEACHING.md."""
    found = groups(section.parts)
    begins = opening(found[0].prose) if found else ""
    brief = len(begins) <= BRIEF and bool(found[0].results)
    slides = [] if brief else [Slide(section.title, begins, kind="opening")]
    for number, group in enumerate(found):
        said = found[number + 1].prose if number + 1 < len(found) else []
        own = list(_slides(section.title, group, _lead(group) if number else begins * brief))
        if own and said and not ANNOUNCES.search(said[0]):
            own[-1] = replace(own[-1], after=shortened(said[0]))
        notes = "\n\n".join([*group.prose, *said[:1]])
        slides += [replace(slide, notes=notes) for slide in own]
    return slides


def groups(parts: list[Part]) -> list[Group]:
    """Prose after code begins a new group. A formula belongs to the paragraph before it."""
    found: list[Group] = []
    for part in parts:
        if part.kind == "prose" and (not found or found[-1].code or found[-1].results):
            found.append(Group([], "", [], []))
        group = found[-1] if found else Group([], "", [], [])
        if part.kind == "prose":
            group.prose += re.split(r"\n\n(?!\$\$)", part.body)
        elif part.kind == "guess":
            group.guess = part.body
        elif part.kind == "code":
            group.code.append(part.body)
        else:
            group.results.append(part)
    return found


def _lead(group: Group) -> str:
    """What announces the code: a guess, else the last paragraph, unless it only reads a result."""
    alone = len(group.prose) == 1 and not ANNOUNCES.search(group.prose[0])
    return "" if group.guess or alone or not group.prose else shortened(group.prose[-1])


def _slides(title: str, group: Group, lead: str) -> Iterator[Slide]:
    """One slide for what was drawn and one for what was printed; sliders have their own."""
    lead = "\n\n".join(filter(None, [lead, group.guess]))
    short = [code for code in group.code if readable(code)]
    code = next((c for c in ("\n".join(short), *short[-1:]) if readable(c)), "")
    pictures = [part for part in group.results if part.kind == "picture"]
    texts = [part.body for part in group.results if part.kind == "text"]
    if pictures:
        beside = _ratio(pictures[-1]) < WIDE
        shown = "" if beside or texts else code
        yield Slide(title, lead, shown, pictures[-1], kind="side" if beside else "stack")
    told = pictures and not group.guess  # the picture says it better
    if texts and not told and readable("\n".join(texts)):
        yield Slide(title, "" if pictures else lead, code, Part("text", "\n".join(texts)))
    for part in group.results:
        if part.kind == "sliders":
            yield Slide(title, "", "", part)


def opening(paragraphs: list[str]) -> str:
    """The first paragraphs, as many as fit, and never none."""
    taken: list[str] = []
    for paragraph in paragraphs:
        if taken and len("".join(taken)) + len(paragraph) > OPENING:
            break
        taken.append(paragraph)
    return "\n\n".join(taken if len(taken) > 1 else [shortened(taken[0], OPENING)] if taken else [])


def shortened(text: str, room: int = SENTENCES) -> str:
    """The first sentences of a paragraph, as many as fit, and never none."""
    head, formula, tail = text.partition("\n\n$$")
    sentences = SENTENCE.split(head)
    while len(sentences) > 1 and len(" ".join(sentences)) > room:
        sentences.pop()
    return " ".join(sentences) + formula + tail


def readable(text: str) -> bool:
    """Whether a room can read it: few lines, none too long."""
    lines = text.splitlines()
    return len(lines) <= LINES and all(len(line) <= COLUMNS for line in lines)


def _ratio(picture: Part) -> float:
    with Image.open(io.BytesIO(base64.b64decode(picture.body))) as image:
        return image.width / image.height
