"""Slides before a browser shows them: what goes onto them, and what only the speaker sees."""

import re
from pathlib import Path

import nbformat
import pytest

from tools.slides.build import slides
from tools.slides.cells import read
from tools.slides.notes import teaching_notes

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
NOTES = teaching_notes((ROOT / "TEACHING.md").read_text(encoding="utf-8"))


@pytest.fixture
def lesson(tmp_path):
    badge, hero = "[![x](x.svg)](http://x)", "![a hero](hero.jpg)\n\n*Its makers*"
    title = f"# 09 · A lesson\n\n{badge}\n\n{hero}\n\nBegin."
    cells = [
        nbformat.v4.new_markdown_cell(title),
        nbformat.v4.new_code_cell("import torch\nprepared = True"),
        nbformat.v4.new_markdown_cell("## One\n\nThe mean is $\\frac{1}{N}$.\n\n## Two\n\nMore."),
        nbformat.v4.new_markdown_cell("Ask *why*.", metadata={"tags": ["notes"]}),
        nbformat.v4.new_code_cell(
            "print(1)",
            outputs=[
                nbformat.v4.new_output("stream", text="1\n"),
                nbformat.v4.new_output("stream", text="2 < 3\n"),
                nbformat.v4.new_output(
                    "display_data", {"image/jpeg": "AA=="}, metadata={"image/jpeg": {"alt": "dot"}}
                ),
            ],
        ),
        nbformat.v4.new_markdown_cell("<details><summary>Hint</summary>\n\nThink.\n\n</details>"),
    ]
    path = tmp_path / "09_a_lesson.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return read(path)


def test_headings_make_sections_and_tagged_cells_make_notes(lesson):
    assert lesson.title == "09 · A lesson"
    assert [section.title for section in lesson.sections] == ["09 · A lesson", "One", "Two"]
    assert [part.body for part in lesson.sections[0].parts] == ["Begin."]
    kinds = [part.kind for part in lesson.sections[2].parts]
    assert kinds == ["prose", "guess", "code", "text", "picture"]
    assert lesson.sections[2].parts[3].body == "1\n2 < 3"
    assert lesson.sections[2].notes[0] == "Ask *why*."
    assert "Think." in lesson.sections[2].notes[1]


def test_the_page_holds_everything_itself(lesson):
    page = slides(lesson, {("09", "Two"): "**Say.** Wait."})
    assert "<mfrac>" in page
    assert "2 &lt; 3" in page
    assert 'src="data:image/jpeg;base64,AA=="' in page
    assert "Wait." in page
    assert not re.findall(r'(?:src|href)="(?!data:)', page)
    assert "{{" not in page


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_teaching_guide_has_a_word_on_every_section(path):
    lesson = read(path)
    titles = {s.title for s in lesson.sections if s.level == 2} - {"Recap", "Next"}
    known = {title for number, title in NOTES if number == path.stem[:2]}
    assert titles == known


def test_the_guide_names_minutes(lesson):
    for where, text in NOTES.items():
        assert re.match(r"\d+ minutes?\n", text), where
