"""A kernel with other versions of a few packages, and all else as the tests have it."""

import json
import subprocess
import sysconfig
import venv
from collections.abc import Sequence
from pathlib import Path


def lend_kernel(
    home: Path, spec: Path, name: str, packages: Sequence[str], first: str = ""
) -> None:
    """Write the kernel `spec`, whose environment in `home` has these `packages` of its own.

    pip fetches them. `first` is a line of Python that runs before anything else.
    """
    environment = home / "env"
    venv.create(environment, with_pip=False, symlinks=True)
    python = environment / "bin" / "python"
    own = Path(sysconfig.get_path("purelib", vars={"base": str(environment)}))
    # a folder named in a .pth file comes after the environment's own packages
    (own / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (own / "first.pth").write_text(first + "\n")
    install = [python, "-m", "pip", "install", "--quiet", "--ignore-installed", "--no-deps"]
    subprocess.run([*install, *packages], check=True)
    spec.mkdir(parents=True)
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    about = {"argv": argv, "display_name": name, "language": "python"}
    (spec / "kernel.json").write_text(json.dumps(about))
