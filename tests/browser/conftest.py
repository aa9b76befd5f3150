"""Fixtures: one server and one Chromium for all browser tests.

NST_FRONT_END chooses what is served: lab (usual) or notebook; NST_IPYKERNEL another version of it.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lab import Notebook, notebook_server
from playwright.sync_api import Browser, Page, sync_playwright

from tools.browser import find, launch, missing

ROOT = Path(__file__).resolve().parents[2]
WINDOW = {"width": 1440, "height": 1150}
SLIDE = {"width": 1280, "height": 720}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = find()
    if path is None:
        pytest.fail(f"This test was not run: {missing()}", pytrace=False)
    with sync_playwright() as playwright:
        running = launch(playwright, path)
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page without a network; `asked` and `complaints` say what it wanted and what failed."""
    context = browser.new_context(viewport=SLIDE, offline=True)
    opened = context.new_page()
    opened.asked, opened.complaints = set(), []
    opened.on("request", lambda request: opened.asked.add(request.url))
    opened.on("console", lambda message: opened.complaints.append(message.text))
    opened.on("pageerror", lambda error: opened.complaints.append(str(error)))
    yield opened
    context.close()


@pytest.fixture
def open_slides(page: Page) -> Callable[[Path], int]:
    """A function that opens slides in `page` and returns how many there are."""

    def opened(file: Path) -> int:
        page.goto(file.as_uri())
        page.wait_for_selector("body[data-ready]")
        return page.evaluate("slides.length")

    return opened


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The form of an address on a copy of the notebooks, so that no test can change them."""
    root, home = tmp_path_factory.mktemp("course"), tmp_path_factory.mktemp("jupyter")
    for folder in (ROOT / "notebooks", ROOT / "tests" / "pages"):
        shutil.copytree(folder, root / folder.name)
    front_end = os.environ.get("NST_FRONT_END", "lab")
    with notebook_server(root, home, front_end, os.environ.get("NST_IPYKERNEL", "")) as form:
        yield form


@pytest.fixture
def open_notebook(browser: Browser, served: str) -> Iterator[Callable[[str], Notebook]]:
    """A function that opens a notebook by its path in a page of its own."""
    notebooks = []

    def opened(path: str) -> Notebook:
        page = browser.new_context(viewport=WINDOW).new_page()
        notebooks.append(Notebook(page, served, path))
        return notebooks[-1]

    yield opened
    for notebook in notebooks:
        notebook.close()
        notebook.page.context.close()


@pytest.fixture(scope="session")
def screenshots() -> Path:
    folder = ROOT / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
