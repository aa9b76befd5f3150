"""What a section needs before it, told by names alone: nothing is run."""

import pytest

from tools.needs import Cell, in_words, names, needs, session_needs
from tools.plans import DATA, Part, chosen, sessions

SESSIONS = sessions(DATA.read_text(encoding="utf-8"))
SOURCES = {
    "a = b + 1": ({"a"}, {"b"}),
    "a = 1\nprint(a, len([]))": ({"a"}, set()),
    "a = a + 1": ({"a"}, {"a"}),
    "a += 1": ({"a"}, {"a"}),
    "for i in rows:\n    total = i": ({"i", "total"}, {"rows"}),
    "x = [row * k for row in rows]": ({"x"}, {"rows", "k"}),
    "def f(y: T) -> T:\n    z = y\n    return g(z)": ({"f"}, {"T", "g"}),
    "def f():\n    return late\n\n\nlate = 1": ({"f", "late"}, set()),
    "import a.b\nfrom c import d as e": ({"a", "e"}, set()),
    "kept[name] = value": (set(), {"kept", "name", "value"}),
    "draw = lambda step: frames[step]": ({"draw"}, {"frames"}),
}


@pytest.mark.parametrize("source", SOURCES)
def test_the_names_of_a_cell(source):
    defines, reads = SOURCES[source]
    assert names(source) == (frozenset(defines), frozenset(reads))


def cell(number: int, section: str, source: str) -> Cell:
    return Cell(number, section, source, *names(source))


def test_a_section_needs_the_latest_definitions_and_what_these_need():
    cells = [
        cell(0, "", "import torch"),
        cell(1, "A", "size = 1"),
        cell(2, "A", "unrelated = torch"),
        cell(3, "B", "photo = torch.ones(size)"),
        cell(4, "B", "photo = torch.zeros(size)"),
        cell(5, "C", "later = 5"),
        cell(6, "D", "print(photo, nowhere)"),
    ]
    part = Part(5, lesson="09", section="D")
    found = needs(cells, part, done=set())
    assert [one.number for one in found.before] == [0, 1, 4]
    assert found.missing == {"nowhere"}
    assert [one.number for one in needs(cells, part, done={0, 1}).before] == [4]
    assert "run the cell `photo = torch.zeros(size)` under B" in in_words(found)


@pytest.mark.parametrize("session", SESSIONS, ids=lambda s: f"{s.plan} {s.title}".strip())
def test_every_name_that_a_planned_cell_reads_is_defined_before_it(session):
    for found in session_needs(session):
        assert not found.missing, f"{found.part.lesson} {found.part} reads {set(found.missing)}"


def test_the_sections_of_90_minutes_need_few_cells():
    (session,) = chosen(SESSIONS, "90")
    assert all(len(found.before) <= 4 for found in session_needs(session))


def test_an_unknown_plan_is_one_sentence():
    with pytest.raises(ValueError, match="There is no plan '45': choose from 90 minutes, Half"):
        chosen(SESSIONS, "45")
