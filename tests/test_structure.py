"""The package keeps to its plan: imports run downwards only, files and functions stay short."""

import ast
import graphlib
import importlib
import subprocess
import sys

import pytest

from tools.house import FILES, PAGE, imports, module, page, wing

# What the rooms of a wing may import of the others; all may import `errors`, the root everything.
WINGS = {
    "studio": {"figures", "recipes", "engine", "pictures"},
    "marking": {"checks"},
    "quizzes": set(),
    "checks": {"engine"},
    "figures": {"pictures"},
    "beyond": {"engine", "pictures"},
    "recipes": {"engine", "pictures"},
    "engine": {"pictures"},
    "pictures": set(),
}
ROOT = {"__init__", "__main__", "console", "course", "errors", "many", "transfer"}


@pytest.mark.parametrize("path", FILES, ids=module)
def test_imports_run_downwards(path):
    here = wing(module(path))
    if here not in ROOT:
        surplus = {wing(name) for name in imports(path)} - WINGS[here] - {here, "errors"}
        assert not surplus, f"{module(path)} may not import {sorted(surplus)}"


def test_the_house_has_these_wings_and_no_import_goes_round_in_a_circle():
    assert {wing(module(path)) for path in FILES} == ROOT | set(WINGS)
    names = {module(path) for path in FILES}
    graph = {module(path): imports(path) & names for path in FILES}
    list(graphlib.TopologicalSorter(graph).static_order())


def test_the_map_is_that_of_the_house_as_it_stands():
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make house`"


def test_importing_the_package_loads_neither_widgets_nor_matplotlib():
    program = "import sys, nst_helpers; print({'matplotlib', 'ipywidgets'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "set()", done.stderr


@pytest.mark.parametrize("path", FILES, ids=module)
def test_files_and_functions_are_short(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 250
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            length = body[-1].end_lineno - body[0].lineno + 1 if body else 0
            assert length <= 30, f"{path.name}: {node.name} has {length} lines"


@pytest.mark.parametrize("path", FILES, ids=module)
def test_no_public_name_is_that_of_its_module(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    assert path.stem not in named


def test_the_list_of_faults_fits_the_code(monkeypatch):
    monkeypatch.syspath_prepend(PAGE.parent.parent / "tools")
    faults, listed = map(importlib.import_module, ("faults", "fault_list"))
    faults._check(listed.FAULTS)
