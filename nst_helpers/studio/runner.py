"""Where the loop runs: on a thread beside the notebook, or in the cell itself."""

import os
import sys
import threading
from collections.abc import Callable

from IPython import get_ipython

from nst_helpers.errors import SettingError

Task = Callable[[], None]
KINDS = ("thread", "foreground")


def in_colab() -> bool:
    return "google.colab" in sys.modules


def has_front_end() -> bool:
    """Whether somebody looks: False under nbval, nbconvert, papermill and in a script."""
    kernel = getattr(get_ipython(), "kernel", None)
    # private, yet the only difference a kernel sees: a browser can be asked for input
    return in_colab() or bool(getattr(kernel, "_allow_stdin", False))


def pick_runner() -> str:
    """ "thread" in a live front end; "foreground" without one and in Colab.

    Colab shows nothing that a thread does. The variable NST_RUNNER overrides; raises
    SettingError if it names neither.
    """
    asked = os.environ.get("NST_RUNNER")
    if asked is None:
        return "thread" if has_front_end() and not in_colab() else "foreground"
    if asked not in KINDS:
        raise SettingError(f"NST_RUNNER is {asked!r}: set it to thread or foreground.")
    return asked


class Runner:
    """Performs tasks one after the other until `next_task()` answers None.

    `wake()` makes it look for tasks again: as "thread" it returns at once and one daemon
    thread lives while there is work; as "foreground" it returns when all is done.
    """

    def __init__(self, next_task: Callable[[], Task | None], kind: str):
        self._next_task = next_task
        self.threaded = kind == "thread"
        self._lock = threading.Lock()
        self.busy = False
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        with self._lock:
            if self.busy:
                return
            self.busy = True
            if self.threaded:
                self._thread = threading.Thread(target=self._serve, name="studio", daemon=True)
                self._thread.start()
                return
        self._serve()

    def join(self) -> None:
        """Return when there is no more work, and no thread."""
        while self._thread is not None and self._thread.is_alive():
            self._thread.join(0.1)  # a time-out lets Ctrl-C through on every system

    def _serve(self) -> None:
        try:
            while task := self._take():
                task()
        except BaseException:
            self.busy = False
            raise

    def _take(self) -> Task | None:
        # under the lock, so that no request falls between the last look and the end
        with self._lock:
            task = self._next_task()
            self.busy = task is not None
            return task
