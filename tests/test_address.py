"""The repository's address stands in one file, and `make address` takes it everywhere else."""

import json
import shutil
from pathlib import Path

import pytest
import yaml

from tools.address import ROOT, UNSET, badges, main, read, set_up, write

NEW = "someone/their.course"


@pytest.fixture
def copy(tmp_path) -> Path:
    """What the address is written into."""
    for name in ("address.txt", "README.md", "CITATION.cff"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "notebooks").mkdir()
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        shutil.copy(path, tmp_path / "notebooks")
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def prose(path: Path) -> str:
    """What a reader sees: a page, or the Markdown cells of a notebook."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    cells = json.loads(text)["cells"]
    return "".join(line for c in cells if c["cell_type"] == "markdown" for line in c["source"])


def test_everything_stands_as_it_would_be_written_now(copy):
    before = contents(copy)
    write(read(copy), copy)
    assert contents(copy) == before, "run `make address REPO=...` with what address.txt says"


def test_it_is_written_everywhere_and_back(copy):
    before = contents(copy)
    write(NEW, copy)
    assert read(copy) == NEW
    readme = prose(copy / "README.md")
    assert readme.count(f"git clone https://github.com/{NEW} nst-course\n") == 2, "and PowerShell"
    assert readme.count(f"/{NEW}/") == 4, "Colab, Binder, and twice CI"
    citation = yaml.safe_load(prose(copy / "CITATION.cff"))
    assert citation["repository-code"] == f"https://github.com/{NEW}"
    for path in (copy / "notebooks").glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        assert badges(NEW, path.stem) in cells[0]["source"]
        code = next("".join(c["source"]) for c in cells if c["cell_type"] == "code")
        assert code == set_up(NEW)
    assert not [path for path in copy.rglob("*.*") if path.is_file() and UNSET in path.read_text()]
    write(read(), copy)
    assert contents(copy) == before


def test_until_it_is_set_no_page_shows_a_dead_badge_or_link(copy):
    write(NEW, copy)
    write(UNSET, copy)
    for path in (copy / "README.md", *(copy / "notebooks").glob("*.ipynb")):
        for word in ("OWNER", "open-in-", "badge.svg", NEW):
            assert word not in prose(path), path.name
    assert "repository-code" not in prose(copy / "CITATION.cff")


@pytest.mark.parametrize("words", [[], [""], ["owner"], ["https://github.com/owner/name"]])
def test_anything_but_an_address_is_one_sentence(words, capsys):
    assert main(words) == 2
    assert capsys.readouterr().out.count("\n") == 1
