"""The studio alone, as `nst studio` serves it on an open day."""

import re
import time

import pytest
from conftest import WINDOW
from lab import studio_server

pytestmark = pytest.mark.browser


class Visitor:
    """One page of the studio, in a browser of its own."""

    def __init__(self, browser, address: str):
        self.page = browser.new_context(viewport=WINDOW).new_page()
        self.errors, self.foreign, self.failures = [], [], {}
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self._note(request.url, address))
        self.page.on("requestfailed", lambda failed: self._note_failure(failed))
        self.page.goto(address)

    def _note(self, url: str, address: str) -> None:
        if url.startswith(("http", "ws")) and url.split("/")[2] != address.split("/")[2]:
            self.foreign.append(url)

    def _note_failure(self, request) -> None:
        self.failures[request.url] = request.failure

    def left_the_machine(self) -> list[str]:
        """Requests to elsewhere that the browser did not refuse to make."""
        return [url for url in self.foreign if self.failures.get(url) != "csp"]

    def press(self, label: str) -> None:
        self.page.locator(".nst-studio button", has_text=label).first.click()

    def status(self) -> str:
        return self.page.locator(".nst-status").inner_text()

    def steps(self) -> int:
        return int(re.search(r"step (\d+) of", self.status())[1])

    def await_steps(self, goal: int, seconds: float = 120) -> None:
        deadline = time.monotonic() + seconds
        while self.steps() < goal:
            assert time.monotonic() < deadline, self.status()
            time.sleep(0.1)


def test_two_visitors_paint_at_once_and_do_not_disturb_each_other(browser, tmp_path, screenshots):
    with studio_server(tmp_path) as address:
        visitors = [Visitor(browser, address) for _ in range(2)]
        for visitor in visitors:
            visitor.page.locator(".nst-status").wait_for(timeout=120_000)
            visitor.press("Run")
        for visitor in visitors:
            visitor.await_steps(20)
        first, second = visitors
        first.press("Pause")
        first.page.wait_for_timeout(1000)
        assert "Paused" in first.status()
        stood = second.steps()
        second.await_steps(stood + 10)
        first.page.screenshot(path=screenshots / "voila.png", full_page=True)
        for visitor in visitors:
            assert visitor.errors == []
            assert visitor.left_the_machine() == [], visitor.failures
            visitor.page.context.close()
