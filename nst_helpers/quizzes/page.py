"""A quiz as one page of HTML that needs no kernel, and asks no server for anything."""

from html import escape

from nst_helpers.quizzes.data import Question, questions

STYLE = """body { font: 17px/1.5 system-ui, sans-serif; max-width: 42rem; margin: 2rem auto;
padding: 0 1rem; color: #222; background: #fff }
fieldset { border: 1px solid #bbb; border-radius: 6px; margin: 0 0 1.2rem; padding: .6rem 1rem }
legend { font-weight: 600 } label { display: block; padding: .25rem 0; cursor: pointer }
output { display: block; min-height: 1.5rem }"""
SCRIPT = """const right = {};
document.querySelectorAll('fieldset').forEach((box, number) => {
  box.addEventListener('change', (event) => {
    box.querySelector('output').textContent = event.target.dataset.says;
    right[number] = event.target.dataset.says.startsWith('\u2713');
    const count = Object.values(right).filter(Boolean).length;
    document.getElementById('score').textContent = `${count} of TOTAL right so far`;
  });
});"""


def quiz_page(lesson: str, title: str = "") -> str:
    """The quiz of a lesson as a whole page; SettingError if it has none."""
    head = escape(title or f"Quiz of lesson {lesson}")
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{head}</title><style>{STYLE}</style><main><h1>{head}</h1>\n"
        f"{quiz_part(lesson)}</main></html>\n"
    )


def quiz_part(lesson: str) -> str:
    """The same to be put into a page of one's own: the form and its script, without a style."""
    asked = questions(lesson)
    boxes = "\n".join(_box(number, one) for number, one in enumerate(asked, start=1))
    script = SCRIPT.replace("TOTAL", str(len(asked)))
    return f'<form>{boxes}</form>\n<p id="score" role="status"></p>\n<script>{script}</script>\n'


def _box(number: int, one: Question) -> str:
    labels = "".join(
        f'<label><input type="radio" name="q{number}" data-says="{escape(one.verdict(answer))}"> '
        f"{escape(answer)}</label>"
        for answer in one.answers
    )
    question = escape(one.question)
    return f"<fieldset><legend>{number}. {question}</legend>{labels}<output></output></fieldset>"
