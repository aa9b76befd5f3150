"""A Jupyter kernel for the tests: runs cells as a front end would, and hears all it says."""

import json
import queue
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_client.manager import start_new_kernel

STARTING, CELL = 120.0, 300.0  # seconds


class CellError(AssertionError):
    """A cell raised; the message is its traceback."""


class Kernel:
    """One kernel; `said` collects what went to its standard error."""

    def __init__(self, manager, client):
        self.manager, self.client = manager, client
        self.said = ""

    def run(self, code: str, cell: str | None = None, seconds: float = CELL) -> str:
        """Run a cell, whose lasting name is `cell`; returns what it printed."""
        return self.finish(self.start(code, cell), seconds)

    def start(self, code: str, cell: str | None = None) -> str:
        """Send a cell without waiting for it; returns what `finish` needs."""
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "allow_stdin": False,
            "stop_on_error": False,  # the next cell is not sent before this one is over
        }
        metadata = {"cellId": cell} if cell else {}
        message = self.client.session.msg("execute_request", content, metadata=metadata)
        self.client.shell_channel.send(message)
        return message["header"]["msg_id"]

    def finish(self, request: str, seconds: float = CELL) -> str:
        """Wait for a cell; returns what it printed, raises CellError if it raised."""
        printed, fault, deadline = "", None, time.monotonic() + seconds
        for kind, content, parent in self.messages(deadline):
            if kind == "stream" and content["name"] == "stderr":
                self.said += content["text"]
            if parent != request:
                continue
            if kind == "stream" and content["name"] == "stdout":
                printed += content["text"]
            if kind == "error":
                fault = CellError(f"{content['ename']}: {content['evalue']}", content["traceback"])
            if kind == "status" and content["execution_state"] == "idle":
                if fault is not None:
                    raise fault
                return printed
        raise TimeoutError(f"the cell is still running after {seconds:.0f} s")

    def messages(self, deadline: float) -> Iterator[tuple[str, dict, str | None]]:
        """Kind, content and request of what the kernel publishes until `deadline`."""
        while time.monotonic() < deadline:
            try:
                message = self.client.get_iopub_msg(timeout=1)
            except queue.Empty:
                continue
            yield message["msg_type"], message["content"], message["parent_header"].get("msg_id")

    def value(self, expression: str) -> Any:
        """The value of an expression in the kernel, as far as JSON can carry it."""
        return json.loads(self.run(f"print(__import__('json').dumps({expression}))"))

    def move(self, widget: str, value: float) -> None:
        """What a front end sends when the slider with the model id `widget` is moved."""
        data = {"method": "update", "state": {"value": value}, "buffer_paths": []}
        message = self.client.session.msg("comm_msg", {"comm_id": widget, "data": data})
        self.client.shell_channel.send(message)

    def interrupt(self) -> None:
        self.manager.interrupt_kernel()


@contextmanager
def running_kernel(folder: Path | None = None) -> Iterator[Kernel]:
    """A kernel working in `folder`, shut down afterwards."""
    manager, client = start_new_kernel(STARTING, kernel_name="python3", cwd=folder)
    try:
        yield Kernel(manager, client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()
