"""JupyterLab or Notebook for the tests: a server of its own, a page driven through Chromium."""

import ast
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lending import lend_kernel
from playwright.sync_api import Page

SERVER_SECONDS = 60
ANNOUNCEMENTS = "@jupyterlab/apputils-extension:announcements"
FRONT_ENDS = {  # module, application, and how a notebook's address goes on after the server's
    "lab": ("jupyterlab", "LabApp", "lab/tree/{}?reset&"),
    "notebook": ("notebook", "JupyterNotebookApp", "notebooks/{}?"),
}
SETTINGS = (
    "--no-browser",
    "--ServerApp.port_retries=0",
    "--{}.expose_app_in_browser=True",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.news_url=None",
    "--LabApp.extension_manager=readonly",
)


@contextmanager
def notebook_server(root: Path, home: Path, front_end: str, kernel: str = "") -> Iterator[str]:
    """A front end serving `root`, with fresh settings under `home`; gives a notebook's address.

    That is a form, `{}` being the notebook's path. `kernel` is a version of ipykernel.
    """
    module, application, form = FRONT_ENDS[front_end]
    port, token = _free_port(), secrets.token_hex(16)
    command = [sys.executable, "-m", module, *(line.format(application) for line in SETTINGS)]
    command += [f"--ServerApp.root_dir={root}", f"--port={port}"]
    command += [f"--IdentityProvider.token={token}"]
    command += ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    if kernel:
        spec = home / "data" / "kernels" / "python3"
        lend_kernel(home, spec, kernel, [f"ipykernel=={kernel}", "nest-asyncio"])
    address = f"http://127.0.0.1:{port}"
    with _served(command, f"{address}/api?token={token}", home):
        yield f"{address}/{form}token={token}"


@contextmanager
def studio_server(home: Path) -> Iterator[str]:
    """The page that `nst studio` serves; gives its address."""
    port = _free_port()
    nst = str(Path(sys.executable).with_name("nst"))
    address = f"http://127.0.0.1:{port}/"
    with _served([nst, "studio", "--no-browser", f"--port={port}"], f"{address}static/", home):
        yield address


@contextmanager
def _served(command: list[str], ready: str, home: Path) -> Iterator[None]:
    """A server that answers at the address `ready`; it is stopped in the end."""
    with (home / "server.log").open("w") as log:
        server = subprocess.Popen(command, env=_environment(home), stdout=log, stderr=log)
        try:
            _await_server(server, ready, home / "server.log")
            yield
        finally:
            server.send_signal(signal.SIGTERM)
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _environment(home: Path) -> dict[str, str]:
    """Nothing of the user's own settings, and no news from the web."""
    places = {
        f"JUPYTER_{kind}_DIR": str(home / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")
    }
    places |= {
        f"JUPYTERLAB_{kind}_DIR": str(home / kind.lower()) for kind in ("SETTINGS", "WORKSPACES")
    }
    page = home / "config" / "labconfig" / "page_config.json"
    page.parent.mkdir(parents=True)
    page.write_text(json.dumps({"disabledExtensions": {ANNOUNCEMENTS: True}}))
    tracker = home / "settings" / "@jupyterlab" / "notebook-extension"
    tracker.mkdir(parents=True)
    # without this, cells that are out of sight are not drawn at all
    (tracker / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')
    return {**os.environ, **places}


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def _await_server(server: subprocess.Popen, url: str, log: Path) -> None:
    deadline = time.monotonic() + SERVER_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except urllib.error.HTTPError:
            return  # it answers
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.2)
    raise RuntimeError(f"The server did not start:\n{log.read_text()[-2000:]}")


class Notebook:
    """One notebook open in a page of JupyterLab, or of Notebook."""

    def __init__(self, page: Page, form: str, path: str):
        self.page = page
        self.page_errors: list[str] = []
        self.foreign_requests: list[str] = []
        self._host = form.split("/")[2]
        page.on("pageerror", lambda error: self.page_errors.append(f"{error} {error.stack}"))
        page.on("request", lambda request: self._note_request(request.url))
        page.goto(form.format(path))
        self.await_kernel()

    def _note_request(self, url: str) -> None:
        if url.startswith(("http", "ws")) and url.split("/")[2] != self._host:
            self.foreign_requests.append(url)

    def await_kernel(self, seconds: float = 60) -> None:
        """Until a kernel is connected and idle; the status bar says "idle" far too early."""
        self.page.wait_for_function(
            """() => {
                const panel = window.jupyterapp?.shell?.currentWidget;
                const session = panel?.sessionContext;
                const kernel = session?.session?.kernel;
                return session?.isReady && panel.content?.model?.cells?.length > 0 &&
                    kernel?.connectionStatus === 'connected' && kernel?.status === 'idle';
            }""",
            timeout=seconds * 1000,
        )

    def run_all_cells(self, seconds: float = 240) -> None:
        """Run every cell and wait for the last one."""
        self.command("notebook:run-all-cells", seconds=seconds)

    def run_cell(self, number: int, seconds: float = 30) -> str:
        """Run one cell by its index; returns the text it put out."""
        self.page.evaluate(
            "n => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = n; }", number
        )
        self.command("notebook:run-cell", seconds=seconds)
        return "".join(out.get("text", "") for out in self.outputs()[number])

    def command(self, name: str, arguments: dict | None = None, seconds: float = 30) -> None:
        """Execute a command of JupyterLab and wait until it has ended."""
        # page.evaluate knows no time-out, so the promise is awaited through a variable
        self.page.evaluate(
            """([name, args]) => {
                window.nstDone = null;
                window.jupyterapp.commands.execute(name, args).then(
                    () => { window.nstDone = 'done'; },
                    error => { window.nstDone = 'failed: ' + error; });
            }""",
            [name, arguments or {}],
        )
        self.page.wait_for_function("() => window.nstDone !== null", timeout=seconds * 1000)
        assert self.page.evaluate("() => window.nstDone") == "done", name

    def outputs(self) -> list[list[dict[str, Any]]]:
        """The outputs of each cell, as the notebook file would hold them."""
        cells = self.page.evaluate(
            """() => window.jupyterapp.shell.currentWidget.content.model.sharedModel
                .cells.map(cell => cell.toJSON().outputs || [])"""
        )
        for outputs in cells:
            for output in outputs:
                if isinstance(output.get("text"), list):
                    output["text"] = "".join(output["text"])
        return cells

    def errors(self) -> list[str]:
        """Cells that ended in an error, in words."""
        return [
            f"cell {number}: {output['ename']}: {output['evalue']}"
            for number, outputs in enumerate(self.outputs())
            for output in outputs
            if output["output_type"] == "error"
        ]

    def kernel(self, expression: str) -> Any:
        """The value of a Python expression in the kernel, as far as JSON can carry it."""
        text = self.page.evaluate(
            """async expression => {
                const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
                const code = '__import__("json").dumps(' + expression + ')';
                const future = kernel.requestExecute({
                    code: '', silent: true, store_history: false,
                    user_expressions: {value: code}});
                const reply = await future.done;
                const value = reply.content.user_expressions.value;
                return value.status === 'ok' ? value.data['text/plain'] : 'error ' + value.evalue;
            }""",
            expression,
        )
        assert not text.startswith("error "), f"{expression}: {text}"
        return json.loads(ast.literal_eval(text))

    def restart_and_run_all(self, seconds: float = 240) -> None:
        """Restart the kernel, without being asked, and run every cell."""
        self.page.evaluate(
            """() => window.jupyterapp.shell.currentWidget.sessionContext.restartKernel()"""
        )
        self.await_kernel(seconds)
        self.run_all_cells(seconds)

    def theme(self, name: str) -> None:
        self.command("apputils:change-theme", {"theme": f"JupyterLab {name}"})
        self.page.wait_for_function(
            "name => document.body.dataset.jpThemeName === 'JupyterLab ' + name", arg=name
        )

    def close(self) -> None:
        """End the kernel too, which outlives its page."""
        self.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
