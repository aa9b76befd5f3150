"""What the README and the pages beside it promise is there."""

import re
from pathlib import Path

import pytest

from nst_helpers import console
from tools.credits import read_credits
from tools.gallery import WORKS
from tools.website.home import section

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "benchmarks" / "README.md"]
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
VOCABULARY = (
    "content image, style image, generated image, start image, activation, feature map, "
    "Gram matrix, content loss, style loss, total loss, total variation, α, β, evaluation, step, "
    "parameters, weight, recipe, receptive field, checkpoint"
)


@pytest.fixture(params=PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def page(request) -> Path:
    return request.param


def targets(text: str) -> list[str]:
    """Where links and pictures lead, in Markdown and in HTML, without those to the web."""
    found = re.findall(r'\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"', text)
    return [one or other for one, other in found if "://" not in (one or other)]


def words(text: str) -> list[str]:
    """What a reader reads: no addresses, no tags."""
    text = re.sub(r"<!--.*?-->|<[^>]+>", "", text, flags=re.S)
    return re.findall(r"[^\W_][\w'’.%-]*", re.sub(r"\]\([^)]*\)", "]", text))


def test_the_readme_is_read_in_a_few_minutes():
    assert 400 < len(words(README)) <= 800


def test_links_and_pictures_lead_somewhere(page):
    for target in targets(page.read_text(encoding="utf-8")):
        path, _, heading = target.partition("#")
        place = page.parent / path if path else page
        assert place.exists(), target
        if heading and place.suffix == ".md":
            titles = re.findall(r"^#+ (.+)$", place.read_text(encoding="utf-8"), re.M)
            assert heading in {re.sub(r"[^\w -]", "", t.lower()).replace(" ", "-") for t in titles}


def test_every_picture_has_words(page):
    text = page.read_text(encoding="utf-8")
    assert "![](" not in text
    for tag in re.findall(r"<img [^>]+>", text):
        assert len(re.search(r'alt="([^"]*)"', tag)[1]) > 10, tag


def test_three_large_paintings_come_first_with_all_their_makers():
    opening = README.partition("</sub>")[0]
    shown = re.findall(r'src="images/results/(\w+)\.jpg"', opening)
    assert len(shown) == 3
    assert not re.findall(r"^[A-Z]", opening, re.M), "no paragraph stands before them"
    works = {work.name: work for work in WORKS}
    makers = read_credits()
    for name in shown:
        photographer, painting = (
            makers[f"content/{works[name].content}.jpg"],
            makers[f"style/{works[name].style}.jpg"],
        )
        for needed in (photographer[1].split(",")[0], painting[0]):
            assert needed in opening
        assert re.search(r"\]\((.+?)\)", photographer[2])[1] in opening


def test_the_film_names_its_photographer():
    assert read_credits()["content/pavilion.jpg"][1].split(",")[0] in section(README, "The studio")


def test_it_starts_in_three_lines():
    start = re.search(r"```sh\n(.*?)```", section(README, "Start"), re.S)[1].splitlines()
    assert [line.split()[0] for line in start] == ["git", "cd", "make"]
    assert re.search(r"\d GB", section(README, "Start"))
    assert "seconds" in section(README, "Start")


def test_every_lesson_has_its_row_and_its_hero():
    rows = re.findall(r"^\| <img src=.*$", README, re.M)
    assert len(rows) == len(LESSONS)
    for path, row in zip(LESSONS, rows, strict=True):
        assert f"](notebooks/{path.name})" in row
        assert f"notebooks/assets/hero_{path.stem[:2]}.jpg" in row


def test_commands_exist(page):
    text = page.read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"(?:`|^)make ([a-z-]+)", text, re.M):
        assert re.search(rf"^{target}:", makefile, re.M), target
    for word in re.findall(r"(?:`|/|^)nst ([a-z]+)", text, re.M):
        assert word in console.COMMANDS, word


def test_the_glossary_has_the_whole_vocabulary_a_line_each():
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    terms = re.findall(r"^(.+)\n: .+$", text, re.M)
    assert set(VOCABULARY.split(", ")) <= set(terms)
    assert len(set(terms)) == len(terms)


def test_one_page_says_with_its_date_what_was_not_tried():
    text = (ROOT / "docs" / "platforms.md").read_text(encoding="utf-8")
    untried = text.partition("## What has not been tried")[2]
    assert re.match(r"\n\nAs of \d+ \w+ \d{4}:\n", untried)
    for place in ("Colab", "Binder", "Windows", "macOS"):
        assert place in untried


def test_powershells_commands_stand_one_a_line():
    for name in ("README.md", "docs/platforms.md"):
        block = re.search(
            r"```powershell\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.S
        )
        assert "&&" not in block[1]
        assert "py -m venv .venv" in block[1]
