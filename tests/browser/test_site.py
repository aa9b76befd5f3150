"""The site, built from the committed notebooks and opened from disk without a network."""

import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe

import nst_helpers

ROOT = Path(__file__).resolve().parents[2]
LESSONS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
WITH_FORMULAS = "notebooks/02_content_reconstruction.html"
OTHERS = ("index", "reference", "TEACHING", "docs/glossary", "docs/faq", "benchmarks/README")
MOST_BYTES = 3e6  # of a page with all it shows
PHONE = {"width": 390, "height": 844}

pytestmark = pytest.mark.browser

SHOW_ALL = """async () => {
    const pictures = [...document.querySelectorAll('main img, article img')];
    for (const picture of pictures) { picture.loading = 'eager'; }
    await Promise.all(pictures.map(picture => picture.decode()));
    return pictures.map(picture => [picture.src, picture.naturalWidth, picture.alt]);
}"""
LINKS = "[...document.querySelectorAll('a[href]')].map(link => link.href)"
WIDTHS = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """Where the site is, and the status that `make site` ends with."""
    place = tmp_path_factory.mktemp("website") / "site"
    done = subprocess.run([sys.executable, "-m", "tools.website", place], cwd=ROOT)
    return place, done.returncode


@pytest.fixture
def site(built) -> Path:
    return built[0]


def test_sphinx_warns_of_nothing(built):
    assert built[1] == 0


def file(url: str) -> Path:
    return Path(unquote(urlsplit(url).path))


@pytest.mark.parametrize("name", [*OTHERS, *(f"notebooks/{name}" for name in LESSONS)])
def test_a_page_is_whole_light_and_alone(name, site, page):
    page.goto((site / f"{name}.html").as_uri())
    for source, width, alt in page.evaluate(SHOW_ALL):
        assert width > 0, source
        assert len(alt) > 10, source
    assert not [url for url in page.asked if not url.startswith(("file:", "data:"))]
    assert sum(file(u).stat().st_size for u in page.asked if u.startswith("file:")) < MOST_BYTES
    inside = [url for url in page.evaluate(LINKS) if url.startswith("file:")]
    assert [url for url in inside if not file(url).exists()] == []
    assert not [text for text in page.locator("article p").all_inner_texts() if "$" in text]
    page.set_viewport_size(PHONE)
    wide, window = page.evaluate(WIDTHS)
    assert wide <= window, "it needs no scrolling sideways on a phone"
    assert page.complaints == []


def test_the_home_page_leads_to_every_lesson_and_every_painting(site, page, screenshots):
    page.goto((site / "index.html").as_uri())
    page.evaluate(SHOW_ALL)
    page.screenshot(path=screenshots / "site_home.png", full_page=True)
    links = {file(url) for url in page.evaluate(LINKS)}
    assert {site / "notebooks" / f"{name}.html" for name in LESSONS} <= links
    paintings = set((site / "images" / "results").glob("*.jpg"))
    paintings.remove(site / "images" / "results" / "strip.jpg")
    assert len(paintings) >= 12
    assert paintings <= links
    page.locator(".gallery a").first.click()
    page.wait_for_url("**/images/results/*.jpg")


def test_formulas_are_drawn_without_a_script(site, page):
    page.goto((site / WITH_FORMULAS).as_uri())
    heights = "[...document.querySelectorAll('math')].map(m => m.getBoundingClientRect().height)"
    drawn = page.evaluate(heights)
    assert len(drawn) > 10
    assert min(drawn) > 5


def test_search_finds_a_lesson_without_a_network(site, page):
    page.goto((site / "index.html").as_uri())
    page.locator("input[name=q]").first.fill("receptive field")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results li a")
    found = page.locator("#search-results li a").evaluate_all("all => all.map(a => a.href)")
    assert any("01_cnn_basics" in url for url in found)
    assert page.complaints == []


def test_the_reference_has_every_function_and_class_that_a_reader_uses(site, page):
    page.goto((site / "reference.html").as_uri())
    shown = set(page.locator("dt.sig .sig-name").all_inner_texts())
    public = {name for name, value in vars(nst_helpers).items() if hasattr(value, "__qualname__")}
    assert {name for name in public if not name.startswith("_")} <= shown


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index.html", WITH_FORMULAS])
def test_axe_finds_no_serious_fault(name, theme, site, page, screenshots):
    page.emulate_media(color_scheme=theme)
    page.goto((site / name).as_uri())
    page.screenshot(path=screenshots / f"site_{Path(name).stem}_{theme}.png")
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    levels = [int(level) for level in colour.strip("rgba()").split(",")[:3]]
    assert (sum(levels) > 600) == (theme == "light")
    found = Axe().run(page).response["violations"]
    serious = [fault for fault in found if fault["impact"] in ("serious", "critical")]
    told = [f"{fault['id']}: {node['html']}" for fault in serious for node in fault["nodes"]]
    assert told == [], "\n".join(told)


def test_a_lessons_sliders_and_quiz_answer_without_a_kernel(site, page):
    page.goto((site / WITH_FORMULAS).as_uri())
    sliders = page.locator(".nst-sliders").first
    before = sliders.locator("img").get_attribute("src")
    sliders.locator("input").first.press("ArrowRight")
    assert sliders.locator("img").get_attribute("src") != before
    question = page.locator("fieldset").first
    question.locator("input").first.check()
    assert question.locator("output").inner_text()[0] in "✓✗"
    assert page.locator("fieldset").count() == 10
    assert page.complaints == []
