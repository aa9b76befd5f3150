"""No network, no program started, no file elsewhere: by what a run really does.

That no source file of the package pickles, evaluates or asks a shell is ruff's to see (rules S, T20
and TID251 in pyproject.toml).
"""

import subprocess
import sys

from nst_helpers.pictures.catalogue import samples

WATCHED_RUN = """
import os, sys
from nst_helpers.__main__ import main
import nst_helpers.figures.live

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
    """Python reports each of these to an audit hook."""
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
