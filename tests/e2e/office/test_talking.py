"""Two agents and two customers at once: who gets whom, and what is said to and fro."""

from playwright.sync_api import expect

from tests.e2e.office.people import NOTE


def test_each_customer_gets_an_agent_and_both_talk(agent, customer):
    one, two = agent("林小雨"), agent("何明")
    first, second = customer(), customer()
    names = [first.asks_for_human(), second.asks_for_human()]
    takers = {}
    for who in (one, two):
        who.page.locator(".list-row").wait_for()
        takers[who.page.locator("[data-conversation]").get_attribute("data-conversation")] = who
    assert sorted(takers) == sorted(names)
    for chat, name in zip((first, second), names, strict=True):
        taker = takers[name]
        taker.open(name)
        taker.sees("客户要求转人工", ".panel")
        taker.sees("“转人工”", ".panel")
        taker.reply(f"您好，{name}，我是{taker.name}")
        chat.hears(f"您好，{name}，我是{taker.name}")
        chat.is_in("withAgent")
        chat.say(f"谢谢 {name}")
        taker.hears(f"谢谢 {name}")
    for chat, other in ((first, names[1]), (second, names[0])):
        assert chat.page.get_by_text(other).count() == 0


def test_both_see_the_other_type_and_what_was_read(agent, customer):
    lin, chat = agent(), customer()
    name = chat.asks_for_human()
    lin.open(name)
    chat.page.locator("#k-text").press_sequentially("我还想问")
    lin.page.locator(".typing .preview", has_text="我还想问").wait_for()
    chat.say("我还想问一下")
    lin.hears("我还想问一下")
    expect(lin.page.locator(".typing .row-line")).to_have_count(0)
    lin.field().press_sequentially("请讲")
    chat.page.locator(".typing").wait_for()
    lin.field().press("Enter")
    chat.hears("请讲")
    expect(chat.page.locator(".typing")).to_have_count(0)
    expect(lin.message("agent", "请讲").locator("svg.tick.read")).to_be_visible()
    mine = chat.page.locator(".row-mine", has_text="我还想问一下")
    expect(mine).to_have_attribute("data-state", "read")


def test_what_comes_meanwhile_is_unread_and_told(agent, customer):
    lin, first, second = agent(), customer(), customer()
    one, two = first.asks_for_human(), second.asks_for_human()
    lin.row(one).wait_for()
    lin.toast("新会话").wait_for()
    lin.open(two)
    lin.leave_the_list()
    expect(lin.row(two).locator(".badge")).to_have_count(0)
    expect(lin.row(one).locator(".badge")).to_have_text("1")
    first.say("在吗？")
    expect(lin.row(one).locator(".badge")).to_have_text("2")
    lin.page.locator(".tabs .dot").wait_for()
    lin.open(one)
    lin.page.locator(".unread-line").wait_for()
    expect(lin.row(one).locator(".badge")).to_have_count(0)
    expect(lin.page.locator(".tabs .dot")).to_have_count(0)


def test_a_private_note_stays_among_colleagues(agent, customer, office):
    lin, lead = agent(), agent("陈班长", "supervisor", max_sessions=0)
    chat = customer()
    name = chat.asks_for_human()
    lin.open(name)
    lin.note("这位客户上周也来过 @陈班长 看一下")
    lead.toast("提到了你").get_by_role("button", name="打开").click()
    lead.message("private", "上周也来过").wait_for()
    lin.page.locator(".modes").get_by_role("button", name="回复").click()
    lin.reply("马上为您查")
    chat.hears("马上为您查")
    chat.page.reload()
    chat.hears("马上为您查")
    assert chat.page.get_by_text("上周也来过").count() == 0
    kinds = [item["kind"] for item in office.thread(name)]
    assert kinds.count("private") == 1


def test_a_script_for_a_name_or_a_message_does_nothing(agent, customer):
    lin, chat = agent('<img src=x onerror="window.hacked=1">'), customer()
    name = chat.asks_for_human()
    attack = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
    lin.open(name)
    chat.say(attack)
    lin.hears(attack)
    lin.reply(attack)
    chat.hears(attack)
    lin.note(attack)
    lin.field(NOTE).fill("x")
    for page in (lin.page, chat.page):
        assert page.evaluate("window.hacked") is None
        assert page.locator("img[src=x]").count() == 0
