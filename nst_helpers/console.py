"""The console command `nst`: paint a picture, open the studio, or ask whether all is well."""

import platform
import sys
from collections.abc import Callable, Iterator
from importlib import resources
from importlib.metadata import PackageNotFoundError, version

from nst_helpers.__main__ import MISTAKE, Parser
from nst_helpers.__main__ import main as paint
from nst_helpers.engine import describe_device, free_memory, pick_device, pick_precision
from nst_helpers.errors import NSTError
from nst_helpers.transfer import estimate

# Versions with a known fault: what goes wrong, and what to ask pip for instead.
BROKEN = {
    "ipywidgets": (("8.1.9",), "shows no slider in VS Code", "ipywidgets!=8.1.9"),
    "ipykernel": (("7.0.0", "7.0.1"), "loses what the studio shows", "ipykernel!=7.0.0,!=7.0.1"),
}
# Voilà's page would fetch its icons from another site: this tells the browser not to.
NO_NETWORK = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; connect-src 'self' ws: wss:"
)


def installed(package: str) -> str | None:
    """The version of `package`, or None where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def broken_versions() -> Iterator[str]:
    """One sentence for each installed version with a known fault, and the command that fixes it."""
    for package, (versions, fault, wanted) in BROKEN.items():
        if (found := installed(package)) in versions:
            yield f'{package} {found} {fault}: run pip install "{wanted}" and restart.'


def doctor(arguments: list[str]) -> int:
    """Report what this machine offers and what would go wrong on it; 2 if anything would."""
    Parser("nst doctor", description=doctor.__doc__).parse_args(arguments)
    print(f"Python {platform.python_version()}, {_versions('torch', 'torchvision', 'pillow')}")
    print(f"For the notebooks: {_versions('jupyterlab', 'ipykernel', 'ipywidgets', 'matplotlib')}")
    faults = list(broken_versions())
    try:
        place = pick_device()
        words = describe_device(place, pick_precision(place))
        print(f"{words}; {free_memory(place) / 1e9:.1f} GB of memory are free")
        print(f"A painting of {estimate()}")
    except NSTError as fault:
        faults.append(str(fault))
    print(*faults or ["All is well."], sep="\n")
    return MISTAKE if faults else 0


def studio(arguments: list[str]) -> int:
    """Serve the studio alone, as a page; further options are Voilà's, such as --port=8080."""
    if arguments[:1] in (["-h"], ["--help"]):
        Parser("nst studio", usage="nst studio [OPTION …]", description=studio.__doc__).print_help()
        return 0
    try:
        from voila.app import Voila
    except ImportError:
        print('nst studio needs Voilà: run pip install "voila>=0.5".', file=sys.stderr)
        return MISTAKE
    page = resources.files("nst_helpers.studio").joinpath("page.ipynb")
    settings = {"headers": {"Content-Security-Policy": NO_NETWORK}}
    Voila.launch_instance([str(page), f"--Voila.tornado_settings={settings!r}", *arguments])
    return 0


def _versions(*packages: str) -> str:
    """What is installed of `packages`, and what is not."""
    return ", ".join(f"{name} {installed(name) or 'is missing'}" for name in packages)


COMMANDS: dict[str, tuple[Callable[[list[str]], int], str]] = {
    "paint": (lambda rest: paint(rest, "nst paint"), "a photo in the manner of a painting"),
    "studio": (studio, "the studio alone, as a page for an open day"),
    "doctor": (doctor, "what this machine offers, and what would go wrong"),
}


def main(arguments: list[str] | None = None) -> int:
    """Run the subcommand that the first word names; returns the exit status."""
    words = sys.argv[1:] if arguments is None else arguments
    listed = "\n".join(f"  {name:8} {what}" for name, (_, what) in COMMANDS.items())
    command = Parser("nst", usage="nst COMMAND …", epilog=f"commands:\n{listed}")
    command.add_argument("command", choices=tuple(COMMANDS), metavar="COMMAND")
    chosen = command.parse_args(words[:1] or ["--help"])
    return COMMANDS[chosen.command][0](words[1:])
