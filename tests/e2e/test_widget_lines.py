"""The widget and the real server: on bad lines, signed in, framed, with what browsers give."""

import time

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from tests.e2e.conftest import BROWSER_OPTIONS
from tests.e2e.cutting import CutLine

TEXT = "#k-text"
SECRET = "0123456789abcdef0123456789abcdef"
CUSTOMERS = f"customers:\n  jwt_secret: {SECRET}\n"
FRAMING = """<!doctype html><title>店铺</title><script>
window.told = [];
addEventListener("message", (event) => told.push([event.origin, event.data]));
</script><iframe src="{server}/widget/frame" width="400" height="600"></iframe>"""
HAND_OVER = """(box, [kind, event]) => {
  const data = new DataTransfer();
  const canvas = new OffscreenCanvas(4, 4);
  canvas.getContext("2d").fillRect(0, 0, 4, 4);
  return canvas.convertToBlob({type: "image/png"}).then((blob) => {
    data.items.add(new File([blob], "截图.png", {type: "image/png"}));
    const details = {bubbles: true, cancelable: true};
    box.dispatchEvent(kind === "paste"
      ? new ClipboardEvent("paste", {...details, clipboardData: data})
      : new DragEvent(event, {...details, dataTransfer: data}));
  });
}"""
LISTENER = """window.SpeechRecognition = class {
  start() {
    window.spoken = this.lang;
    this.onresult({results: [[{transcript: "我要"}], [{transcript: "退货"}]]});
  }
  stop() { this.onend(); }
};"""


def online(page):
    page.wait_for_selector(".status[data-state=online]")


def say(page, text):
    page.fill(TEXT, text)
    page.click(".send")


def answered(page, count):
    page.locator(".log .row-them", has_text="我们全天营业。").nth(count - 1).wait_for()


@pytest.fixture
def line(kefu):
    line = CutLine(kefu.port)
    yield line
    line.close()


def test_a_cut_socket_loses_and_doubles_nothing(visit, line):
    page = visit(line)
    online(page)
    for number in range(1, 4):
        say(page, "营业时间")
        line.cut()
        answered(page, number)
    page.reload()
    answered(page, 3)
    said = page.locator(".log .bubble").all_inner_texts()
    assert said == ["营业时间", "我们全天营业。"] * 3


def test_a_socket_that_nothing_comes_through_is_given_up(visit, line):
    page = visit(line)
    online(page)
    line.swallow()
    say(page, "营业时间")
    page.evaluate("dispatchEvent(new Event('online'))")  # as when a phone changes networks
    page.locator(".log .row-them", has_text="我们全天营业。").wait_for(timeout=30_000)
    assert page.locator(".log .bubble").all_inner_texts() == ["营业时间", "我们全天营业。"]


def test_what_is_older_comes_when_one_scrolls_up(visit, kefu):
    page = visit(viewport={"width": 600, "height": 500})
    online(page)
    say(page, "营业时间")
    answered(page, 1)
    token = page.evaluate("localStorage.getItem('kefu.token')")
    path = f"/conversations/web-{token.split('.')[1]}/tracker/events"
    events = [{"event": "bot", "text": f"第 {number} 条"} for number in range(260)]
    page.evaluate("localStorage.setItem('kefu.read', '0')")
    page.goto("about:blank")
    kefu.api("POST", path, events)
    page.goto(f"{kefu.url}/")
    page.get_by_text("第 259 条", exact=True).wait_for()
    scroll = page.locator(".scroll")
    deadline = time.monotonic() + 30
    while page.locator(".row-mine").count() == 0 and time.monotonic() < deadline:
        scroll.evaluate("box => { box.scrollTop = 0; box.dispatchEvent(new Event('scroll')) }")
        page.wait_for_timeout(50)
    shown = page.locator(".row-them .bubble").all_inner_texts()
    assert shown == ["我们全天营业。", *(f"第 {number} 条" for number in range(260))]


@pytest.fixture
def shop(mortal_kefu):
    """A server that knows the shop's customers by their tokens."""
    mortal_kefu.stop()
    mortal_kefu.folder.joinpath("endpoints.yml").write_text(CUSTOMERS, "utf-8")
    mortal_kefu.start()
    return mortal_kefu


def test_a_customer_who_signs_in_has_one_conversation_everywhere(visit, shop):
    claims = {"sub": "u-7", "exp": int(time.time()) + 600, "name": "小林"}
    token = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET))
    first = visit(shop)
    online(first)
    say(first, "营业时间")
    answered(first, 1)
    first.evaluate("token => Kefu.setUser(token)", token)
    second = visit(shop)
    online(second)
    second.evaluate("token => Kefu.setUser(token)", token)
    answered(second, 1)
    say(second, "你好")
    first.locator(".row-them", has_text="您好！想问点什么？").wait_for()
    second.evaluate("Kefu.setUser(null)")
    second.locator(".empty").wait_for()
    assert second.locator(".log .bubble").count() == 0


def test_a_frame_tells_its_page_and_is_called_by_it(visit, kefu, site):
    pages, address = site
    pages["page"] = FRAMING.format(server=kefu.url)
    page = visit(path="/readyz")
    page.goto(address)
    page.wait_for_function("() => told.some(([, data]) => data.event === 'ready')")
    frame = page.frames[1]
    frame.wait_for_selector(".status[data-state=online]")
    call = {"source": "kefu", "call": "setLocale", "args": ["en"]}
    page.evaluate("([call, to]) => frames[0].postMessage(call, to)", [call, kefu.url])
    frame.get_by_role("heading", name="Customer service").wait_for()
    frame.fill(TEXT, "营业时间")
    frame.click(".send")
    page.wait_for_function(
        "told.some(([, {event, detail}]) => event === 'message' && detail.from === 'bot')"
    )
    assert {origin for origin, _ in page.evaluate("told")} == {kefu.url}


def test_a_pasted_and_a_dropped_picture_are_sent(visit):
    page = visit()
    online(page)
    page.locator(TEXT).evaluate(HAND_OVER, ["paste", ""])
    pictures = page.locator(".row-mine img[src*='/attachments/']")
    pictures.first.wait_for()
    page.locator(".panel").evaluate(HAND_OVER, ["drop", "dragover"])
    page.wait_for_selector(".dropping")
    page.locator(".panel").evaluate(HAND_OVER, ["drop", "drop"])
    pictures.nth(1).wait_for()
    assert page.locator(".dropping").count() == 0


def test_a_voice_note_is_recorded_and_sent(visit, whole_browser):
    assert "--use-fake-device-for-media-stream" in BROWSER_OPTIONS
    page = visit(within=whole_browser, permissions=["microphone"])
    online(page)
    page.get_by_role("button", name="语音消息").click()
    page.get_by_role("timer").get_by_text("0:01").wait_for()
    page.get_by_role("button", name="发送语音").click()
    page.locator(".row-mine:is([data-state=delivered], [data-state=read]) .voice").wait_for()
    source = page.locator(".voice audio").get_attribute("src")
    assert page.request.get(source).headers["content-type"].startswith("audio/")
    assert page.locator(TEXT).is_visible()


def test_a_voice_note_that_is_cancelled_is_not_sent(visit, whole_browser):
    page = visit(within=whole_browser, permissions=["microphone"])
    online(page)
    page.get_by_role("button", name="语音消息").click()
    page.get_by_role("timer").get_by_text("0:01").wait_for()
    page.get_by_role("button", name="取消").click()
    page.locator(TEXT).wait_for()
    assert page.locator(".row-mine").count() == 0


def test_what_is_spoken_is_written(visit):
    page = visit(before=lambda context: context.add_init_script(LISTENER))
    online(page)
    page.fill(TEXT, "你好，")
    button = page.get_by_role("button", name="语音输入")
    button.click()
    page.wait_for_selector(".tool-dictate[aria-pressed=true]")
    assert page.input_value(TEXT) == "你好，我要退货"
    assert page.evaluate("spoken") == "zh-CN"
    button.click()
    page.wait_for_selector(".tool-dictate[aria-pressed=false]")
