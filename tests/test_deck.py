"""The deck of a plan before a browser shows it: its sections, its minutes, answers kept back."""

import base64
import io
import re

import pytest
from PIL import Image

from tools.plans import DATA, chosen, sessions
from tools.slides.__main__ import plan
from tools.slides.cells import Part, Section
from tools.slides.compose import COLUMNS, LINES, compose, shortened

(SESSION,) = chosen(sessions(DATA.read_text(encoding="utf-8")), "90")
SLIDE = re.compile(
    r'<div class="slide (\w+)" data-ends="([\d.]+)"><h2>(.*?)</h2>(.*?)</aside>', re.S
)


def picture(width: int, height: int) -> Part:
    file = io.BytesIO()
    Image.new("RGB", (width, height)).save(file, "JPEG")
    return Part("picture", base64.b64encode(file.getvalue()).decode(), "what it shows")


def section(*parts: Part) -> Section:
    return Section(2, "A title", list(parts))


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> str:
    path = plan("90", tmp_path_factory.mktemp("deck"))
    assert path.name == "plan_90.html"
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def slides(page) -> list[tuple[str, str, str, str]]:
    return SLIDE.findall(page)


def test_a_guess_stands_before_its_answer_and_prose_after_it_reads_it():
    long = "It begins. " * 20
    opening, asked = compose(
        section(
            Part("prose", long),
            Part("guess", "Which?"),
            Part("code", "draw()"),
            picture(300, 100),
            Part("prose", "That one.\n\nThe rest is for the speaker."),
        )
    )
    assert (opening.kind, opening.lead) == ("opening", long)
    assert (asked.lead, asked.code, asked.after) == ("Which?", "draw()", "That one.")
    assert asked.result.kind == "picture"
    assert long in asked.notes
    assert "That one." in asked.notes


def test_a_short_opening_shares_the_slide_of_the_first_result():
    (slide,) = compose(section(Part("prose", "Look."), Part("guess", "Who?"), picture(100, 100)))
    assert slide.lead == "Look.\n\nWho?"
    assert slide.kind == "side", "a square picture stands beside the text"


def test_of_pictures_without_a_word_between_them_the_last_is_shown_and_sliders_too():
    sliders = Part("sliders", '<div class="nst-sliders"></div>')
    parts = (Part("prose", "Look."), picture(300, 90), picture(300, 99), sliders)
    still, moving = compose(section(*parts))
    assert still.result == parts[2]
    assert moving.result == sliders


def test_code_that_a_room_cannot_read_is_left_out():
    for code in ("x = 1\n" * (LINES + 1), "x" * (COLUMNS + 1)):
        (slide,) = compose(section(Part("prose", "Go."), Part("code", code), Part("text", "1")))
        assert (slide.code, slide.result.body) == ("", "1")


def test_prose_is_cut_between_sentences_and_keeps_its_formula():
    text = "One sentence. " + "Another one that is long. " * 20 + "\n\n$$x$$"
    short = shortened(text, 40)
    assert short == "One sentence. Another one that is long.\n\n$$x$$"
    assert shortened("x" * 999) == "x" * 999


def test_the_deck_has_the_plans_sections_and_minutes_and_no_more_than_30_slides(slides):
    assert len(slides) <= 30
    titles = list(dict.fromkeys(title for _, _, title, _ in slides))
    planned = [part.section or part.what for part in SESSION.parts]
    assert titles == ["Neural style transfer in 90 minutes", *planned[1:], "Pictures"]
    ends, minute = [], 0.0
    for part in SESSION.parts:
        minute += part.minutes + part.run
        ends.append(f"{minute:g}")
    assert list(dict.fromkeys(end for _, end, _, _ in slides)) == ends


def test_answers_wait_for_a_key(slides):
    asked = [body for _, _, _, body in slides if "Guess first" in body.partition("<aside")[0]]
    assert len(asked) >= 3
    for body in asked:
        assert re.search(r'class="result \w+" hidden', body)
        assert not re.search(r'class="after"(?! hidden)', body)


def test_code_is_short(slides):
    listings = [m for s in slides for m in re.findall(r'listing">(.*?)</div>', s[3], re.S)]
    assert listings
    for listing in listings:
        lines = re.sub(r"<[^>]+>", "", listing).strip().splitlines()
        assert len(lines) <= LINES


def test_the_speaker_reads_what_to_say_and_what_to_have_run(slides):
    notes = {title: body.partition("<aside hidden>")[2] for _, _, title, body in reversed(slides)}
    assert "Watch the sky, then the roofs" in notes["The first painting"]
    assert "under Positions do not matter" in notes["Textures out of noise"]
    assert "starts and stops the clock" in notes["Neural style transfer in 90 minutes"]


def test_every_picture_has_its_maker_on_the_last_slide(slides):
    kind, _, title, body = slides[-1]
    assert (kind, title) == ("plain", "Pictures")
    for maker in ("Vincent van Gogh, 1889", "danielbuechele", "Rachel Michetti", "Derek Jensen"):
        assert maker in body


def test_the_page_asks_for_nothing(page):
    assert not re.findall(r'src="(?!data:)', page)
    assert "{{" not in page.partition("<script>")[0]
    assert not re.search(r"<link|@import|url\(", page)


def test_a_plan_of_several_days_has_no_deck(tmp_path):
    with pytest.raises(ValueError, match="'Two days' has 2 sessions: use the lessons' slides"):
        plan("Two", tmp_path)
