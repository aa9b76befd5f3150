"""The finder of a browser for the browser tests; nothing is fetched or installed here."""

import sys
from pathlib import Path

import pytest

from tools import browser

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its stand-ins are shell scripts")
COMMAND = [sys.executable, "-c", "print('the tests ran')"]


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """The only folder with programs on a machine without browsers, where a download fails."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "playwright"))
    monkeypatch.delenv("NST_CHROMIUM", raising=False)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(browser, "PLACES", [p for p in browser.PLACES if "/" not in p])
    monkeypatch.setattr(browser, "DOWNLOAD", [sys.executable, "-c", "raise SystemExit(1)"])
    monkeypatch.setattr(browser, "SYSTEM", tmp_path / "os-release")
    return tmp_path


def program(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_where_none_can_be_had_one_loud_line_says_so(folder, capfd):
    assert browser.find() is None
    assert browser.main(COMMAND) == 0
    said = capfd.readouterr()
    assert "the tests ran" not in said.out
    assert said.err.startswith("\nTHE BROWSER TESTS WERE NOT RUN: no browser is here; install")
    assert len(said.err.strip().splitlines()) == 1


def test_that_is_a_failure_in_ci(folder, monkeypatch):
    monkeypatch.setenv("CI", "true")
    assert browser.main(COMMAND) == 1


def test_a_download_that_hangs_is_given_up(folder, monkeypatch, capsys):
    monkeypatch.setattr(browser, "DOWNLOAD", [sys.executable, "-c", "import time; time.sleep(60)"])
    monkeypatch.setattr(browser, "DOWNLOAD_SECONDS", 0.2)
    assert browser.main(COMMAND) == 0
    assert "had not fetched it after" in capsys.readouterr().out


def test_neither_a_snap_nor_a_broken_one_is_taken(folder, monkeypatch, capsys):
    program(folder / "chromium", "exit 1")
    snap = program(folder / "chromium-browser", 'exec /snap/bin/chromium "$@"')
    assert browser.is_snap(snap)
    assert browser.find() is None
    monkeypatch.setenv("NST_CHROMIUM", str(folder / "chromium"))
    assert browser.main(COMMAND) == 0, "nothing is installed in the place of the one named"
    assert "chromium, which NST_CHROMIUM names, does not start" in capsys.readouterr().err


@pytest.mark.parametrize("user", ["root", "with sudo", "asked for a password"])
def test_debians_package_is_installed_where_it_may_be(user, folder, monkeypatch, capfd):
    (folder / "os-release").write_text("NAME=Debian\nID=debian\n")
    made = folder / "chromium"
    program(folder / "apt-get", f": > {made} && /bin/chmod +x {made}")
    program(folder / "sudo", '[ "$1" = -n ] && shift && exec "$@"')
    if user == "asked for a password":
        program(folder / "sudo", "exit 1")
    program(folder / "true", "exit 0")
    monkeypatch.setattr(browser.os, "geteuid", lambda: 0 if user == "root" else 1000)
    monkeypatch.setattr(browser, "starts", lambda playwright, path: True)
    assert browser.main(COMMAND) == 0
    assert ("the tests ran" in capfd.readouterr().out) == (user != "asked for a password")


def test_the_browser_that_was_found_is_the_one_that_is_used(folder, monkeypatch, capfd):
    path = program(folder / "google-chrome", "exit 0")
    monkeypatch.setattr(browser, "starts", lambda playwright, path: True)
    command = [sys.executable, "-c", "import os; print('with', os.environ['NST_CHROMIUM'])"]
    assert browser.main(command) == 0
    assert f"with {path}" in capfd.readouterr().out
