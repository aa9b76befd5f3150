"""A quiz in a notebook: choose an answer, and a sentence says why it is right or wrong."""

from collections.abc import Callable
from html import escape

import ipywidgets as widgets

from nst_helpers.quizzes.data import Question, questions

WIDE = widgets.Layout(width="100%")


class Quiz(widgets.VBox):
    """Says in words what it is, where a notebook is read without being run."""

    def __repr__(self) -> str:
        return "A quiz of ten questions: run the notebook to answer them."


def quiz(lesson: str) -> Quiz:
    """The quiz of a lesson, by its number, such as "02"; SettingError if it has none.

    Every answer may be changed; the score counts the last one.
    """
    asked, score, right = questions(lesson), widgets.HTML(), {}

    def count(number: int, good: bool) -> None:
        right[number] = good
        score.value = f'<p role="status">{sum(right.values())} of {len(asked)} right so far</p>'

    shown = [_question(number, one, count) for number, one in enumerate(asked, start=1)]
    return Quiz([*shown, score])


def _question(number: int, one: Question, count: Callable[[int, bool], None]) -> widgets.VBox:
    title = widgets.HTML(f"<b>{number}. {escape(one.question)}</b>", layout=WIDE)
    choice = widgets.RadioButtons(
        options=one.answers,
        value=None,
        description=f"Answer to question {number}",
        style={"description_width": "initial"},
        layout=widgets.Layout(width="max-content", max_width="100%"),
    )
    said = widgets.HTML(layout=WIDE)

    def answer(change: dict) -> None:
        said.value = f'<p role="status">{escape(one.verdict(change["new"]))}</p>'
        count(number, change["new"] == one.right)

    choice.observe(answer, "value")
    return widgets.VBox([title, choice, said], layout=widgets.Layout(margin="0 0 1em"))
