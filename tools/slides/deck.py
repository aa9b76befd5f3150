"""One deck for a plan of TEACHING.md: its sections, its minutes, and nothing else."""

import ast
import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from html import escape
from pathlib import Path

from tools.credits import read_credits
from tools.needs import Needs, in_words, session_needs
from tools.plans import ROOT, Part, Session
from tools.slides.build import block, filled, prose
from tools.slides.cells import Lesson, read
from tools.slides.cells import Part as Piece
from tools.slides.compose import Slide, compose
from tools.slides.notes import Notes

UNSAID = re.compile(r" \(d\. [^)]*\)|, year not stated")  # what a slide has no room for
BEFORE = "**Before it**, in {}:\n\n```\n{}\n```"


def deck(session: Session, notes: Notes) -> str:
    """The page. Every slide says by which minute its part of the plan should be over."""
    lessons = {part.lesson: _lesson(part.lesson) for part in session.parts if part.lesson}
    needed = {id(found.part): found for found in session_needs(session)}
    slides, minute = [_title(session, lessons)], 0.0
    shown = [(slides[0], session.parts[0].minutes)]
    for number, part in enumerate(session.parts):
        minute += part.minutes + part.run
        if number:
            own = part_slides(part, lessons.get(part.lesson), needed.get(id(part)), notes)
            shown += [(slide, minute) for slide in own]
    shown.append((credits_slide(lessons, needed.values()), minute))
    fields = {
        "TITLE": f"Neural style transfer: {session.plan}",
        "MINUTES": f"{session.minutes:g}",
        "SLIDES": "\n".join(_html(slide, ends) for slide, ends in shown),
    }
    return filled("deck.html", fields)


def part_slides(
    part: Part, lesson: Lesson | None, needed: Needs | None, notes: Notes
) -> list[Slide]:
    """The slides of one part of the plan, with what the speaker says and has to have run."""
    if lesson is None or part.exercises:
        where = f"Lesson {part.lesson}: {part}" if part.lesson else part.what
        return [Slide(where, f"{part.minutes:g} minutes", kind="opening")]
    sections = [s for s in lesson.sections if part.all or s.title == part.section]
    slides = [slide for section in sections for slide in compose(section)]
    guide = notes.get((part.lesson, part.section), "")
    before = BEFORE.format(lesson.title, in_words(needed)) if needed and needed.before else ""
    first = "\n\n".join(filter(None, [guide, before]))
    return [
        replace(slide, notes="\n\n".join(filter(None, [guide if number else first, slide.notes])))
        for number, slide in enumerate(slides)
    ]


def _lesson(number: str) -> Lesson:
    (path,) = (ROOT / "notebooks").glob(f"{number}_*.ipynb")
    return read(path)


def _title(session: Session, lessons: Mapping[str, Lesson]) -> Slide:
    """The plan and the first lesson's picture; it stays while everybody gets ready."""
    alt, path, _ = next(iter(lessons.values())).hero
    data = base64.b64encode((ROOT / "notebooks" / path).read_bytes()).decode()
    keys = "Keys: → or space on, ← back, **O** overview, **N** notes, **S** notes in a window of "
    keys += "their own, **T** starts and stops the clock, **F** full screen."
    return Slide(
        f"Neural style transfer in {session.plan}",
        session.parts[0].what,
        result=Piece("picture", data, alt),
        notes=keys,
        kind="title",
    )


def credits_slide(lessons: Mapping[str, Lesson], needed: Iterable[Needs]) -> Slide:
    """Who made the pictures that the cells of the plan name, and the one on the first slide."""
    makers, wanted = read_credits(), set()
    for found in needed:
        for cell in (*found.before, *found.own):
            tree = ast.walk(ast.parse(cell.source))
            wanted |= {n.value for n in tree if isinstance(n, ast.Constant)}
    lines = [
        f"- {what}: {UNSAID.sub('', who)} ({_licence(licence)})"
        for path, (what, who, licence) in makers.items()
        if Path(path).stem in wanted
    ]
    hero = next(iter(lessons.values())).hero[2]
    return Slide("Pictures", "\n".join(lines) + f"\n\nOn the first slide: {hero}", kind="plain")


def _licence(text: str) -> str:
    return text.removeprefix("work: ").split(";")[0].split(". ")[0]


def _html(slide: Slide, ends: float) -> str:
    """One slide; without anything to guess from, its result is in sight at once."""
    waits = " hidden" if slide.kind != "title" and (slide.lead or slide.code) else ""
    title = prose(slide.title).strip().removeprefix("<p>").removesuffix("</p>")
    parts = [f"<h2>{title}</h2>", f'<div class="lead">{prose(slide.lead)}</div>']
    if slide.code:
        parts.append(f'<div class="listing">{block(Piece("code", slide.code))}</div>')
    if slide.result:
        kind = slide.result.kind
        parts.append(f'<div class="result {kind}"{waits}>{block(slide.result)}</div>')
    if slide.after:
        parts.append(f'<div class="after" hidden>{prose(slide.after)}</div>')
    parts.append(f"<aside hidden>{prose(slide.notes)}</aside>")
    body = "\n".join(parts)
    return f'<div class="slide {escape(slide.kind)}" data-ends="{ends:g}">{body}</div>'
