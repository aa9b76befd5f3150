"""`nst course`: the notebooks, copied out of the package to where a reader may change them."""

import shutil
import sys

from nst_helpers.__main__ import MISTAKE, Parser
from nst_helpers.errors import shown
from nst_helpers.pictures import supplied

OF_THE_READER = (".ipynb_checkpoints", "pictures")  # what working in a checkout leaves behind
EXAMPLE = "example:\n  nst course my-course\n  jupyter lab --notebook-dir=my-course"


def copy_course(arguments: list[str]) -> int:
    """Copy the notebooks into a new folder; an existing one is left alone, with status 2."""
    command = Parser("nst course", description=copy_course.__doc__, epilog=EXAMPLE)
    command.add_argument("folder", metavar="DIR", help="a folder that does not exist yet")
    folder = command.parse_args(arguments).folder
    ignored = shutil.ignore_patterns(*OF_THE_READER)
    try:
        shutil.copytree(supplied("notebooks"), folder, ignore=ignored)
    except OSError as fault:
        reason = fault.strerror or "some files could not be copied"
        print(f"nst_helpers: {shown(folder)}: {reason}; name another folder.", file=sys.stderr)
        return MISTAKE
    print(f'The course is in {shown(folder)}: run jupyter lab --notebook-dir="{folder}".')
    return 0
