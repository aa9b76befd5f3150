"""The plans in TEACHING.md add up, and whatever they name is there."""

import re

import nbformat
import pytest
from exercises import NOTEBOOKS

from tools.plans import DATA, PAGE, Part, Session, inserted, sessions, tables
from tools.slides.notes import teaching_notes

SESSIONS = sessions(DATA.read_text(encoding="utf-8"))
ROOT = NOTEBOOKS.parent
GUIDE = (ROOT / "TEACHING.md").read_text(encoding="utf-8")
MINUTES = {where: int(note.split()[0]) for where, note in teaching_notes(GUIDE).items()}
EVERY = [(session, part) for session in SESSIONS for part in session.parts]
STEMS = {path.stem[:2]: path for path in NOTEBOOKS.glob("*.ipynb")}


def prose(lesson: str) -> str:
    cells = nbformat.read(STEMS[lesson], as_version=4).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def exercise_minutes(lesson: str) -> dict[int, int]:
    """What the notebook says of each of its exercises."""
    found = re.findall(r"^### Exercise (\d+): .*\n+About (\d+) minutes", prose(lesson), re.M)
    return {int(number): int(minutes) for number, minutes in found}


@pytest.mark.parametrize("session", SESSIONS, ids=lambda s: f"{s.plan} {s.title}".strip())
def test_a_session_adds_up(session):
    assert session.sum == session.minutes


@pytest.mark.parametrize(("session", "part"), EVERY, ids=lambda value: str(value)[:50])
def test_a_part_exists_and_takes_as_long_as_is_said_elsewhere(session, part):
    if part.exercises:
        said = exercise_minutes(part.lesson)
        assert part.minutes == sum(said[number] for number in part.exercises)
    elif part.all:
        own = {t: m for (lesson, t), m in MINUTES.items() if lesson == part.lesson}
        assert part.minutes == sum(m for title, m in own.items() if title != "Exercises")
    elif part.lesson:
        assert f"\n## {part.section}\n" in f"\n{prose(part.lesson)}\n"
        assert part.minutes == MINUTES[part.lesson, part.section]
    else:
        assert part.what


@pytest.mark.parametrize("lesson", sorted(STEMS))
def test_the_guide_and_the_notebook_agree_on_the_exercises(lesson):
    assert MINUTES.get((lesson, "Exercises"), 0) == sum(exercise_minutes(lesson).values())


def test_long_sessions_have_breaks_and_first_ones_a_set_up():
    for plan in {session.plan for session in SESSIONS}:
        first = next(session for session in SESSIONS if session.plan == plan)
        assert first.parts[0].minutes >= 10, "thirty laptops take a while"
        assert not first.parts[0].lesson
    for session in SESSIONS:
        breaks = [p for p in session.parts if p.what.startswith(("Break", "Lunch"))]
        assert sum(p.minutes for p in breaks) >= (session.minutes // 120) * 10


def test_there_are_the_four_plans_and_seven_weeks():
    plans = [session.plan for session in SESSIONS]
    assert set(plans) == {"90 minutes", "Half a day", "Two days", "A semester of seven weeks"}
    assert plans.count("A semester of seven weeks") == 7


def test_the_page_shows_the_plans_as_they_are():
    text = PAGE.read_text(encoding="utf-8")
    assert f"\n{tables(SESSIONS)}\n" in text
    assert inserted(text, tables(SESSIONS)) == text, "run python -m tools.plans"


def test_the_guide_leads_to_every_page():
    linked = set(re.findall(r"\]\((teaching/\w+\.md)\)", GUIDE))
    assert linked == {str(path.relative_to(ROOT)) for path in ROOT.glob("teaching/*.md")}


def test_the_letter_asks_for_the_doctor_and_names_what_it_says():
    letter = (ROOT / "teaching" / "letter.md").read_text(encoding="utf-8")
    assert "nst doctor" in letter
    assert "*All is well*" in letter


def test_a_table_counts_from_0_and_joins_what_belongs_to_one_lesson():
    parts = (Part(5, "Set-up"), Part(4, lesson="01", section="A", run=1),
             Part(10, lesson="01", exercises=(1, 2)))  # fmt: skip
    text = tables([Session("Short", "", 20, parts, "nothing")])
    assert "| 0–5 | Set-up |\n| 5–20 | **01** *A*, exercises 1, 2 |\n| at home | nothing |" in text
