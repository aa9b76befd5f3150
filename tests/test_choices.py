"""What lessons 05 and 06 alone say is true."""

import re
from pathlib import Path

import nbformat
import pytest
import torch

from nst_helpers.__main__ import parser
from nst_helpers.engine.losses import gram_matrix
from nst_helpers.recipes.published import RECIPES
from nst_helpers.transfer import stylize

LESSON = Path(__file__).parent.parent / "notebooks" / "05_choices_that_matter.ipynb"


def prose() -> str:
    cells = nbformat.read(LESSON, as_version=4).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def test_each_of_nine_mistakes_has_a_fix():
    sections = re.split(r"^### (?=\d\. )", prose(), flags=re.M)[1:]
    assert [int(section[0]) for section in sections] == list(range(1, 10))
    for section in sections:
        assert "**Fix:**" in section


def test_every_heading_that_the_table_links_to_exists():
    headings = {h.replace(" ", "-") for h in re.findall(r"^#+ (.+)$", prose(), flags=re.M)}
    linked = set(re.findall(r"\]\(#([^)]+)\)", prose()))
    assert linked
    assert not linked - headings


@pytest.mark.parametrize("name", ["gatys-2016", "gatys-notebook"])
def test_a_run_pools_as_its_recipe_says(name, photo, painting):
    network = stylize(photo, painting, recipe=name, steps=1).objective.network
    assert network.pooling == RECIPES[name].pooling
    assert {RECIPES[n].pooling for n in RECIPES} == {"average", "max"}


def test_large_structures_live_in_deep_layers(network, painting):
    """Tiles of 8 px keep what early layers see, and break what deep ones see."""
    whole = painting[:, :, :48, :64]
    tiles = whole.unfold(2, 8, 8).unfold(3, 8, 8).flatten(2, 3)  # (1, 3, count, 8, 8)
    order = torch.randperm(tiles.shape[2], generator=torch.Generator().manual_seed(0))
    rows = tiles[:, :, order].unflatten(2, (6, 8))
    shuffled = rows.permute(0, 1, 2, 4, 3, 5).reshape(whole.shape)
    before, after = network(whole), network(shuffled)

    def change(layer):
        was = gram_matrix(before[layer])
        return ((gram_matrix(after[layer]) - was).norm() / was.norm()).item()

    assert change("relu1_1") < 0.5 * change("relu4_1")


def test_no_option_is_a_bool_in_disguise():
    """bool("False") is True: an option takes a value of another type, or none at all."""
    for action in parser()._actions:
        assert action.type is not bool, action.option_strings


def test_every_section_of_lesson_06_paints_the_learners_photo():
    """Only the cell that takes the upload reads PATH; the others use what came of it."""
    cells = nbformat.read(LESSON.with_name("06_beyond.ipynb"), as_version=4).cells
    reading = [cell.source for cell in cells if re.search(r"\bPATH\b", cell.source)]
    assert len(reading) == 1
    assert "gallery.add_upload" in reading[0]
    assert sum(cell.source.count("mine(") for cell in cells) >= 5
