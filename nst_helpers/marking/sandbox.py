"""A process of its own for a learner's function, with limits: it gives answers and never a verdict.

The verdict is made elsewhere, from the answers, so nothing that the function prints or changes
can forge it; and the process holds no solution. It keeps accidents and clumsy tricks from doing
harm. It is no prison: if you fear an attack on the machine itself, mark in a virtual machine.
"""

import multiprocessing
import os
import signal
import sys
import tempfile
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import psutil
import torch

import nst_helpers
from nst_helpers import checks
from nst_helpers.marking.answers import pack, unpack
from nst_helpers.marking.fresh import fresh_cases

ANSWERS, TROUBLE = "answers", "trouble"  # names of files in the process's own folder
CHECKS = str(Path(checks.__file__).parent)
# Python reports these before it does them, and whoever listens may refuse.
REFUSED = (
    "socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn",
    "os.startfile", "os.kill", "os.remove", "os.rename", "os.rmdir", "os.chmod", "os.chown",
    "os.link", "os.symlink", "os.truncate", "os.mkdir", "os.chdir", "shutil.", "sqlite3.", "pty.",
    "ctypes.", "urllib.", "http.", "ftplib.", "smtplib.", "webbrowser.", "signal.pthread_kill",
    "resource.", "gc.get_",
)  # fmt: skip

KILLED = [getattr(signal, name, None) for name in ("SIGKILL", "SIGXCPU")]

# Every sandbox is forked from one process that has imported PyTorch, where the platform can fork.
WARM = "forkserver" in multiprocessing.get_all_start_methods()
PROCESSES = multiprocessing.get_context("forkserver" if WARM else "spawn")


@dataclass(frozen=True)
class Limits:
    """What one exercise may take: seconds of processor, and bytes beyond what PyTorch takes."""

    seconds: int = 10
    memory: int = 1_000_000_000
    file: int = 16_000_000


@dataclass(frozen=True)
class Task:
    """The function of one exercise, and the seeds of fresh cases to ask it."""

    exercise: str
    source: str
    function: str
    seeds: tuple[int, ...] = ()


@dataclass(frozen=True)
class Answers:
    """What came out of the sandbox: packed answers, or a sentence on what went wrong instead."""

    data: bytes = b""
    trouble: str = ""

    def unpacked(self) -> list:
        """The answers; raises ValueError if they cannot be read."""
        try:
            return unpack(self.data)
        except Exception as fault:  # the function may have written anything in their place
            raise ValueError("gave an answer that cannot be read.") from fault


def ask(task: Task, limits: Limits) -> Answers:
    """Run the function in a process of its own, and wait for its answers or for its end."""
    if WARM:
        PROCESSES.set_forkserver_preload(["__main__", __name__])
    with tempfile.TemporaryDirectory(prefix="marking-", ignore_cleanup_errors=True) as folder:
        process = PROCESSES.Process(target=_answer, args=(task, limits, os.path.realpath(folder)))
        process.start()
        # a process that waits uses no processor; and a busy machine is not the learner's fault
        process.join(3 * limits.seconds if WARM else 3 * limits.seconds + 60)
        late = process.is_alive()
        if late:
            process.kill()
            process.join()
        late = late or -process.exitcode in KILLED
        found = {name: _read(Path(folder, name)) for name in (ANSWERS, TROUBLE)}
    if late:
        return Answers(trouble=f"was not done within {limits.seconds} seconds: does a loop end?")
    if found[TROUBLE]:
        return Answers(trouble=found[TROUBLE].decode("utf-8", "replace"))
    ended = "" if found[ANSWERS] else "ended the whole process instead of returning an answer."
    return Answers(found[ANSWERS], ended)


def _read(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() and not path.is_symlink() else b""


def _answer(task: Task, limits: Limits, folder: str) -> None:
    """In the sandbox: define the function, ask it every case, and write down what it gives."""
    exercise = getattr(checks.check, task.exercise)
    cases = [*exercise.cases, *fresh_cases(exercise, task.seeds)]
    torch.set_num_threads(1)
    for argument in chain.from_iterable(cases):
        # such as a network, whose file cannot be read once the sandbox is closed
        getattr(argument, "prepare", bool)()
    os.chdir(folder)
    with open(os.devnull, "r+b") as nowhere:
        for stream in (0, 1, 2):
            os.dup2(nowhere.fileno(), stream)
    _forget_solutions()
    _confine(limits, folder)
    names = {"__name__": "__main__"}
    try:
        exec(compile(task.source, "submission", "exec"), names)
        answers = [exercise.attempt(names[task.function], case) for case in cases]
        Path(folder, ANSWERS).write_bytes(pack(answers))
    except BaseException as fault:  # SystemExit, too
        told = f"raised {type(fault).__name__}: {fault}".rstrip(".: ")
        Path(folder, TROUBLE).write_text(f"{told}.", encoding="utf-8", errors="replace")
    os._exit(0)  # at once, whatever the function has left running


def _forget_solutions() -> None:
    """This process needs no solution, and the modules that hold them cannot be had again."""
    for exercise in vars(checks.check).values():
        object.__setattr__(exercise, "answers", None)
    for name in [name for name in sys.modules if name.startswith(checks.__name__)]:
        del sys.modules[name]
    del nst_helpers.checks


def _confine(limits: Limits, folder: str) -> None:
    """Limits that the system keeps, where it has them (not Windows), and what Python refuses."""

    def refuse(event: str, arguments: tuple) -> None:
        closed = event == "import" and arguments[0].startswith((checks.__name__, __package__))
        if event == "open" and isinstance(arguments[0], str | bytes):
            path = os.path.abspath(os.fsdecode(arguments[0]))
            writes = (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            closed = path.startswith(CHECKS) or path.endswith(".ipynb")
            closed = closed or bool(writes and not path.startswith((folder + os.sep, os.devnull)))
        if closed or event.startswith(REFUSED):
            raise PermissionError(f"{event} is closed while exercises are marked")

    if sys.platform != "win32":
        import resource

        most = {
            resource.RLIMIT_CPU: limits.seconds,
            resource.RLIMIT_FSIZE: limits.file,
            resource.RLIMIT_CORE: 0,
            resource.RLIMIT_AS: psutil.Process().memory_info().vms + limits.memory,
        }
        for kind, value in most.items():
            # a function that ignores the signal of the soft limit meets the hard one
            resource.setrlimit(kind, (value, value + (kind == resource.RLIMIT_CPU)))
    sys.addaudithook(refuse)
