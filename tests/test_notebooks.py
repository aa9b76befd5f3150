"""What a committed notebook must look like before anybody runs it."""

import re
from itertools import pairwise
from pathlib import Path
from statistics import median

import nbformat
import pytest
from PIL import Image

from tools.address import badges, read, set_up
from tools.heroes import WIDTH, hero

FOLDER = Path(__file__).parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request) -> Path:
    return request.param


@pytest.fixture
def notebook(path):
    return nbformat.read(path, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook) -> str:
    return "\n\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")


def test_the_course_begins_at_00():
    assert NOTEBOOKS[0].stem == "00_start_here"
    assert [path.stem[:2] for path in NOTEBOOKS] == [f"{n:02d}" for n in range(len(NOTEBOOKS))]


def test_it_was_executed_in_order_from_the_top(notebook):
    cells = code_cells(notebook)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))


def test_outputs_are_there_and_none_is_an_error(notebook):
    outputs = [output for cell in code_cells(notebook) for output in cell.outputs]
    assert outputs
    assert not [output for output in outputs if output.output_type == "error"]
    noise = [o.text for o in outputs if o.output_type == "stream" and o.name == "stderr"]
    assert not noise
    for cell in code_cells(notebook):
        if "nbval-check-output" in cell.metadata.get("tags", []):
            assert cell.outputs, f"nothing to compare: {cell.source}"


def test_no_widget_state_and_no_stray_metadata(notebook):
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    for cell in notebook.cells:
        assert set(cell.metadata) <= {"tags", "slideshow"}


def test_cells_are_short(notebook):
    lengths = [len(cell.source.splitlines()) for cell in code_cells(notebook)]
    assert max(lengths) <= 25
    assert median(lengths) <= 5


def test_the_file_is_small(path):
    assert path.stat().st_size < 3e6


def test_pictures_are_described_in_words(notebook):
    for cell in code_cells(notebook):
        for output in cell.outputs:
            for kind in ("image/jpeg", "image/png"):
                if kind in output.get("data", {}):
                    alt = output.metadata.get(kind, {}).get("alt", "")
                    assert len(alt) > 10, f"a picture without a description: {cell.source[:80]}"
                    assert kind == "image/jpeg"
    assert not re.findall(r"!\[\]\(", prose(notebook))


def test_headings_form_a_tree(notebook):
    text = re.sub(r"```.*?```", "", prose(notebook), flags=re.S)
    levels = [len(marks) for marks in re.findall(r"^(#+) ", text, flags=re.M)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    for above, below in pairwise(levels):
        assert below <= above + 1


def test_it_opens_with_badges_aims_and_time(notebook, path):
    opening = notebook.cells[0].source
    for words in (badges(read(), path.stem), "**You will**", "**Time**"):
        assert words in opening


def test_it_opens_with_a_large_picture_whose_makers_are_named(notebook, path):
    file, credit = hero(path.stem)
    assert f"](assets/{file.name})\n\n{credit}\n" in notebook.cells[0].source
    with Image.open(file) as picture:
        assert max(picture.size) == WIDTH


def test_every_notebook_has_the_same_set_up_cell(notebook):
    assert code_cells(notebook)[0].source == set_up(read())


def test_the_package_comes_before_pytorch(notebook):
    # which reads at its own import what the package has set
    imports = re.findall(
        r"^(?:import|from) (nst_helpers|torch)",
        "\n".join(c.source for c in code_cells(notebook)),
        re.M,
    )
    assert imports[0] == "nst_helpers"


def test_links_to_files_lead_somewhere(notebook):
    for target in re.findall(r"\]\(([^)#]+)\)", prose(notebook)):
        if "://" not in target:
            assert (FOLDER / target).exists(), target


def test_no_placeholder_was_left_in_it(notebook):
    words = re.findall(r"\b[A-Z]{4,}(?:\d\d|TEXT)\b|\bTODO\b", prose(notebook))
    assert not words
    assert re.search(
        r"\*\*Time\*\* about \d+ minutes to read, .*\d+ (seconds|minutes)", prose(notebook)
    )


def test_it_refers_to_nothing_on_one_machine(path):
    assert not re.search(r"/(home|work|tmp|Users)/", path.read_text())
