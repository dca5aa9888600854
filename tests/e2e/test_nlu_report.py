"""The report of ``kefu test nlu``, opened from the disk in a browser that has no network."""

import pytest

from kefu.evaluation.page.content import About, page_content
from kefu.evaluation.page.writing import write_page
from kefu.evaluation.understanding import LabelResult, UnderstandingResults
from kefu.nlu.explanation import Contribution

EVIL = "<script>window.ran = true</script><img src=x onerror='window.ran = true'>"
LABELS = [f"intent_{number:03}" for number in range(150)]
REASON = Contribution("characters", "退", 0.4)


def an_answer(target, prediction, confidence, text, reasons=()):
    return LabelResult(
        text=text,
        target=target,
        prediction=prediction,
        confidence=confidence,
        ranking=tuple({target: 0.01, prediction: confidence}.items()),
        place="data/nlu.yml:12:7",
        reasons=reasons,
    )


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """A report on 150 intents, two of which are confused."""
    answers = [an_answer(name, name, 0.9, f"right of {name}") for name in LABELS]
    answers += [
        an_answer("intent_001", "intent_002", 0.97, EVIL),
        an_answer("intent_001", "intent_002", 0.4, "能退吗", (REASON,)),
    ]
    path = tmp_path_factory.mktemp("report") / "nlu_report.html"
    content = page_content(UnderstandingResults(intents=answers), About(mode="folds", folds=5))
    write_page(path, content, language="zh")
    return path


@pytest.fixture
def page(browser, report):
    """The report as it was opened; nothing may go wrong in it, and nothing be asked for."""
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.set_default_timeout(15_000)
    wrong, asked = [], []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(report.as_uri())
    yield page
    assert page.evaluate("window.ran") is None
    context.close()
    assert wrong == []
    assert [url for url in asked if url not in (report.as_uri(), "data:,")] == []


def test_a_cell_leads_to_its_examples_and_to_what_misled_the_model(page):
    cells = page.locator(".matrix td button")
    assert page.locator(".matrix tbody tr").count() == 1
    cells.filter(has_text="2").click()
    drawer = page.get_by_role("dialog")
    assert drawer.get_by_role("heading").inner_text() == "intent_001，被当成 intent_002"
    texts = drawer.locator("li .text").all_inner_texts()
    assert texts == [EVIL, "能退吗"]
    assert drawer.locator("mark").all_inner_texts() == ["退"]
    assert "data/nlu.yml:12" in drawer.locator("li").last.inner_text()
    page.keyboard.press("Escape")
    assert not drawer.is_visible()


def test_all_intents_are_shown_when_asked_for(page):
    page.get_by_label("只看有错的行列").uncheck()
    assert page.locator(".matrix tbody tr").count() == 150
    page.get_by_label("查找标签").fill("_149")
    assert page.locator(".matrix tbody th").all_inner_texts() == ["intent_149"]


def test_tables_are_sorted_by_their_headings(page):
    table = page.locator(".labels table")
    table.get_by_role("button", name="召回率").click()
    assert table.locator("th[aria-sort=descending]").count() == 1
    table.get_by_role("button", name="召回率").click()
    assert table.locator("tbody td.left").first.inner_text() == "intent_001"
    table.locator("tbody button").first.click()
    assert page.get_by_role("dialog").locator("li").count() == 2


def test_what_is_probably_mislabelled_is_listed_with_its_place(page):
    rows = page.locator(".suspects tbody tr")
    assert rows.count() == 1
    assert "intent_002 97%" in rows.first.inner_text()
    assert "data/nlu.yml:12" in rows.first.inner_text()


def test_the_language_can_be_changed(page):
    page.get_by_role("combobox").select_option("en")
    assert page.get_by_role("heading", level=1).inner_text() == "Report on understanding"
    assert page.title() == "Report on understanding"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_light_or_dark_as_the_system_is(page, scheme):
    page.emulate_media(color_scheme=scheme)
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    brightness = sum(int(part) for part in paper[4:-1].split(","))
    assert (brightness > 600) == (scheme == "light")


def test_it_fits_a_phone(page):
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_sentiments_have_a_section_of_their_own(browser, tmp_path):
    feelings = [
        an_answer(
            "neutral", "negative", 0.8, "怎么还没到", (Contribution("characters", "还没", 0.4),)
        ),
        an_answer("negative", "negative", 0.9, "太差了"),
    ]
    path = tmp_path / "nlu_report.html"
    results = UnderstandingResults(sentiments=feelings)
    write_page(path, page_content(results, About(mode="folds", folds=5)), language="zh")
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(path.as_uri())
    assert page.locator("nav a").all_inner_texts() == ["情绪"]
    assert page.get_by_role("heading", level=2).all_inner_texts() == ["情绪"]
    page.get_by_role("button", name="neutral → negative: 1").click()
    assert page.get_by_role("dialog").locator("mark").all_inner_texts() == ["还没"]
    context.close()
