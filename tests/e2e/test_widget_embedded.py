"""The script tag in a page of another site: nothing leaks in or out, and all of it works there."""

import base64

import pytest

from tests.e2e.stage import PNG, Stage

PAGE = """<!doctype html><html lang="zh-CN"><head>
<meta name="viewport" content="width=device-width"><title>店铺</title><style>
* {{ color: red; font-size: 40px; letter-spacing: 9px; box-sizing: content-box; }}
div {{ background: yellow !important; transform: rotate(3deg); }}
button, textarea {{ display: none; }}
html {{ font-size: 30px; --kefu-accent: #7b3fe4; }}
</style></head><body><main><h1>店铺</h1><p id="said">说明</p></main>
<script>
window.seen = [];
addEventListener("keydown", (event) => window.seen.push(event.key));
window.Kefu = {{q: []}};
for (const name of ["open", "on", "setAttributes", "track"])
  Kefu[name] = (...args) => {{ Kefu.q.push([name, ...args]); }};
Kefu.on("unread", (count) => {{ window.unread = count; }});
Kefu.setAttributes({{vip: true}});
</script>
<script async src="{server}/widget.js" data-title="小叶茶铺" {more}></script></body></html>"""


@pytest.fixture
def embedded(visit, kefu, site):
    pages, address = site

    def embed(more="", **options):
        stages = []
        pages["page"] = PAGE.format(server=kefu.url, more=more)
        page = visit(path="/readyz", before=lambda c: stages.append(Stage(c)), **options)
        page.goto(address)
        page.wait_for_selector(".launcher")
        return page, stages[0]

    return embed


def test_a_visitor_of_another_site_opens_it_and_talks(embedded):
    page, stage = embedded()
    assert stage.heard == []  # nobody is connected for having looked at a page
    page.click(".launcher")
    page.wait_for_selector(".status[data-state=online]")
    assert page.get_by_role("dialog", name="小叶茶铺").is_visible()
    page.keyboard.type("你好")
    page.keyboard.press("Enter")
    page.locator(".row-mine .bubble", has_text="你好").wait_for()
    assert stage.heard_of("attributes") == [{"type": "attributes", "data": {"vip": True}}]
    page.keyboard.press("Escape")
    page.wait_for_selector(".panel", state="detached")
    stage.say("bot", text="还在吗？")
    page.locator(".badge", has_text="1").wait_for()
    assert page.evaluate("window.unread") == 1


def test_neither_styles_nor_keys_leak(embedded):
    page, _ = embedded()
    page.click(".launcher")
    page.wait_for_selector(".status[data-state=online]")
    style = (
        "element => { const s = getComputedStyle(element);"
        "return [s.color, s.fontSize, s.letterSpacing, s.backgroundColor] }"
    )
    color, size, spacing, _ = page.locator(".who h2").evaluate(style)
    assert (size, spacing) == ("16px", "normal")
    assert color != "rgb(255, 0, 0)"
    assert page.locator(".send").evaluate(style)[3] == "rgb(226, 232, 229)"
    assert page.locator(".launcher").evaluate(style)[3] == "rgb(123, 63, 228)"
    page.keyboard.type("abc")
    assert page.evaluate("window.seen") == []
    assert page.locator("#said").evaluate(style)[0] == "rgb(255, 0, 0)"
    assert page.title() == "店铺"
    kept = page.evaluate("Object.keys(localStorage)")
    assert [key for key in kept if not key.startswith("kefu@http://127.0.0.1:")] == []


def test_it_offers_help_and_can_be_called(embedded):
    page, stage = embedded(
        'data-greeting="需要帮忙吗？" data-greeting-after="0" data-position="left"'
    )
    page.locator(".teaser", has_text="需要帮忙吗").click()
    page.wait_for_selector(".status[data-state=online]")
    page.evaluate("Kefu.track('cart_add', {sku: 'P100'}); Kefu.setLocale('en'); Kefu.close()")
    page.get_by_role("button", name="Open the chat").wait_for()
    page.evaluate("Kefu.toggle(); Kefu.setUser('jwt')")
    page.get_by_role("dialog").wait_for()
    page.wait_for_function("document.querySelector('kefu-widget')")
    assert {"type": "track", "event": "cart_add", "data": {"sku": "P100"}} in stage.heard
    assert {"type": "user", "token": "jwt"} in stage.heard


def test_files_are_stored_and_said(embedded):
    page, stage = embedded()
    page.click(".launcher")
    page.wait_for_selector(".status[data-state=online]")
    page.set_input_files(
        ".pick-image", files=[{"name": "照片.png", "mimeType": "image/png", "buffer": PNG}]
    )
    page.wait_for_selector(".row-mine[data-state=delivered] img")
    assert stage.uploads[0]["x-file-name"] == "%E7%85%A7%E7%89%87.png"
    (said,) = stage.heard_of("message")
    assert said["content"] == {"type": "image", "name": "照片.png", "attachment": "a1"}


FILLS_SCREEN = """() => {
  const panel = document.querySelector("kefu-widget").shadowRoot.querySelector(".panel");
  const {x, y, width, height} = panel.getBoundingClientRect();
  return x === 0 && y === 0 && width === 390 && height === 780;
}"""


def test_what_opens_while_it_closes_does_not_leave_the_page(embedded):
    page, _ = embedded(viewport={"width": 390, "height": 780}, is_mobile=True, has_touch=True)
    page.tap(".launcher")
    page.wait_for_selector(".status[data-state=online]")
    page.wait_for_function("history.state?.kefu === 1")
    page.evaluate("Kefu.close(); setTimeout(() => Kefu.greet('还有什么可以帮您？'), 0)")
    page.locator(".teaser", has_text="还有什么").wait_for()
    page.wait_for_function("!history.state?.kefu")
    assert page.title() == "店铺"


def test_on_a_phone_it_fills_the_screen_and_back_closes_it(embedded):
    phone = {"viewport": {"width": 390, "height": 780}, "is_mobile": True, "has_touch": True}
    page, _ = embedded(**phone, reduced_motion="reduce")
    page.tap(".launcher")
    page.wait_for_selector(".status[data-state=online]")
    page.wait_for_function(FILLS_SCREEN)
    page.wait_for_function("history.state?.kefu === 1")
    page.go_back()
    page.wait_for_selector(".panel", state="detached")
    assert page.title() == "店铺"


def test_two_tabs_show_and_send_the_same_once(embedded):
    first, stage = embedded()
    first.click(".launcher")
    first.wait_for_selector(".status[data-state=online]")
    second = first.context.new_page()
    second.goto(first.url)
    second.click(".launcher")
    second.wait_for_selector(".status[data-state=online]")
    stage.accepts = False
    first.keyboard.type("一")
    first.keyboard.press("Enter")
    second.locator(".row-mine", has_text="一").wait_for()  # it waits in the outbox of both
    said = stage.wait_for(first, "message")
    stage.accepts = True
    stage.accept(said)
    for page in (first, second):
        page.locator(".row-mine[data-state=delivered]").wait_for()
        assert page.locator(".row-mine").count() == 1
    # What is not taken for long is sent again, but only under its own id.
    assert len({frame["id"] for frame in stage.heard_of("message")}) == 1


PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADU"
    "lEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def test_the_server_itself_answers_a_page_of_another_site(visit, kefu, site):
    pages, address = site
    pages["page"] = PAGE.format(server=kefu.url, more="")
    page = visit(path="/readyz")
    page.goto(address)
    page.click(".launcher")
    page.wait_for_selector(".status[data-state=online]")
    page.keyboard.type("物流")
    page.keyboard.press("Enter")
    page.locator(".row-them .bubble", has_text="包裹正在派送。").wait_for()
    picture = {"name": "a.png", "mimeType": "image/png", "buffer": base64.b64decode(PIXEL)}
    page.locator("input[type=file]").first.set_input_files(picture)
    page.wait_for_selector(".row-mine img[src*='/attachments/']")
    assert page.locator(".row-mine").count() == 2
