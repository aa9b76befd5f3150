"""Run, pause, step, stop, reset: what is wished for, and what is done about it."""

from collections import deque
from collections.abc import Callable

from nst_helpers.errors import NSTError
from nst_helpers.studio.painting import Painting, Settings
from nst_helpers.studio.view import Status, describe_machine, seconds_a_step
from nst_helpers.studio.worker import Runner, Task


class Loop:
    """Turns wishes, which may come on any thread, into tasks that the runner performs.

    Args:
        painting: what is worked on; touched only by tasks.
        settings, steps: read the controls; asked before each step.
        show: `show(now)` displays the state, all of it if `now`.
        runner: "thread" or "foreground".

    `error` is what ended the last run, or None; `note` a sentence for the status line.
    """

    def __init__(
        self,
        painting: Painting,
        settings: Callable[[], Settings],
        steps: Callable[[], int],
        show: Callable[[bool], None],
        runner: str,
    ):
        self.painting, self._settings, self._steps, self._show = painting, settings, steps, show
        self.error: Exception | None = None
        self.note = ""
        self.running = False
        self._single_steps, self._began, self._shown = 0, 0, True
        self._requests: deque[Task] = deque()
        self.runner = Runner(self._next_task, runner)

    @property
    def goal(self) -> int:
        """The step at which the run rests."""
        return max(self._began + self._steps(), self.painting.steps_done)

    @property
    def paused(self) -> bool:
        return not self.running and 0 < self.painting.steps_done < self.goal

    def start(self, afresh: bool = False) -> None:
        """Go on to the goal; from there, or if `afresh`, for another run of `steps`."""
        if afresh or self.painting.steps_done >= self.goal:
            self._began = self.painting.steps_done
        self._clear()
        self.running = True
        self.runner.wake()

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
        self.runner.wake()

    def stop(self) -> None:
        """End within a step and free the optimiser's memory."""
        self._halt()
        self.request(self.painting.close)

    def retire(self) -> None:
        """End within a step and free whatever can be made again."""
        self._halt()
        self.request(self.painting.release)

    def reset(self) -> None:
        self._halt()
        self._clear()
        self.request(self.begin)

    def begin(self) -> None:
        """Put the start image on the canvas (a task; elsewhere only before there are any)."""
        self._began = 0
        self.painting.reset(self._settings())

    def request(self, task: Task) -> None:
        """Have `task` done between two steps, or at once if nothing runs."""
        self._requests.append(task)
        self.runner.wake()

    def attempt(self, task: Callable[[], str]) -> None:
        """Request a task whose outcome, or refusal, is only a note: the run goes on."""

        def noted() -> None:
            try:
                self.note = task()
            except NSTError as refusal:
                self.note = str(refusal)

        self.request(noted)

    def status(self) -> Status:
        painting = self.painting
        return Status(
            self._phase(),
            painting.steps_done,
            self.goal,
            seconds_a_step(painting.history),
            describe_machine(painting.network),
            self.note or (_in_a_sentence(self.error) if self.error else ""),
        )

    def _phase(self) -> str:
        if self.error:
            return "Error"
        if self.running:
            return "Running"
        if not self.painting.history:
            return "Ready"
        if not self.paused:
            return "Finished"
        return "Paused" if self.painting.run else "Stopped"

    def _clear(self) -> None:
        self.error, self.note = None, ""

    def _halt(self) -> None:
        self.running, self._single_steps = False, 0

    def _next_task(self) -> Task | None:
        if self._requests:
            return self._guarded(self._requests.popleft())
        if self._single_steps:
            self._single_steps -= 1
            return self._guarded(self._advance)
        if self.running and self.painting.steps_done < self.goal:
            return self._guarded(self._advance)
        self.running = False
        return None if self._shown else self._rest

    def _guarded(self, task: Task) -> Task:
        """`task`, with whatever goes wrong kept for the status line and for `wait`."""

        def perform() -> None:
            self._shown = False
            try:
                task()
            except BaseException as fault:
                self._halt()
                self.painting.close()
                if not isinstance(fault, Exception):
                    raise  # an interrupt is not for the status line
                self.error = fault

        return perform

    def _advance(self) -> None:
        if self.painting.network is None:
            self.note = "Loading VGG19"
            self._show(True)
            self.note = ""
        self.painting.follow(self._settings())
        self.painting.step()
        self._show(False)

    def _rest(self) -> None:
        self._shown = True
        self._show(True)


def _in_a_sentence(fault: Exception) -> str:
    """Our own errors are sentences already; any other is told by its kind."""
    return str(fault) if isinstance(fault, NSTError) else f"{type(fault).__name__}: {fault}"
