"""The same search guided by the branches of Pillow's readers: fuzz_guided.py SECONDS FOLDER.

Needs atheris (Linux). New inputs that reach new branches are kept in FOLDER/corpus, and what
breaks load_image in FOLDER/found.
"""

import sys
import warnings
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["PIL", "nst_helpers.pictures.decode"]):
    from PIL import Image

    Image.init()
    import fuzz
from corpus import build
from corpus_cases import CASES


def main(seconds: int, folder: Path) -> None:
    for name in ("files", "corpus", "found"):
        (folder / name).mkdir(parents=True)
    for number, data in enumerate(fuzz.seeds(build(folder / "files", CASES))):
        (folder / "corpus" / f"seed {number}").write_bytes(data)
    limits = [f"-max_total_time={seconds}", "-timeout=20", "-rss_limit_mb=4096", "-max_len=20000"]
    places = [f"-artifact_prefix={folder}/found/", str(folder / "corpus")]
    atheris.Setup(["fuzz", *limits, "-print_final_stats=1", *places], fuzz.try_one)
    atheris.Fuzz()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(int(sys.argv[1]), Path(sys.argv[2]))
