"""The slides of every lesson, opened from disk in a browser without a network."""

from pathlib import Path

import pytest

from tools.slides.__main__ import main

LESSONS = sorted(
    path.stem for path in (Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb")
)
WITH_FORMULAS = "02_content_reconstruction"

pytestmark = pytest.mark.browser

LOOK = """() => {
    const slide = document.querySelector('.slide.shown');
    const box = slide.getBoundingClientRect();
    const inside = element => {
        const at = element.getBoundingClientRect();
        return at.left >= box.left - 1 && at.right <= box.right + 1 && at.bottom <= box.bottom + 1;
    };
    const body = [...slide.querySelectorAll('.body *')];
    return {
        title: slide.querySelector('h2').innerText,
        outside: body.filter(e => !inside(e)).map(e => e.outerHTML.slice(0, 80)),
        pictures: [...slide.querySelectorAll('img')].map(i => [i.naturalWidth, i.height, i.alt]),
        formulas: [...slide.querySelectorAll('math')].map(m => m.getBoundingClientRect().height),
        text: slide.innerText,
    };
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("slides")
    main([], place)
    return place


@pytest.mark.parametrize("name", LESSONS)
def test_every_slide_is_whole_and_nothing_is_asked_of_the_web(
    name, folder, page, screenshots, open_slides
):
    file = folder / f"{name}.html"
    count, seen = open_slides(file), []
    for number in range(count):
        seen.append(page.evaluate(LOOK))
        if number in (0, count // 2):
            page.screenshot(path=screenshots / f"slide_{name}_{number}.png")
        page.keyboard.press("ArrowRight")
    assert page.evaluate("now") == count - 1
    for slide in seen:
        assert not slide["outside"], slide["title"]
        assert "$" not in slide["text"]
        assert all(height > 8 for height in slide["formulas"])
        for width, height, alt in slide["pictures"]:
            assert width > 0
            assert height > 100
            assert len(alt) > 10
    assert sum(len(slide["pictures"]) for slide in seen) >= 3
    outside = [url for url in page.asked if not url.startswith(("data:", file.as_uri()))]
    assert outside == []
    assert page.complaints == []


def test_formulas_notes_and_keys(folder, page, open_slides):
    count = open_slides(folder / f"{WITH_FORMULAS}.html")
    assert page.evaluate("document.querySelectorAll('math').length") > 10
    notes = page.locator("#notes")
    assert notes.is_hidden()
    page.keyboard.press("n")
    page.keyboard.press("ArrowRight")
    assert "Which tensor needs gradients" in notes.inner_text()
    page.keyboard.press("End")
    page.wait_for_function(f"location.hash === '#{count}'")
    for folded in ("What a good answer says", "Solution"):  # for the speaker
        assert page.evaluate(f"slides.some(s => s.notes.textContent.includes('{folded}'))")
    page.get_by_role("button", name="previous slide").press("Enter")
    page.wait_for_function(f"location.hash === '#{count - 1}'")
    page.evaluate("location.hash = '#The-content-loss'")
    page.wait_for_function("slides[now].querySelector('h2').textContent === 'The content loss'")
    with page.expect_popup() as popup:
        page.keyboard.press("s")
    page.keyboard.press("Home")
    assert "Next: Training without" in popup.value.locator("body").inner_text()
