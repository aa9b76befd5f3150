"""The set-up cell's Colab branch, sliders and studio with the old widgets and kernel of Colab.

A throw-away virtual environment holds Colab's versions of IPython, ipykernel and ipywidgets,
which pip fetches (3 MB); everything large is lent by the environment that runs the tests.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from lending import lend_kernel
from nbclient import NotebookClient

from tools.address import read

ROOT = Path(__file__).parent.parent
ADDRESS = f"https://github.com/{read()}"
OF_COLAB = ("ipywidgets==7.7.1", "ipython==7.34.0", "ipykernel==6.17.1")
# what these need and their present versions do not
NEEDED_BY_THEM = ("ipython_genutils", "backcall", "pickleshare", "nest-asyncio", "decorator")
# In Colab's kernel this module is loaded before the first cell.
STAND_IN = "import sys, types; sys.modules['google.colab'] = types.ModuleType('google.colab')"

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="Colab is Linux"),
    pytest.mark.skipif(shutil.which("git") is None, reason="the set-up cell needs git"),
]


@pytest.fixture(scope="module")
def origin(tmp_path_factory) -> Path:
    """A repository of the working tree as it is, to be cloned in the place of the public one."""
    folder = tmp_path_factory.mktemp("origin")
    for name in ("nst_helpers", "images", "notebooks"):
        ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", "results")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, folder)
    identity = ("-c", "user.name=test", "-c", "user.email=test@localhost")
    for command in (("init", "-q"), ("add", "."), (*identity, "commit", "-q", "-m", "copy")):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


@pytest.fixture(scope="module")
def colab(tmp_path_factory, origin) -> dict[str, str]:
    """The environment variables of a kernel called "colab" in an environment of its own."""
    home = tmp_path_factory.mktemp("colab")
    packages = (*OF_COLAB, *NEEDED_BY_THEM)
    lend_kernel(home, home / "kernels" / "colab", "Colab", packages, first=STAND_IN)
    return os.environ | {
        "JUPYTER_PATH": str(home),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.file://{origin}.insteadOf",
        "GIT_CONFIG_VALUE_0": ADDRESS,
        "CONTENT": str(home / "content"),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


SHARES = {"size": 2, "steps": 5}


def smaller(setting: re.Match) -> str:
    return f"{setting[1]}={int(setting[2]) // SHARES[setting[1]]}"


def as_in_colab(name: str, colab: dict[str, str]) -> nbformat.NotebookNode:
    """The lesson with half the pixels a side and a fifth of the steps.

    nbval sees to the numbers; this is about the versions.
    """
    notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    assert "/content/nst-course" in notebook.cells[1].source
    notebook.cells[1].source = notebook.cells[1].source.replace("/content", colab["CONTENT"])
    for cell in notebook.cells[2:]:
        if cell.cell_type == "code":
            cell.source = re.sub(r"\b(size|steps)=(\d+)", smaller, cell.source)
    return notebook


WIDGETS = """
from nst_helpers.figures.sliders import explore
from nst_helpers.figures.still import new_figure
from nst_helpers.studio import StyleStudio

explore(lambda size: new_figure(size, 1), size=[2, 3])
studio = StyleStudio("cat", "great_wave", size=32, steps=2)
studio.run()
studio.controls.beta.value = 10.0
studio.run(1)
assert len(studio.history) == 4, studio.error
"""


@pytest.fixture
def in_colab(colab, monkeypatch) -> dict[str, str]:
    for variable, value in colab.items():
        monkeypatch.setenv(variable, value)
    return colab


def test_the_set_up_cell_runs_again_with_a_new_kernel_and_keeps_the_files(in_colab, tmp_path):
    mine = Path(in_colab["CONTENT"]) / "nst-course" / "notebooks" / "mine.txt"
    for visit in ("first", "second"):
        notebook = as_in_colab("00_start_here", in_colab)
        again = nbformat.v4.new_code_cell(notebook.cells[1].source)
        notebook.cells = [notebook.cells[1], again]
        assert_it_runs(notebook, in_colab, tmp_path)
        assert visit == "first" or mine.read_text() == "first"
        mine.write_text(visit)


def test_sliders_and_studio_run_with_the_versions_of_colab(in_colab, tmp_path):
    notebook = as_in_colab("00_start_here", in_colab)
    notebook.cells = [notebook.cells[1], nbformat.v4.new_code_cell(WIDGETS)]
    assert_it_runs(notebook, in_colab, tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("name", ["00_start_here", "04_style_transfer"])
def test_a_lesson_runs_with_the_versions_of_colab(name, in_colab, tmp_path):
    assert_it_runs(as_in_colab(name, in_colab), in_colab, tmp_path)


def assert_it_runs(notebook: nbformat.NotebookNode, colab: dict[str, str], folder: Path) -> None:
    """From a clone of the repository, with Colab's versions and no others."""
    where = "import ipykernel, IPython, ipywidgets, nst_helpers\n"
    where += "print(ipywidgets.__version__, IPython.__version__, ipykernel.__version__)\n"
    where += "print(nst_helpers.__file__)"
    notebook.cells.append(nbformat.v4.new_code_cell(where))
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=300, kernel_name="colab", resources=resources).execute()
    versions, file = notebook.cells[-1].outputs[0].text.splitlines()
    assert versions.split() == [pin.split("==")[1] for pin in OF_COLAB]
    assert file.startswith(colab["CONTENT"])
