"""The plans of teaching/plans.toml as tables in teaching/plans.md (`python -m tools.plans`)."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA, PAGE = (ROOT / "teaching" / name for name in ("plans.toml", "plans.md"))
MARKED = re.compile(r"(<!-- plans: [^\n]* -->\n).*(<!-- end of the plans -->)", re.S)


@dataclass(frozen=True)
class Part:
    """A piece of a session: a section, some exercises or all of a lesson, or something else."""

    minutes: float
    what: str = ""
    lesson: str = ""
    section: str = ""
    exercises: tuple[int, ...] = ()
    all: bool = False
    run: float = 0

    def __str__(self) -> str:
        if self.exercises:
            word = "exercises" if len(self.exercises) > 1 else "exercise"
            return f"{word} {', '.join(map(str, self.exercises))}"
        return self.what or ("every section" if self.all else f"*{self.section}*")


@dataclass(frozen=True)
class Session:
    """What is done in one go; `minutes` is how long it may take."""

    plan: str
    title: str
    minutes: float
    parts: tuple[Part, ...]
    homework: str = ""

    @property
    def sum(self) -> float:
        """Minutes of all parts, with what is computed and with the breaks."""
        return sum(part.minutes + part.run for part in self.parts)


def sessions(text: str) -> list[Session]:
    """The sessions in the text of the data file."""
    found = tomllib.loads(text)["session"]
    return [Session(**{**one, "parts": tuple(Part(**p) for p in one["parts"])}) for one in found]


def chosen(found: list[Session], name: str) -> list[Session]:
    """The sessions of the plan whose name begins with `name`; ValueError if there is none."""
    own = [session for session in found if session.plan.startswith(name)]
    if not name or not own:
        plans = ", ".join(dict.fromkeys(session.plan for session in found))
        raise ValueError(f"There is no plan '{name}': choose from {plans}.")
    return own


def tables(found: list[Session]) -> str:
    """Markdown: a heading for each plan, and under it a table with a row for each lesson."""
    parts = []
    for plan, own in groupby(found, key=lambda session: session.plan):
        parts.append(f"## {plan}\n")
        parts += ["\n".join(_table(session)) + "\n" for session in own]
    return "\n".join(parts)


def _table(session: Session) -> Iterator[str]:
    yield f"| minutes | {session.title or 'what'} |\n| --- | --- |"
    begins = 0.0
    for lesson, parts in groupby(session.parts, key=lambda part: part.lesson):
        own = list(parts)
        ends = begins + sum(part.minutes + part.run for part in own)
        words = ", ".join(map(str, own))
        yield f"| {begins:g}–{ends:g} | {f'**{lesson}** {words}' if lesson else words} |"
        begins = ends
    if session.homework:
        yield f"| at home | {session.homework} |"


def inserted(page: str, plans: str) -> str:
    """The text of the page with these plans between its two marks."""
    return MARKED.sub(lambda mark: f"{mark[1]}\n{plans}\n{mark[2]}", page)


if __name__ == "__main__":
    new = inserted(PAGE.read_text("utf-8"), tables(sessions(DATA.read_text("utf-8"))))
    PAGE.write_text(new, encoding="utf-8")
