"""What a well-kept project has beside its code: CI, templates, hooks, a container."""

import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.M))
HIDDEN = (".github", ".devcontainer", ".pre-commit-config.yaml")


def read(name: str):
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def targets(text: str) -> set[str]:
    """What a text tells make to do."""
    said = re.findall(r"(?:`|^|: )make ((?:[a-z-]+ ?)+)", text, re.M)
    return {word for words in said for word in words.split()}


def test_ci_runs_on_three_systems_from_the_oldest_python_to_a_newer_one():
    job = read(".github/workflows/ci.yml")["jobs"]["test"]
    matrix = job["strategy"]["matrix"]
    assert {name.split("-")[0] for name in matrix["os"]} == {"ubuntu", "macos", "windows"}
    oldest, newest = matrix["python"]
    assert f">={oldest}" == PROJECT["requires-python"]
    assert newest > oldest
    assert "macos-latest' && 'cpu'" in job["env"]["NST_DEVICE"]


def test_ci_tries_the_oldest_pytorch_that_is_asked_for():
    (extra,) = read(".github/workflows/ci.yml")["jobs"]["test"]["strategy"]["matrix"]["include"]
    pins = (ROOT / extra["constraint"]).read_text(encoding="utf-8")
    for package in ("torch", "torchvision"):
        (oldest,) = re.findall(rf"^{package}>=(.+)$", "\n".join(PROJECT["dependencies"]), re.M)
        assert f"\n{package}=={oldest}." in pins
    assert "\nnumpy<2\n" in pins


@pytest.mark.parametrize(
    "path", sorted((ROOT / ".github" / "workflows").iterdir()), ids=lambda p: p.name
)
def test_every_workflow_calls_targets_that_are_there(path):
    called = targets(path.read_text(encoding="utf-8"))
    assert called
    assert called <= TARGETS


def test_the_container_and_the_hook_call_the_makefile():
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())
    assert container["postCreateCommand"] == "make .venv/lab"
    assert "$(VENV)/lab " in MAKEFILE
    (repository,) = read(".pre-commit-config.yaml")["repos"]
    assert [hook["entry"] for hook in repository["hooks"]] == ["make lint"]


def test_issue_templates_ask_for_the_doctor_and_dependabot_watches_both_kinds():
    bug = read(".github/ISSUE_TEMPLATE/bug.yml")
    asked = {field["id"]: field["validations"]["required"] for field in bug["body"]}
    assert asked == {"what": True, "doctor": True, "where": True}
    kinds = {update["package-ecosystem"] for update in read(".github/dependabot.yml")["updates"]}
    assert kinds == {"pip", "github-actions"}


def test_contributing_shows_five_commands_first_and_all_it_names_exist():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table, _, rest = text.partition("\n\n`pre-commit")
    assert len(re.findall(r"^\| `make ", table, re.M)) == 5
    assert targets(text) <= TARGETS | {"sure"}
    assert "## A release" in rest


def test_every_target_is_phony_or_a_file():
    phony = re.search(r"^\.PHONY: ((?:.*\\\n)*.*)", MAKEFILE, re.M)[1].replace("\\\n", " ")
    assert set(phony.split()) == TARGETS
