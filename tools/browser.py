"""A browser for the browser tests: the one that is there, or one that is got now.

`python -m tools.browser COMMAND` runs the command once there is a browser. Where none can be had
it says so, and that is a failure only where `CI` is set.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, Error, Playwright, sync_playwright

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-quic",
]  # fmt: skip
PLACES = (
    "google-chrome", "google-chrome-stable", "chromium", "chromium-browser",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
)  # fmt: skip
SYSTEM = Path("/etc/os-release")
APT = ["/usr/bin/env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
APT += ["-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=20"]
DOWNLOAD = [sys.executable, "-m", "playwright", "install", "chromium"]
DOWNLOAD_SECONDS = 600


def launch(playwright: Playwright, path: str) -> Browser:
    """The browser at `path`, without a window."""
    return playwright.chromium.launch(executable_path=path, args=ARGUMENTS)


def find() -> str | None:
    """Path of the first Chrome or Chromium that starts; where NST_CHROMIUM is set, of that one."""
    with sync_playwright() as playwright:
        for path in candidates(playwright.chromium.executable_path):
            if starts(playwright, path):
                return path
    return None


def candidates(playwrights_own: str) -> list[str]:
    named = os.environ.get("NST_CHROMIUM")
    if named:
        return [named]
    found = map(shutil.which, (*PLACES, playwrights_own))
    return [path for path in found if path and not is_snap(path)]


def is_snap(path: str) -> bool:
    """Ubuntu's snap cannot read /tmp, where the tests put their pages."""
    with open(path, "rb") as file:
        return Path(path).resolve().name == "snap" or b"/snap/" in file.read(4000)


def starts(playwright: Playwright, path: str) -> bool:
    try:
        launch(playwright, path).close()
    except Error:
        return False
    return True


def get() -> str | None:
    """The browser that is there, else Debian's package, else Playwright's own download."""
    path = find()
    for bring in () if os.environ.get("NST_CHROMIUM") else (from_debian, from_playwright):
        if path is None:
            bring()
            path = find()
    return path


def from_debian() -> None:
    """Install the package where that needs no password; a failure shows in what `find` finds."""
    debian = SYSTEM.exists() and "ID=debian" in SYSTEM.read_text().splitlines()
    if not debian or shutil.which("apt-get") is None:
        return
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if sudo and (shutil.which("sudo") is None or quietly([*sudo, "true"]) != 0):
        return
    print("There is no Chrome or Chromium: installing Debian's chromium.", flush=True)
    quietly([*sudo, *APT, "update"])
    quietly([*sudo, *APT, "install", "-y", "chromium"])


def from_playwright() -> None:
    print("There is no Chrome or Chromium: Playwright fetches its own.", flush=True)
    try:
        quietly(DOWNLOAD, DOWNLOAD_SECONDS)
    except subprocess.TimeoutExpired:
        print(f"Playwright had not fetched it after {DOWNLOAD_SECONDS} s.")


def quietly(command: list[str], seconds: float | None = None) -> int:
    none = subprocess.DEVNULL
    return subprocess.run(command, stdin=none, stdout=none, stderr=none, timeout=seconds).returncode


def missing() -> str:
    """What is wrong where `find` finds none, and what to do."""
    named = os.environ.get("NST_CHROMIUM")
    what = f"{named}, which NST_CHROMIUM names, does not start" if named else "no browser is here"
    return f"{what}; install Chrome or Chromium, or set NST_CHROMIUM to the path of one."


def main(command: list[str]) -> int:
    path = get()
    if path is None:
        print(f"\nTHE BROWSER TESTS WERE NOT RUN: {missing()}\n", file=sys.stderr)
        return 1 if os.environ.get("CI") else 0
    print(f"The browser is {path}.", flush=True)
    return subprocess.call(command, env=os.environ | {"NST_CHROMIUM": path}) if command else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
