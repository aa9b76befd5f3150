"""Build the site in build/site (`make site`), from the notebooks as they were executed."""

import shutil
import sys
from pathlib import Path

from sphinx.cmd.build import build_main

from tools.website.sources import ROOT, gather

HERE = Path(__file__).resolve().parent


def main(words: list[str]) -> int:
    """Build everything anew, in the folder named or in build/site; returns the exit status.

    A link that leads nowhere, like anything else that Sphinx warns of, is an error.
    """
    site = Path(*words) if words else ROOT / "build" / "site"
    work = site.with_name(f"{site.name}_sources")
    for folder in (site, work):
        shutil.rmtree(folder, ignore_errors=True)
    pages, extra = work / "pages", work / "extra"
    gather(pages, extra)
    options = ["-q", "-W", "--keep-going", "-c", HERE, "-d", work / "doctrees"]
    options += ["-D", f"html_extra_path={extra}"]
    return build_main([str(word) for word in (*options, pages, site)])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
