"""Pictures and voice notes, in both directions, under the pages' security policies."""

PASTED = """element => {
 const canvas = new OffscreenCanvas(40, 30);
 canvas.getContext("2d").fillRect(0, 0, 40, 30);
 return canvas.convertToBlob({type: "image/png"}).then(blob => {
  const data = new DataTransfer();
  data.items.add(new File([blob], "截图.png", {type: "image/png"}));
  const options = {clipboardData: data, bubbles: true, cancelable: true};
  element.dispatchEvent(new ClipboardEvent("paste", options));
 });
}"""
IS_DRAWN = "image => image.decode().then(() => image.naturalWidth)"


def drawn(pictures):
    """Return how wide a picture is, once it is drawn."""
    pictures.last.wait_for()
    return pictures.last.evaluate(IS_DRAWN)


def test_a_pasted_picture_reaches_the_customer_and_one_of_theirs_the_agent(agent, customer):
    lin, chat = agent(), customer()
    lin.open(chat.asks_for_human())
    lin.field().evaluate(PASTED)
    lin.page.locator(".files").get_by_text("截图.png").wait_for()
    lin.page.get_by_role("button", name="发送", exact=True).click()
    assert drawn(lin.page.locator(".message.agent .picture img")) == 40
    assert drawn(chat.page.locator(".row-them img[src*='/attachments/']")) == 40
    chat.page.locator("#k-text").evaluate(PASTED)
    assert drawn(chat.page.locator(".row-mine img[src*='/attachments/']")) == 40
    assert drawn(lin.page.locator(".message.customer .picture img")) == 40


def test_what_is_printed_shows_pictures_under_its_policy(agent, customer):
    lead, chat = agent("陈班长", "supervisor"), customer()
    lead.open(chat.asks_for_human())
    chat.page.locator("#k-text").evaluate(PASTED)
    assert drawn(lead.page.locator(".message.customer .picture img")) == 40
    with lead.page.context.expect_page() as opened:
        lead.choose("打印")
    assert drawn(opened.value.locator("article.customer img")) == 40


def test_a_voice_note_of_a_customer_is_heard_at_the_desk(agent, people, whole_browser):
    lin, chat = agent(), people.customer(within=whole_browser, permissions=["microphone"])
    lin.open(chat.asks_for_human())
    chat.page.get_by_role("button", name="语音消息").click()
    chat.page.get_by_role("timer").get_by_text("0:01").wait_for()
    chat.page.get_by_role("button", name="发送语音").click()
    voice = lin.page.locator(".message.customer .voice")
    voice.get_by_role("button").first.click()
    voice.locator("audio").evaluate(
        "audio => audio.currentTime > 0 || new Promise(done => audio.ontimeupdate = done)"
    )
    assert voice.locator("audio").evaluate("audio => audio.error") is None
