"""Answers the bot is not sure of: one key each to send, to change, to throw away."""


def wait_for_review(lin, question):
    lin.look("审核")
    lin.page.locator(".queue .one", has_text=question).click()
    lin.page.locator(".card-pane .question", has_text=question).wait_for()


def test_one_key_approves(agent, customer):
    lin, chat = agent(), customer()
    chat.say("怎么退货呢")
    wait_for_review(lin, "怎么退货呢")
    lin.sees("签收后七天内可以退货。", ".draft")
    assert chat.page.locator(".log .row-them .bubble").count() == 0
    lin.page.keyboard.press("a")
    chat.hears("签收后七天内可以退货。")


def test_one_key_edits_and_ctrl_enter_sends(agent, customer, office):
    lin, chat = agent(), customer()
    chat.say("发票怎么开呢")
    wait_for_review(lin, "发票怎么开呢")
    lin.page.keyboard.press("e")
    field = lin.page.get_by_role("textbox", name="修改")
    lin.has_written("可以开发票，请在订单详情里申请。", "修改")
    field.fill("电子发票在订单详情里申请。")
    field.press("Control+Enter")
    chat.hears("电子发票在订单详情里申请。")
    assert chat.page.get_by_text("可以开发票，请").count() == 0
    (decided,) = [
        item for item in office.thread(chat.conversation_id) if item.get("step") == "review_decided"
    ]
    assert decided["data"]["decision"] == "edit"


def test_one_key_discards_and_a_human_takes_over(agent, customer):
    lin, chat = agent(), customer()
    chat.say("可以退货吗？我穿过了")
    wait_for_review(lin, "我穿过了")
    lin.page.keyboard.press("d")
    chat.is_in("withAgent")
    assert chat.page.get_by_text("签收后七天").count() == 0
    lin.look("我的")
    lin.open(chat.conversation_id)
    lin.reply("穿过的不能退，可以换。")
    chat.hears("穿过的不能退")


def test_colleagues_see_who_looks_at_a_draft(agent, customer):
    lin, he = agent("林小雨"), agent("何明")
    chat = customer()
    chat.say("怎么退货呀")
    wait_for_review(lin, "怎么退货呀")
    he.look("审核")
    he.sees("林小雨 正在看", ".queue .one")
    wait_for_review(he, "怎么退货呀")
    he.sees("林小雨 正在看", ".card-pane [role=status]")
    assert lin.page.get_by_text("正在看").count() == 0


def test_nobody_looks_at_a_draft_that_opened_by_itself(agent, customer):
    lin, he = agent("林小雨"), agent("何明")
    chat = customer()
    chat.say("怎么退货哦")
    he.look("审核")
    he.page.locator(".card-pane .question", has_text="怎么退货哦").wait_for()
    wait_for_review(lin, "怎么退货哦")
    # Only who says so first looks at it: that he did not lets her.
    he.sees("林小雨 正在看", ".card-pane [role=status]")
    assert lin.page.get_by_text("正在看").count() == 0


def test_who_is_late_is_told_and_loses_nothing(agent, customer):
    lin, he = agent("林小雨"), agent("何明")
    chat = customer()
    chat.say("怎么退货啊")
    for who in (lin, he):
        wait_for_review(who, "怎么退货啊")
    he.page.keyboard.press("e")
    he.page.get_by_role("textbox", name="修改").fill("我写了很久的回答")
    lin.page.keyboard.press("a")
    chat.hears("签收后七天内可以退货。")
    he.page.get_by_role("alert").get_by_text("林小雨").wait_for()
    he.has_written("我写了很久的回答", "修改")
    assert chat.page.get_by_text("我写了很久").count() == 0
