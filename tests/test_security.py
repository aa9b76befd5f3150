"""No pickle, no eval, no shell, no network: by the syntax tree, and by what a run really does."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from nst_helpers.pictures.samples import samples

PACKAGE = Path(__file__).parent.parent / "nst_helpers"
FILES = sorted(PACKAGE.rglob("*.py"))
MODULES = (
    "pickle|_pickle|cPickle|pickletools|cloudpickle|dill|joblib|marshal|shelve|copyreg|"
    "subprocess|pty|multiprocessing|code|codeop|runpy|pdb|"
    "socket|_socket|socketserver|ssl|select|selectors|asyncio|http|urllib|urllib3|requests|httpx|"
    "aiohttp|ftplib|smtplib|poplib|imaplib|telnetlib|xmlrpc|webbrowser|wget|gdown|huggingface_hub"
)
NAMES = r"eval|exec|compile|__import__|input|breakpoint|globals|locals|__builtins__"
DOTTED = (
    r"os\.(system|popen|fork|forkpty|startfile|exec\w+|spawn\w+|posix_spawn\w*)|builtins\.\w+|"
    r"importlib\.(import_module|reload|util\..*)|(np|numpy)\.load|"
    r"torch\.(hub\.(?!get_dir$).*|jit\..*|package\..*|compile|utils\.(model_zoo|cpp_extension)\..*|"
    r"multiprocessing\..*|distributed\..*)|pandas\.read_pickle|yaml\.(unsafe_)?load|"
    r".*\.(run_line_magic|run_cell|run_cell_magic|system|getoutput|ex|ev)"
)
OPTIONS = {"shell", "allow_pickle", "trust_repo", "pickle_module"}
ONE_DOOR = "state_dicts.py"  # the only file that may ask torchvision for a download


def dotted(node: ast.AST) -> str:
    try:
        return ast.unparse(node)
    except ValueError:
        return ""


def faults(source: str, file: str = "any.py") -> list[str]:
    """What a source does that it must not, in words."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [a.name for a in node.names if re.fullmatch(MODULES, a.name.split(".")[0])]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found += [n for n in names if re.fullmatch(MODULES, n.split(".")[0])]
            found += [n for n in names if re.fullmatch(DOTTED, n)]
        elif isinstance(node, ast.Name) and re.fullmatch(NAMES, node.id):
            found.append(node.id)
        elif isinstance(node, ast.Attribute) and re.fullmatch(DOTTED, dotted(node)):
            found.append(dotted(node))
        elif isinstance(node, ast.Call):
            found += call_faults(node, file)
    return found


def call_faults(node: ast.Call, file: str) -> list[str]:
    options = {k.arg: dotted(k.value) for k in node.keywords}
    name = dotted(node.func)
    found = sorted(OPTIONS & set(options))
    if name == "torch.load" and options.get("weights_only") != "True":
        found.append("torch.load without weights_only=True")
    if name.endswith("get_state_dict"):
        safe = options.get("weights_only") == options.get("check_hash") == "True"
        found += [] if safe and file == ONE_DOOR else ["an unchecked download"]
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_pickle_eval_shell_or_network(path):
    assert faults(path.read_text(encoding="utf-8"), path.name) == []


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from urllib.request import urlopen",
        "import http.client as h",
        "from os import system",
        "import os; os.popen('ls')",
        "import os; os.execv('/bin/sh', [])",
        "run = eval",
        "exec('1')",
        "__import__('socket')",
        "import importlib; importlib.import_module('socket')",
        "import torch; torch.load(f)",
        "import torch; torch.load(f, weights_only=False)",
        "import torch; torch.hub.load('a', 'b')",
        "import torch; torch.hub.download_url_to_file(u, f)",
        "from torch.hub import load_state_dict_from_url",
        "import numpy as np; np.load(f, allow_pickle=True)",
        "VGG19_Weights.DEFAULT.get_state_dict(check_hash=True, weights_only=True)",
        "get_ipython().system('ls')",
        "get_ipython().run_line_magic('run', 'x.py')",
        "f(shell=True)",
    ],
)
def test_the_search_finds_what_it_looks_for(source):
    assert faults(source)


WATCHED_RUN = """
import os, sys
from nst_helpers.__main__ import main
import nst_helpers.preview

FORBIDDEN = ("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn",
             "os.startfile", "pty.", "urllib.", "http.", "ftplib.", "smtplib.", "webbrowser.",
             "pickle.find_class")
folder = os.getcwd()

def watch(event, arguments):
    if event.startswith(FORBIDDEN):
        print("FORBIDDEN", event, arguments, flush=True)
    if event == "open" and isinstance(arguments[0], (str, bytes)) and arguments[2] is not None:
        path = os.path.abspath(os.fsdecode(arguments[0]))
        writes = arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if writes and not path.startswith((folder, "/dev/", "/proc/")):
            print("FORBIDDEN write", path, flush=True)

sys.addaudithook(watch)
sys.exit(main(sys.argv[1:]))
"""


def test_a_whole_run_opens_no_connection_starts_no_program_and_writes_only_its_files(tmp_path):
    """Python itself reports each of these to an audit hook; libraries cannot hide them."""
    pair = samples("content")["cat"], samples("style")["great_wave"]
    files = ["-o", "out.png", "--gif", "run.gif", "--json", "run.json"]
    command = [sys.executable, "-c", WATCHED_RUN, *map(str, pair), *files]
    done = subprocess.run(
        [*command, "--size", "32", "--steps", "2", "--precision", "float32"],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "FORBIDDEN" not in done.stdout, done.stdout
    assert {path.name for path in tmp_path.iterdir()} == {"out.png", "run.gif", "run.json"}
