"""The quizzes: ten questions a lesson, a sentence for each answer, as a widget and as a page."""

import re
from html.parser import HTMLParser

import pytest

from nst_helpers.errors import SettingError
from nst_helpers.quizzes import LESSONS, questions, quiz, quiz_page

EVERY = [(lesson, one) for lesson in LESSONS for one in questions(lesson)]


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_has_ten_different_questions(lesson):
    assert len({one.question for one in questions(lesson)}) == 10


@pytest.mark.parametrize(("lesson", "one"), EVERY, ids=lambda value: str(value)[:40])
def test_every_answer_has_a_sentence_of_its_own(lesson, one):
    assert one.question.endswith("?")
    assert 3 <= len(one.answers) <= 4
    assert len({answer.lower() for answer in one.answers}) == len(one.answers)
    sentences = [one.because, *one.wrong.values()]
    assert len(set(sentences)) == len(sentences)
    assert all(sentence[-1] in ".?" and len(sentence) > 15 for sentence in sentences)
    assert max(map(len, one.answers)) <= 70, "it has to fit beside a round button"


def test_the_place_and_the_length_of_an_answer_tell_nothing():
    places = [one.answers.index(one.right) for _, one in EVERY]
    assert {0, 1, 2} <= set(places)
    assert max(places.count(place) for place in set(places)) < len(places) / 2
    longest = [len(one.right) > max(map(len, one.wrong)) for _, one in EVERY]
    assert sum(longest) < 0.4 * len(EVERY)


def test_a_lesson_without_a_quiz_is_one_sentence():
    with pytest.raises(SettingError, match="choose from 00, 01"):
        quiz("7")


def test_the_widget_answers_and_counts():
    one, box = questions("02")[0], quiz("02")
    title, choice, said = box.children[0].children
    assert one.question in title.value
    assert choice.value is None
    assert choice.description == "Answer to question 1", "a screen reader's name of the group"
    assert list(choice.options) == one.answers
    wrong = next(iter(one.wrong))
    choice.value = wrong
    assert one.wrong[wrong] in said.value
    assert "0 of 10 right" in box.children[-1].value
    choice.value = one.right
    assert one.because in said.value
    assert "1 of 10 right" in box.children[-1].value
    assert "run the notebook" in repr(box)


class Page(HTMLParser):
    """Counts what a page has, and keeps what is written on its buttons."""

    def __init__(self, text: str):
        super().__init__()
        self.tags, self.addresses, self.says = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        found = dict(attributes)
        self.addresses += [found[key] for key in ("src", "href", "action") if key in found]
        self.says += [found["data-says"]] if "data-says" in found else []


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_page_needs_nothing_but_itself(lesson):
    text = quiz_page(lesson)
    page, asked = Page(text), questions(lesson)
    assert page.addresses == []
    assert not re.search(r"https?:|url\(|import |fetch\(", text)
    assert page.tags.count("fieldset") == page.tags.count("legend") == len(asked)
    assert page.tags.count("input") == page.tags.count("label")
    expected = [one.verdict(answer) for one in asked for answer in one.answers]
    assert page.says == expected
