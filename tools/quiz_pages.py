"""The quizzes as pages in build/quizzes, to be opened without a network (`make quizzes`)."""

from pathlib import Path

from nst_helpers.quizzes import LESSONS, quiz_page

FOLDER = Path(__file__).resolve().parent.parent / "build" / "quizzes"


def main(folder: Path = FOLDER) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for lesson in LESSONS:
        (folder / f"{lesson}.html").write_text(quiz_page(lesson), encoding="utf-8")
    print(folder)


if __name__ == "__main__":
    main()
