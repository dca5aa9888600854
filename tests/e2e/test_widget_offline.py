"""Without a network: the page is there, published answers, too; nothing is lost or doubled."""

import pytest

from tests.e2e.stage import PNG

expect = pytest.importorskip("playwright.sync_api").expect

TEXT = "#k-text"
NONE_KEPT = "() => !Object.keys(localStorage).some((key) => key.includes('.file.'))"
KEPT = "() => caches.match('{address}', {{ignoreVary: true}}).then(Boolean)"


@pytest.fixture
def kefu(mortal_kefu):
    return mortal_kefu


def kept(page, server, *more):
    """Wait until the browser has what it needs for a reload without a network."""
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    for path in ("/", "/widget/", "/widget.js", "/widget/more.js", *more):
        page.wait_for_function(KEPT.format(address=server.url + path))


def lose_network(page, server):
    server.kill()
    page.context.set_offline(True)


def find_network(page, server):
    server.start()
    page.context.set_offline(False)


def say(page, text):
    page.fill(TEXT, text)
    page.click(".send")


@pytest.mark.parametrize(
    ("path", "locale", "spoken", "title"),
    [("/", "zh-CN", "zh-Hans", "在线客服"), ("/widget/", "en-GB", "en", "Customer service")],
)
def test_the_page_its_words_and_the_published_answers_survive_a_reload(
    visit, kefu, path, locale, spoken, title
):
    page = visit(path=path, locale=locale)
    page.get_by_role("button", name="怎么退货").wait_for()
    kept(page, kefu, "/widget/en.js", f"/webhooks/web/faq?locale={spoken}")
    page.context.new_cdp_session(page).send("Network.clearBrowserCache")
    lose_network(page, kefu)
    page.reload()
    page.wait_for_selector(".status[data-state=offline]")
    expect(page.locator("h1")).to_have_text(title)
    say(page, "怎么才能退货")
    expect(page.get_by_text("七天内可以退货")).to_be_visible()
    page.locator(".banner .text-button").click()
    expect(page.get_by_role("dialog").get_by_text("可以开发票吗")).to_be_visible()


def test_what_was_typed_before_a_reload_without_network_is_sent_once(visit, kefu):
    page = visit()
    page.wait_for_selector(".status[data-state=online]")
    kept(page, kefu)
    lose_network(page, kefu)
    say(page, "营业时间")
    page.wait_for_selector(".row-mine[data-state=waiting]")
    page.reload()
    page.wait_for_selector(".row-mine[data-state=waiting]")
    find_network(page, kefu)
    page.locator(".row-them", has_text="我们全天营业。").wait_for()
    page.reload()
    page.locator(".row-them", has_text="我们全天营业。").wait_for()
    assert page.locator(".log .bubble").all_inner_texts() == ["营业时间", "我们全天营业。"]


def test_a_file_chosen_before_a_reload_without_network_is_sent_once(visit, kefu):
    page = visit()
    page.wait_for_selector(".status[data-state=online]")
    kept(page, kefu)
    lose_network(page, kefu)
    picture = {"name": "照片.png", "mimeType": "image/png", "buffer": PNG}
    page.set_input_files(".pick-image", files=[picture])
    page.wait_for_selector(".row-mine[data-state=waiting] img")
    page.reload()
    page.wait_for_selector(".row-mine[data-state=waiting] img")
    second = page.context.new_page()
    second.goto(page.url)
    second.wait_for_selector(".row-mine[data-state=waiting] img")
    find_network(page, kefu)
    for tab in (page, second):
        tab.wait_for_selector(".row-mine img[src*='/attachments/']")
    page.wait_for_function(NONE_KEPT)
    page.reload()
    page.wait_for_selector(".row-mine img[src*='/attachments/']")
    assert page.locator(".row-mine").count() == 1


def test_a_page_that_embeds_the_script_is_left_alone(visit, kefu):
    """The worker's scope holds the whole server; it answers for the chat page and nothing else."""
    page = visit()
    kept(page, kefu)
    page.goto(f"{kefu.url}/readyz")
    lose_network(page, kefu)
    failed = page.evaluate("fetch('/readyz').then(() => false, () => true)")
    assert failed
    assert page.evaluate("caches.match('/readyz').then((found) => found === undefined)")
