"""Does what is wished for, between steps of painting: one queue, and one thread or none."""

import os
import sys
import threading
from collections import deque
from collections.abc import Callable

from IPython import get_ipython

from nst_helpers.errors import NSTError, SettingError
from nst_helpers.studio.painting import Painting, Settings

Task = Callable[[], str | None]  # returns a note for the status line, or nothing


class Worker:
    """Paints, and performs tasks one after the other between two steps.

    Whoever has a wish, on whatever thread, gives a task to `ask`. If `threaded`, that returns at
    once and one daemon thread lives while there is work; otherwise it returns when all is done.
    The tasks start, pause, step, stop, retire and reset are what the buttons ask for.

    Args:
        painting: what is worked on; touched only by tasks.
        read: reads the controls; called before each step.
        show: `show(now)` displays the state, all of it if `now`.
        threaded: work beside the notebook, not in the cell itself.

    `error` is what ended the last run, or None; `note` a sentence for the status line; `busy`
    whether there is work.
    """

    def __init__(
        self,
        painting: Painting,
        read: Callable[[], Settings],
        show: Callable[[bool], None],
        threaded: bool,
    ):
        self.painting, self._read, self._show, self.threaded = painting, read, show, threaded
        self.error: Exception | None = None
        self.note = ""
        self.running = self.busy = False
        self._single_steps, self._began = 0, 0
        self._wishes: deque[Task] = deque()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @property
    def goal(self) -> int:
        """The step at which the run rests."""
        return max(self._began + self._read().steps, self.painting.steps_done)

    @property
    def paused(self) -> bool:
        return not self.running and 0 < self.painting.steps_done < self.goal

    @property
    def phase(self) -> str:
        if self.error:
            return "Error"
        if self.running:
            return "Running"
        if not self.painting.history:
            return "Ready"
        if not self.paused:
            return "Finished"
        return "Paused" if self.painting.is_warm else "Stopped"

    def ask(self, task: Task) -> None:
        """Have `task` done between two steps, or at once if nothing runs."""
        with self._lock:
            self._wishes.append(task)
            if self.busy:
                return
            self.busy = True
            if self.threaded:
                self._thread = threading.Thread(target=self._serve, name="studio", daemon=True)
                self._thread.start()
        if not self.threaded:
            self._serve()

    def join(self) -> None:
        """Return when there is no more work, and no thread."""
        while self._thread is not None and self._thread.is_alive():
            self._thread.join(0.1)  # a time-out lets Ctrl-C through on every system

    def start(self, afresh: bool = False) -> None:
        """Go on to the goal; from there, or if `afresh`, for another run of `steps`."""
        if afresh or self.painting.steps_done >= self.goal:
            self._began = self.painting.steps_done
        self._clear()
        self.running = True

    def pause(self) -> None:
        """Pause, or go on if it is paused."""
        if self.paused:
            self.start()
        else:
            self.running = False

    def step(self) -> None:
        self._clear()
        self._single_steps += 1
        self.running = False

    def stop(self) -> None:
        """Take no further step and free the optimiser's memory."""
        self.running, self._single_steps = False, 0
        self.painting.rest()

    def retire(self) -> None:
        """Stop, and free whatever can be made again."""
        self.stop()
        self.painting.release()

    def reset(self) -> None:
        """Put the start image back on the canvas."""
        self.stop()
        self._clear()
        self._began = 0
        self.painting.reset(self._read())

    def _clear(self) -> None:
        self.error, self.note = None, ""

    def _serve(self) -> None:
        try:
            while self.busy:
                while task := self._next():
                    self._perform(task)
                self._perform(self._rest)
                with self._lock:  # no wish may fall between the last look and the end
                    self.busy = bool(self._wishes)
        except BaseException:  # an interrupt, wherever it fell
            self.stop()
            self.busy = False
            self._rest()
            raise

    def _next(self) -> Task | None:
        if self._wishes:
            return self._wishes.popleft()
        if self._single_steps:
            self._single_steps -= 1
            return self._advance
        return self._advance if self.running and self.painting.steps_done < self.goal else None

    def _perform(self, task: Task) -> None:
        """Do `task`. A refused wish is only a note; any other fault ends the run."""
        try:
            self.note = task() or self.note
        except Exception as fault:
            if isinstance(fault, NSTError) and task != self._advance:
                self.note = str(fault)
            else:
                self.stop()
                self.error = fault

    def _advance(self) -> None:
        if self.painting.network is None:
            self.note = "Loading VGG19"
            self._show(True)
            self.note = ""
        self.painting.follow(self._read())
        self.painting.step()
        self._show(False)

    def _rest(self) -> None:
        self.running = False
        self._show(True)


def has_front_end() -> bool:
    """Whether somebody looks: False under nbval, nbconvert, papermill and in a script."""
    kernel = getattr(get_ipython(), "kernel", None)
    # private, yet the only difference a kernel sees: a browser can be asked for input
    asked = bool(getattr(kernel, "_allow_stdin", False))
    return asked or _in_colab() or os.environ.get("SERVER_SOFTWARE", "").startswith("voila")


def wants_thread() -> bool:
    """Whether to work on a thread: in a live front end, but not in Colab.

    Colab shows nothing that a thread does. The variable NST_RUNNER overrides; raises
    SettingError if it says neither thread nor foreground.
    """
    asked = os.environ.get("NST_RUNNER")
    if asked is None:
        return has_front_end() and not _in_colab()
    if asked not in ("thread", "foreground"):
        raise SettingError(f"NST_RUNNER is {asked!r}: set it to thread or foreground.")
    return asked == "thread"


def _in_colab() -> bool:
    return "google.colab" in sys.modules


def before_cell_runs_again(action: Callable[[], None]) -> None:
    """Have `action` called once, as soon as the cell that now runs is run again.

    Does nothing in scripts, and where the front end does not tell a cell's lasting name.
    """
    shell = get_ipython()
    parent = getattr(shell, "get_parent", dict)()
    cell = parent.get("metadata", {}).get("cellId")
    if cell is None:
        return

    def before_a_cell(info) -> None:
        if getattr(info, "cell_id", None) == cell:
            shell.events.unregister("pre_run_cell", before_a_cell)
            action()

    shell.events.register("pre_run_cell", before_a_cell)
