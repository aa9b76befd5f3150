"""The deck of a plan, opened from disk in a browser without a network."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tools.slides.__main__ import plan

pytestmark = pytest.mark.browser

LOOK = """() => {
    const slide = document.querySelector('.slide.shown');
    const seen = [...slide.querySelectorAll('*'), document.querySelector('#bar')]
        .filter(e => !e.closest('aside, math *') && e.getClientRects().length);
    const texts = seen.filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()));
    const at = e => e.getBoundingClientRect();
    const boxes = [...slide.children].filter(e => e.getClientRects().length && at(e).height);
    const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 &&
        a.top < b.bottom - 1 && b.top < a.bottom - 1;
    return {
        title: slide.querySelector('h2').innerText,
        words: slide.innerText,
        small: texts.filter(e => parseFloat(getComputedStyle(e).fontSize) < 24)
            .map(e => e.outerHTML.slice(0, 90)),
        outside: seen.filter(e => at(e).right > 1281 || at(e).bottom > 721)
            .map(e => e.outerHTML.slice(0, 90)),
        wide: [...slide.querySelectorAll('pre')]
            .filter(e => e.scrollWidth > e.clientWidth + 1).length,
        over: boxes.flatMap((a, n) => boxes.slice(n + 1).filter(b => meet(at(a), at(b)))
            .map(b => a.className + ' and ' + b.className)),
        pictures: [...slide.querySelectorAll('img')].filter(e => e.getClientRects().length)
            .map(i => [i.naturalWidth, i.height, i.alt]),
        waiting: slide.querySelectorAll('.result[hidden], .after[hidden]').length,
    };
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("deck")


@pytest.mark.parametrize("name", ["90", "Half"])
def test_every_slide_is_whole_before_and_after_its_answer(
    name, folder, page, screenshots, open_slides
):
    file = plan(name, folder)
    count, number, answers = open_slides(file), 0, 0
    while True:
        slide = page.evaluate(LOOK)
        page.screenshot(path=screenshots / f"deck_{name}_{page.evaluate('now'):02}_{number}.png")
        for fault in ("small", "outside", "over", "wide"):
            assert not slide[fault], f"{slide['title']}: {fault} {slide[fault]}"
        for width, height, alt in slide["pictures"]:
            assert width > 0
            assert height > 180
            assert len(alt) > 10
        if slide["waiting"] == 0 and page.evaluate("now") == count - 1:
            break
        place = page.evaluate("now")
        page.keyboard.press("ArrowRight")
        stayed = page.evaluate("now") == place
        assert stayed == bool(slide["waiting"]), "an answer comes before the next slide"
        answers += stayed
        number = number + 1 if stayed else 0
    assert answers >= 10
    assert [url for url in page.asked if not url.startswith(("data:", file.as_uri()))] == []
    assert page.complaints == []


def test_the_clock_counts_the_plans_minutes(folder, page, open_slides):
    page.clock.install()
    open_slides(plan("90", folder))
    clock = page.locator("#clock")
    expect(clock).to_have_text("0:00 of 90 · this until 10")
    page.keyboard.press("t")
    page.clock.run_for(12 * 60 * 1000)
    expect(clock).to_have_text("12:00 of 90 · 2 min behind")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("t")
    page.clock.run_for(5 * 60 * 1000)
    expect(clock).to_have_text("12:00 of 90 · this until 16")


def test_the_overview_shows_all_slides_and_leads_to_one(folder, page, screenshots, open_slides):
    count = open_slides(plan("90", folder))
    page.keyboard.press("o")
    assert (
        page.locator(".slide").evaluate_all("s => s.filter(e => e.checkVisibility()).length")
        == count
    )
    page.screenshot(path=screenshots / "deck_overview.png")
    page.locator(".slide").nth(4).click()
    assert page.evaluate("now") == 4
    assert not page.evaluate("document.body.classList.contains('overview')")
    expect(page.locator(".slide").nth(5)).to_be_hidden()
    page.keyboard.press("n")
    expect(page.locator("#notes")).to_contain_text("Watch the sky")


def test_sliders_move_and_keep_the_arrows(folder, page, screenshots, open_slides):
    open_slides(plan("Half", folder))
    place = page.evaluate("slides.findIndex(s => s.querySelector('.nst-sliders'))")
    page.evaluate(f"show({place})")
    page.evaluate("while (slides[now].querySelector('.result[hidden]')) forward()")
    picture = page.locator(".shown .nst-sliders img")
    before = picture.get_attribute("src")
    page.screenshot(path=screenshots / "deck_sliders.png")
    slide = page.evaluate(LOOK)
    assert not slide["small"] + slide["outside"] + slide["over"]
    page.locator(".shown input").first.press("ArrowRight")
    assert picture.get_attribute("src") != before
    assert page.evaluate("now") == place
    page.keyboard.press(" ")
    assert page.evaluate("now") == place + 1
