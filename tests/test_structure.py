"""The package keeps to its plan: imports point downwards, files and functions stay short."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "nst_helpers"

# What each module may import of the package, and of the large libraries, at any depth.
ALLOWED = {
    "errors": {"torch"},
    "contract": {"errors", "torch"},
    "pixels": {"contract", "errors", "PIL"},
    "decode": {"errors", "pixels", "PIL"},
    "device": {"errors", "torch", "psutil"},
    "files": {"errors"},
    "images": {"contract", "decode", "errors", "files", "pixels", "torch", "PIL"},
    "state_dicts": {"errors", "torch", "torchvision", "safetensors"},
    "weights": {"contract", "errors", "state_dicts", "torch"},
    "convolution": {"torch"},
    "vgg": {"convolution", "errors", "weights", "torch"},
    "losses": {"errors", "torch"},
    "objective": {"contract", "device", "vgg", "losses", "torch"},
    "lbfgs": {"torch"},
    "adam": {"lbfgs", "torch"},
    "memory": set(),
    "colour": {"errors", "losses", "torch"},
    "masks": {"errors", "losses", "objective", "vgg", "torch"},
    "statistics": {"errors", "losses", "objective", "vgg", "torch"},
    "optimize": {"adam", "contract", "device", "errors", "lbfgs", "memory", "objective", "torch"},
    "run": {"adam", "objective", "optimize", "torch"},
    "checkpoint": {"errors", "files", "optimize", "run", "torch"},
    "conventions": set(),
    "recipe": {"adam", "contract", "conventions", "vgg"},
    "recipes": {"adam", "errors", "conventions", "recipe", "vgg"},
    "network": {"device", "images", "vgg", "weights"},
    "transfer": {
        "adam", "contract", "conventions", "device", "images", "losses", "network", "objective",
        "recipe", "recipes", "run", "vgg", "torch",
    },
    "estimate": {"contract", "device", "images", "transfer", "torch", "psutil"},
    "film": {"errors", "files", "images", "torch"},
    "preview": {"images", "torch", "matplotlib", "IPython"},
    "explore": {"preview", "ipywidgets", "matplotlib"},
    "studio": {
        "contract", "decode", "device", "errors", "film", "images", "vgg", "objective", "run",
        "transfer", "preview", "torch", "PIL", "ipywidgets", "IPython", "matplotlib", "psutil",
    },
    "checks": {"losses", "objective", "vgg", "torch"},
    "terminal": {"errors"},
    "__main__": {
        "checkpoint", "device", "errors", "files", "film", "images", "optimize", "recipes",
        "run", "terminal", "transfer", "weights", "torch", "torchvision", "tqdm",
    },
}  # fmt: skip
WATCHED = {
    "torch",
    "torchvision",
    "PIL",
    "matplotlib",
    "ipywidgets",
    "IPython",
    "numpy",
    "tqdm",
    "psutil",
}
FILES = sorted(PACKAGE.rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Modules of the package, and top-level names of others, that a file imports anywhere."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module]
            if node.module == "nst_helpers":
                names = [f"nst_helpers.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            found.add(parts[1] if parts[0] == "nst_helpers" and len(parts) > 1 else parts[0])
    return found


def module_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_downwards(path):
    module = module_of(path)
    if module == "__init__":
        assert not imports(path) & {"preview", "studio", "explore", "checks"}
        return
    ours = {module_of(other) for other in FILES} | WATCHED
    surplus = imports(path) & ours - ALLOWED[module] - {module}
    assert not surplus, f"{path.name} may not import {sorted(surplus)}"


def test_importing_the_package_loads_neither_widgets_nor_matplotlib():
    program = "import sys, nst_helpers; print({'matplotlib', 'ipywidgets'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "set()", done.stderr


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_and_functions_are_short(path):
    text = path.read_text()
    assert len(text.splitlines()) <= 210
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            length = body[-1].end_lineno - body[0].lineno + 1 if body else 0
            assert length <= 30, f"{path.name}: {node.name} has {length} lines"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_library_code_never_prints(path):
    if path.name not in ("__main__.py", "terminal.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            prints = isinstance(node, ast.Name) and node.id == "print"
            assert not prints, f"{path.name}:{node.lineno} prints"
