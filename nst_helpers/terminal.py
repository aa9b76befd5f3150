"""How the command line speaks: one sentence on stderr, an exit status, never a traceback."""

import argparse
import os
import sys
import warnings
from collections.abc import Callable
from typing import NoReturn

from nst_helpers.errors import ImageNote, NSTError

FAULT, MISTAKE, INTERRUPTED = 1, 2, 130  # ours, the user's, and Ctrl-C as shells expect it


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One sentence on stderr and exit status 2, without the wall of usage."""
        sentence = " ".join(message.split())
        self.exit(MISTAKE, f"{self.prog}: {sentence} (see python -m {self.prog} --help).\n")


def positive(text: str) -> int:
    """The number that an option holds, if it is whole and more than 0."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is not a positive whole number")
    return value


def guarded(work: Callable[[], int]) -> int:
    """The exit status of `work()`; whatever goes wrong in it is one sentence on stderr.

    1 means that the fault is ours; the variable NST_DEBUG then shows the traceback.
    """
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # any file's name can be printed
    with warnings.catch_warnings():
        warnings.simplefilter("always", ImageNote)
        warnings.showwarning = lambda note, *_, **__: _say(note)
        try:
            return work()
        except NSTError as fault:
            return _say(fault, MISTAKE)
        except KeyboardInterrupt:
            return _say("interrupted, and nothing more is saved.", INTERRUPTED)
        except Exception as fault:
            if os.environ.get("NST_DEBUG"):
                raise
            kind = f"{type(fault).__name__}: {' '.join(str(fault).split())}"
            return _say(f"a fault of the program ({kind}): set NST_DEBUG=1 to see where.", FAULT)


def _say(sentence: object, status: int = 0) -> int:
    print(f"nst_helpers: {sentence}", file=sys.stderr)
    return status
