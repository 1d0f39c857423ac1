"""The report in a browser: sorting, searching, small screens, paper; no error, no request, nothing foreign runs.

Needs Chromium (Debian: ``apt-get install chromium``) and playwright (of the extra ``test``) to drive it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reported import HOSTILE, hostile, plain_page, report
from ttjroofit.show.report.page import report_page

api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

ROWS = "Array.from(document.querySelectorAll('#table-nuisances tbody tr'))"
NUMBERS = f"column => {ROWS}.map(row => Number(row.cells[column].dataset.key))"
NAMES = f"{ROWS}.filter(row => !row.hidden).map(row => row.cells[0].textContent)"


class Watched:
    """A page with what went wrong in it."""

    def __init__(self, page: Any, path: Path) -> None:
        self.page = page
        self.wrong: list[str] = []
        page.on("console", lambda message: self.wrong.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        page.on("dialog", lambda dialog: self.wrong.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: self._note(request.url, path.as_uri()))
        page.goto(path.as_uri(), wait_until="load")

    def _note(self, url: str, own: str) -> None:
        if url != own and not url.startswith("data:"):
            self.wrong.append(f"request: {url}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM)
        yield chromium
        chromium.close()


@pytest.fixture(params=[False])
def watched(
    browser: Any, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Watched]:
    """The report, with its figures where a test asks for them: they take a second to load."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(plain_page() if request.param else report_page(report(), figures=False), encoding="utf-8")
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    seen = Watched(page, path)
    yield seen
    assert seen.wrong == []
    page.close()


def test_click_on_a_header_sorts_up_and_then_down(watched: Watched) -> None:
    page = watched.page
    before = page.evaluate(NUMBERS, 6)
    header = page.locator("#table-nuisances thead th").nth(6)
    assert header.get_attribute("aria-sort") is None
    header.locator("button").click()
    rising = page.evaluate(NUMBERS, 6)
    assert rising == sorted(before)
    assert rising != before
    assert header.get_attribute("aria-sort") == "ascending"
    header.locator("button").click()
    assert page.evaluate(NUMBERS, 6) == sorted(before, reverse=True)
    assert header.get_attribute("aria-sort") == "descending"


def test_keys_of_the_keyboard_sort_names(watched: Watched) -> None:
    page = watched.page
    page.locator("#table-nuisances thead button").first.focus()
    page.keyboard.press("Enter")
    names = page.evaluate(NAMES)
    assert names == sorted(names, key=lambda name: [part.lower() for part in _parts(name)])
    assert page.locator("#table-nuisances [aria-sort]").count() == 1


def _parts(name: str) -> list[str]:
    """Digits of equal width: the browser compares them as numbers, and punctuation before them."""
    return ["".join(f"{part:>9}" if part.isdigit() else part for part in _runs(name))]


def _runs(name: str) -> list[str]:
    runs = [""]
    for character in name:
        if runs[-1] and runs[-1][-1].isdigit() != character.isdigit():
            runs.append("")
        runs[-1] += character
    return runs


def test_search_keeps_rows_with_every_word(watched: Watched) -> None:
    page = watched.page
    everything = page.evaluate(NAMES)
    page.locator("label[for=search-nuisances]").click()
    page.keyboard.type("SCALE_J ATLAS_8TeV")
    left = page.evaluate(NAMES)
    assert left == [name for name in everything if "scale_j" in name and "ATLAS_8TeV" in name]
    assert 0 < len(left) < len(everything)
    assert page.locator("#count-nuisances").inner_text() == f"{len(left)} of {len(everything)} rows"
    page.locator("#search-nuisances").fill("")
    assert page.evaluate(NAMES) == everything


def test_sorting_keeps_what_was_searched(watched: Watched) -> None:
    page = watched.page
    page.locator("#search-nuisances").type("radiation")
    left = page.evaluate(NAMES)
    page.locator("#table-nuisances thead button").nth(4).click()
    assert sorted(page.evaluate(NAMES)) == sorted(left)


@pytest.mark.parametrize("watched", [True], indirect=True)
def test_all_images_can_be_drawn(watched: Watched) -> None:
    widths = watched.page.evaluate(
        "Promise.all(Array.from(document.images, image => image.decode().then(() => image.naturalWidth)))"
    )
    assert len(widths) > 15
    assert min(widths) > 100


@pytest.mark.parametrize("watched", [True], indirect=True)
@pytest.mark.parametrize("width", [360, 768])
def test_page_is_no_wider_than_a_small_screen(watched: Watched, width: int) -> None:
    watched.page.set_viewport_size({"width": width, "height": 800})
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= width


def test_paper_has_all_rows_and_no_controls(watched: Watched) -> None:
    page = watched.page
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert not page.locator("#search-nuisances").is_visible()
    clipping = "Array.from(document.querySelectorAll('.scroll'), box => getComputedStyle(box).overflowY)"
    assert set(page.evaluate(clipping)) == {"visible"}


def test_nothing_of_a_hostile_report_runs(browser: Any, tmp_path: Path) -> None:
    written = tmp_path / "hostile.html"
    written.write_text(report_page(hostile(replace(report(), scenarios=[])), figures=False), encoding="utf-8")
    page = browser.new_page()
    seen = Watched(page, written)
    state = "[document.scripts.length, document.images.length, typeof window.hacked]"
    assert page.evaluate(state) == [1, 0, "undefined"]
    page.locator("#table-nuisances thead button").first.click()
    page.locator("#search-nuisances").fill("<script>window")
    assert HOSTILE in page.locator("#table-nuisances tbody th").first.inner_text()
    assert page.evaluate("document.scripts.length") == 1
    assert seen.wrong == []
    page.close()


def test_browser_refuses_a_script_that_is_not_ours(browser: Any, tmp_path: Path) -> None:
    """The policy in the head is the second lock behind the escapes."""
    written = tmp_path / "foreign.html"
    page_text = report_page(report(), figures=False)
    written.write_text(page_text.replace("<main>", "<main><script>window.hacked = 1</script>"), encoding="utf-8")
    page = browser.new_page()
    seen = Watched(page, written)
    assert page.evaluate("typeof window.hacked") == "undefined"
    assert any("Content Security Policy" in wrong for wrong in seen.wrong)
    page.close()
