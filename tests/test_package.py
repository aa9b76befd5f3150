"""Wheel and sdist, built and installed offline in an empty folder, and used from there.

What they depend on is lent by the environment that runs the tests.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

import nst_helpers

ROOT = Path(__file__).parent.parent
PYTHON = [sys.executable, "-I"]
PIP = [*PYTHON, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
MOST_BYTES = 8e6  # of pictures
MADE_BY_WORK = ("__pycache__", ".ipynb_checkpoints", "results")


@pytest.fixture(scope="module")
def dist(tmp_path_factory) -> Path:
    """The folder with both, built from a copy of the working tree; the wheel from the sdist."""
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    for name in ("nst_helpers", "images", "notebooks"):
        ignored = shutil.ignore_patterns(*MADE_BY_WORK)
        shutil.copytree(ROOT / name, source / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, source)
    build = [*PYTHON, "-m", "build", "--no-isolation", "--outdir", built, source]
    done = subprocess.run(build, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return built


@pytest.fixture(scope="module", params=["*.whl", "*.tar.gz"], ids=["wheel", "sdist"])
def place(request, dist, tmp_path_factory) -> Path:
    """An empty folder into which one of them was installed."""
    (file,) = dist.glob(request.param)
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([*PIP, "--no-build-isolation", "--target", folder, file], check=True)
    return folder


def nst(place: Path, folder: Path, *words: str) -> str:
    """What the installed command says, started in `folder`."""
    program = shutil.which("nst", path=os.pathsep.join(str(place / b) for b in ("bin", "Scripts")))
    environment = {k: v for k, v in os.environ.items() if k != "NST_IMAGES"}
    environment["PYTHONPATH"] = str(place)
    done = subprocess.run(
        [program, *words], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def names_below(folder: Path) -> set[str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix() for path in files if "__pycache__" not in str(path)}


def test_the_wheel_holds_the_package_the_pictures_and_the_course(dist):
    (file,) = dist.glob("*.whl")
    with zipfile.ZipFile(file) as wheel:
        sizes = {info.filename: info.compress_size for info in wheel.infolist()}
    expected = {f"nst_helpers/{name}" for name in names_below(ROOT / "nst_helpers")}
    folders = ("content", "style")
    pictures = {
        f"nst_helpers/images/{folder}/{name}"
        for folder in folders
        for name in names_below(ROOT / "images" / folder)
    }
    lessons = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    lessons |= {f"assets/{path.name}" for path in (ROOT / "notebooks" / "assets").iterdir()}
    expected |= pictures | {f"nst_helpers/notebooks/{name}" for name in lessons}
    inside = {name for name in sizes if ".dist-info/" not in name}
    assert inside == expected | {"nst_helpers/images/CREDITS.md"}
    assert sum(sizes[name] for name in pictures) < MOST_BYTES
    others = {name.partition(".dist-info/")[2] for name in sizes} - {""}
    assert {"licenses/LICENSE", "licenses/NOTICE", "entry_points.txt"} <= others


def test_it_paints_with_its_own_pictures_from_an_empty_folder(place, tmp_path):
    pictures = place / "nst_helpers" / "images"
    pair = [str(pictures / "content" / "cat.jpg"), str(pictures / "style" / "great_wave.jpg")]
    quick = ["--size", "32", "--steps", "2", "-o", "cat.png"]
    assert "cat.png" in nst(place, tmp_path, "paint", *pair, *quick)
    assert (tmp_path / "cat.png").stat().st_size > 1000
    program = "import nst_helpers; print(nst_helpers.samples('content')['cat'])"
    environment = os.environ | {"PYTHONPATH": str(place)}
    found = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True
    )
    assert found.stdout.decode().strip() == pair[0]


def test_the_course_is_copied_once_and_never_over_itself(place, tmp_path):
    assert "jupyter lab" in nst(place, tmp_path, "course", "mine")
    lessons = names_below(ROOT / "notebooks")
    assert names_below(tmp_path / "mine") == {
        name for name in lessons if not name.startswith(("pictures/", ".ipynb_checkpoints/"))
    }
    with pytest.raises(AssertionError, match=r"nst_helpers: mine: .* name another"):
        nst(place, tmp_path, "course", "mine")


def test_it_knows_its_version(place, tmp_path):
    assert nst(place, tmp_path, "--version") == f"nst_helpers {nst_helpers.__version__}\n"
    assert (place / f"nst_helpers-{nst_helpers.__version__}.dist-info").is_dir()


def test_the_version_stands_in_the_changelog_and_the_citation_with_one_date():
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    version, date = re.search(r"^## ([\d.]+), (\d{4}-\d\d-\d\d)$", changes, re.M).groups()
    assert version == nst_helpers.__version__
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert (citation["version"], str(citation["date-released"])) == (version, date)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert citation["license"] == project["license"]
