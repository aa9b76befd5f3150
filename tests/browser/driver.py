"""A studio on a page of JupyterLab, driven as a learner's hands would."""

import itertools
import time
from pathlib import Path

from lab import Notebook
from playwright.sync_api import Locator


class Studio:
    """One studio as it stands on the page."""

    def __init__(self, notebook: Notebook, number: int = 0):
        self.notebook, self.page = notebook, notebook.page
        self.box = notebook.page.locator(".jp-OutputArea .nst-studio").nth(number)
        self.name = ("studio", "second")[number]

    def button(self, label: str) -> Locator:
        # by its text: the icon counts as part of a button's accessible name
        return self.box.locator("button", has_text=label)

    def press(self, label: str) -> None:
        self.button(label).click()

    def upload_style(self, path: Path) -> None:
        with self.page.expect_file_chooser() as chooser:
            self.press("Painting")
        chooser.value.set_files(path)

    def slider(self, label: str) -> Locator:
        row = self.box.locator(".widget-slider", has_text=label)
        return row.locator(".noUi-handle").first

    def status(self) -> str:
        return self.box.locator(".nst-status").inner_text()

    def steps(self) -> int:
        return self.notebook.kernel(f"{self.name}.painting.steps_done")

    def await_steps(self, more: int = 2, seconds: float = 30) -> None:
        goal, deadline = self.steps() + more, time.monotonic() + seconds
        while self.steps() < goal:
            assert time.monotonic() < deadline, f"{self.name} stands: {self.status()}"
            time.sleep(0.05)

    def await_status(self, word: str, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while word not in self.status():
            assert time.monotonic() < deadline, f"not {word}: {self.status()}"
            time.sleep(0.02)

    def step_seconds(self) -> float:
        times = f"[record['seconds'] for record in {self.name}.history[-6:]]"
        seconds = self.notebook.kernel(times)
        return max(b - a for a, b in itertools.pairwise(seconds))

    def frames(self, seconds: float) -> float:
        """Different pictures shown a second."""
        return self.page.evaluate(
            """async ([number, seconds]) => {
                const box = document.querySelectorAll('.nst-studio')[number];
                const shows = node => node.matches?.('img.nst-picture') ||
                    node.querySelector?.('img.nst-picture');
                let frames = 0;
                const watch = new MutationObserver(changes => {
                    frames += changes.some(change => [...change.addedNodes].some(shows));
                });
                watch.observe(box, {childList: true, subtree: true});
                await new Promise(done => setTimeout(done, seconds * 1000));
                watch.disconnect();
                return frames / seconds;
            }""",
            [0 if self.name == "studio" else 1, seconds],
        )
