"""The wecom channel against the simulated platform."""

import asyncio

import pytest

from kefu.clock import ManualClock
from kefu.core.contents import File, Image, Location, Rating
from kefu.core.events import BotUttered
from kefu.core.messages import Reply
from kefu.errors import ChannelError, HeldBack, Refused
from tests.integration.channels.wecom_process import Shared, wecom_process
from tests.simulators.platform_api import Fault
from tests.simulators.posting import until
from tests.simulators.wecom import ASSISTANT, HUMAN, SimulatedWeCom

ADA, BOB = "wm-ada", "wm-bob"
TO_ADA = f"wkAAAA/{ADA}"
ADDRESS = f"wecom-wkAAAA-{ADA}"


@pytest.fixture
async def platform():
    async with SimulatedWeCom(clock=ManualClock()).serving() as wecom:
        yield wecom


@pytest.fixture
def shared(platform):
    return Shared(clock=platform.clock)


@pytest.fixture
async def process(platform, shared):
    async with wecom_process(platform, shared) as running:
        platform.connect(running.url)
        yield running


async def test_the_address_is_checked(platform, process):
    attempt, echo = await platform.callbacks.check_address()
    assert (attempt.status, attempt.body.decode()) == (200, echo)


async def test_a_message_is_pulled_after_its_callback(platform, process, shared):
    posted = await platform.customer_says(ADA, "你好")
    await until(lambda: shared.messages)
    (message,) = shared.messages
    assert posted.was_accepted
    assert (message.conversation_id, message.sender, message.text) == (ADDRESS, TO_ADA, "你好")
    assert message.message_id == platform.logs["wkAAAA"][0].item["msgid"]
    assert message.metadata["wecom"]["sent_at"] == int(platform.clock.now())


async def test_a_callback_is_answered_while_the_platform_is_slow(platform, process, shared):
    platform.gates["pulling"] = asyncio.Event()
    posted = await platform.customer_says(ADA, "你好")
    assert posted.attempts[0].status == 200
    platform.gates["pulling"].set()
    await until(lambda: shared.messages)


async def test_many_callbacks_are_one_pull_at_a_time(platform, process, shared):
    platform.gates["pulling"] = asyncio.Event()
    await asyncio.gather(*(platform.customer_says(f"wm-{n}", str(n)) for n in range(30)))
    platform.gates["pulling"].set()
    await until(lambda: len(shared.messages) == 30)
    assert platform.most_pulls_at_once == 1
    assert len(platform.calls_of("sync_msg")) <= 4


async def test_doubled_and_overlapping_callbacks_change_nothing(platform, process, shared):
    platform.log_message(ADA, "text", {"content": "你好"})
    callback = platform.callbacks.callback("wkAAAA", platform.new_callback_token())
    attempts = await platform.callbacks.poster.post_overlapping(callback, 3)
    await until(lambda: shared.messages)
    assert {attempt.status for attempt in attempts} == {200}
    await platform.customer_says(ADA, "在吗")
    await until(lambda: len(shared.messages) == 2)
    assert shared.texts == ["你好", "在吗"]


async def test_pages_are_read_to_the_end_even_when_empty(platform, process, shared):
    platform.page_size, platform.empty_pages = 2, 3
    for number in range(5):
        platform.log_message(ADA, "text", {"content": str(number)})
    await platform.notify()
    await until(lambda: len(shared.messages) == 5)
    assert shared.texts == ["0", "1", "2", "3", "4"]


async def test_a_lost_callback_is_made_up_for_at_the_next_start(platform, shared):
    platform.log_message(ADA, "text", {"content": "你好"})
    async with wecom_process(platform, shared, open_kfids=["wkAAAA"]):
        await until(lambda: shared.messages)
    async with wecom_process(platform, shared):
        platform.log_message(ADA, "text", {"content": "在吗"})
        await until(lambda: len(shared.messages) == 2)
    assert shared.texts == ["你好", "在吗"]


async def test_the_first_pull_takes_no_old_messages(platform, shared):
    platform.log_message(ADA, "text", {"content": "前天的"})
    platform.clock.advance(2 * 86400)
    platform.log_message(ADA, "text", {"content": "刚才的"})
    async with wecom_process(platform, shared, open_kfids=["wkAAAA"]) as running:
        await until(lambda: shared.messages)
        assert shared.texts == ["刚才的"]
        assert running.counted("too_old") == 1


async def test_a_lost_cursor_brings_nothing_back(platform, process, shared):
    await platform.customer_says(ADA, "早")
    await until(lambda: shared.messages)
    platform.clock.advance(7200)
    await platform.customer_says(ADA, "午")
    await until(lambda: len(shared.messages) == 2)
    del shared.values["wecom:position:wkAAAA"]
    shared.messages.clear()  # a new database: nothing is known as a repeat
    await platform.customer_says(ADA, "晚")
    await until(lambda: "晚" in shared.texts)
    assert "早" not in shared.texts


async def test_an_unknown_cursor_is_given_up_and_the_gap_read_again(platform, process, shared):
    for number, text in enumerate(("早", "午"), 1):
        await platform.customer_says(ADA, text)
        await until(lambda n=number: len(shared.messages) == n)
        platform.clock.advance(7200)
    platform.fail("sync_msg", Fault(kind="errcode", value=40058))
    await platform.customer_says(ADA, "晚")
    await until(lambda: len(shared.messages) == 3)
    assert shared.texts == ["早", "午", "晚"]
    assert (process.counted("cursor_lost"), process.counted("too_old")) == (1, 1)


async def test_what_could_not_be_kept_is_pulled_again(platform, process, shared):
    shared.fails_before_commit = 1
    await platform.customer_says(ADA, "你好")
    await until(lambda: shared.messages)
    assert shared.texts == ["你好"]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind="drop_before"),
        Fault(kind="drop_after"),
        Fault(kind="status", value=502),
        Fault(kind="errcode", value=-1),
        Fault(kind="errcode", value=45033),
        Fault(kind="errcode", value=40014),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.value}",
)
async def test_a_pull_that_fails_is_made_again(platform, process, shared, fault):
    platform.fail("sync_msg", fault)
    await platform.customer_says(ADA, "你好")
    await until(lambda: shared.messages)
    assert shared.texts == ["你好"]


async def test_revoked_and_expired_tokens_are_replaced(platform, process, shared):
    await platform.customer_says(ADA, "1")
    await until(lambda: len(shared.messages) == 1)
    platform.revoke_tokens()
    await platform.customer_says(ADA, "2")
    await until(lambda: len(shared.messages) == 2)
    platform.expire_tokens()
    await process.say(TO_ADA, "好的", delivery_id=1)
    assert platform.texts(ADA) == ["好的"]


async def test_only_customers_are_answered(platform, process, shared):
    platform.log_message(ADA, "text", {"content": "您好，我是张三"}, origin=5)
    await platform.customer_says(ADA, "你好")
    await until(lambda: shared.messages)
    assert shared.texts == ["你好"]
    ((address, note),) = shared.notes
    assert (address, note["note"], note["text"]) == (ADDRESS, "said_elsewhere", "您好，我是张三")


async def test_an_entry_that_is_nonsense_holds_up_nobody(platform, process, shared):
    platform.log_message(ADA, "text", {"content": "1"})
    platform.logs["wkAAAA"][0].item.pop("external_userid")
    await platform.customer_says(ADA, "2")
    await until(lambda: shared.messages)
    assert shared.texts == ["2"]
    assert process.counted("malformed") == 1


async def test_every_hostile_callback_is_refused_and_counted(platform, process, shared):
    platform.log_message(ADA, "text", {"content": "你好"})
    for name, callback in platform.callbacks.hostile().items():
        attempt = await platform.callbacks.poster.post_once(callback)
        assert attempt.status in {400, 403, 413}, name
    assert not shared.messages
    assert not platform.calls_of("sync_msg")
    assert process.counted("bad_signature") == 2
    assert process.counted("stale") == 2
    assert process.counted("foreign_appid") == 1
    assert process.counted("malformed") >= 6


async def test_a_replayed_callback_is_refused(platform, process, shared):
    await platform.customer_says(ADA, "你好")
    await until(lambda: shared.messages)
    platform.clock.advance(90)
    attempt = await platform.callbacks.poster.post_once(platform.callbacks.made[0])
    assert (attempt.status, process.counted("replayed")) == (403, 1)


# -- what goes out ----------------------------------------------------------------------------


@pytest.fixture
async def ada(platform, process, shared):
    """Ada has written."""
    await platform.customer_says(ADA, "你好")
    await until(lambda: shared.messages)
    await until(lambda: platform.session(ADA).state == ASSISTANT)
    return process


async def test_a_reply_arrives(platform, ada):
    reference = await ada.say(TO_ADA, "您好", delivery_id=7)
    (sent,) = platform.received[ADA]
    assert sent.content == {"content": "您好"}
    assert sent.msgid == f"{reference}-0"
    assert len(sent.msgid) <= 32


async def test_a_reply_that_was_sent_and_not_noted_is_not_sent_again(platform, ada):
    platform.fail("send_msg", Fault(kind="drop_after"))
    with pytest.raises(ChannelError):
        await ada.say(TO_ADA, "您好", delivery_id=7)
    reference = await ada.say(TO_ADA, "您好", delivery_id=7)
    assert platform.texts(ADA) == ["您好"]
    assert reference.endswith("-7")
    assert ada.counted("sent_before") == 1


async def test_a_long_reply_is_split_and_each_part_sent_once(platform, ada):
    text = "长句子。" * 400
    platform.fail("send_msg", Fault(kind="drop_before"))
    with pytest.raises(ChannelError):
        await ada.say(TO_ADA, text, delivery_id=7)
    platform.fail("send_msg", Fault(kind="drop_after"))
    with pytest.raises(ChannelError):
        await ada.say(TO_ADA, text, delivery_id=7)
    await ada.say(TO_ADA, text, delivery_id=7)
    assert "".join(platform.texts(ADA)) == text
    assert len(platform.texts(ADA)) == 3


async def test_the_sixth_message_waits_until_the_customer_writes(platform, ada, shared):
    for number in range(5):
        await ada.say(TO_ADA, str(number), delivery_id=number)
    with pytest.raises(HeldBack):
        await ada.say(TO_ADA, "5", delivery_id=5)
    assert (await ada.connector.left(TO_ADA)).messages == 0
    assert not platform.failures
    await platform.customer_says(ADA, "还有呢")
    await until(lambda: ADDRESS in shared.released)
    await ada.say(TO_ADA, "5", delivery_id=5)
    assert platform.texts(ADA) == ["0", "1", "2", "3", "4", "5"]
    assert (await ada.connector.left(TO_ADA)).messages == 4


async def test_after_48_hours_replies_wait(platform, ada):
    platform.clock.advance(48 * 3600 + 1)
    with pytest.raises(HeldBack):
        await ada.say(TO_ADA, "您好", delivery_id=1)


async def test_the_platform_that_counts_otherwise_is_believed(platform, ada):
    platform.session(ADA).sent = 5
    platform.refuses_over_quota = True
    with pytest.raises(HeldBack):
        await ada.say(TO_ADA, "您好", delivery_id=1)
    assert (await ada.connector.left(TO_ADA)).messages == 0


async def test_a_failure_reported_later_reaches_its_delivery(platform, ada, shared):
    shared.references.add(reference := await ada.say(TO_ADA, "您好", delivery_id=3))
    platform.report_failure(ADA, f"{reference}-0", 10)
    await platform.notify()
    await until(lambda: shared.reports)
    assert shared.reports == [
        (reference, "failed", "WeCom: the customer refuses messages (fail_type 10)")
    ]


async def test_a_failure_reported_before_the_delivery_is_known_is_kept(platform, ada, shared):
    reference = await ada.say(TO_ADA, "您好", delivery_id=3)
    platform.report_failure(ADA, f"{reference}-0", 10)
    await platform.customer_says(ADA, "？")
    await until(lambda: len(shared.messages) == 2)
    shared.references.add(reference)
    await platform.notify()
    await until(lambda: shared.reports)


async def test_what_did_not_arrive_can_be_sent_again_and_only_that(platform, ada, shared):
    text = "长句子。" * 250  # two messages
    shared.references.add(reference := await ada.say(TO_ADA, text, delivery_id=3))
    platform.report_failure(ADA, f"{reference}-1", 0)
    await platform.notify()
    await until(lambda: shared.reports)
    platform.fail("send_msg", Fault(kind="drop_after"), Fault(kind="drop_after"))
    for _ in range(2):
        with pytest.raises(ChannelError):
            await ada.say(TO_ADA, text, delivery_id=3)
    again = await ada.say(TO_ADA, text, delivery_id=3)
    assert again != reference
    sent = [message.msgid for message in platform.received[ADA]]
    assert sent == [f"{reference}-0", f"{reference}-1", f"{reference}-1-1"]
    shared.references.add(again)
    platform.report_failure(ADA, f"{reference}-1-1", 0)
    await platform.notify()
    await until(lambda: len(shared.reports) == 2)
    assert [one[0] for one in shared.reports] == [reference, again]


async def test_a_customer_nobody_knows_is_refused(platform, ada, shared):
    await ada.connector._enterprise.ledger.opened("wkAAAA/wm-x", "message", act="1")
    with pytest.raises(Refused):
        await ada.say("wkAAAA/wm-x", "您好", delivery_id=1)


async def test_buttons_become_a_menu_and_a_choice_says_its_payload(platform, ada, shared):
    long = '/track{"order_no": "' + "A" * 150 + '"}'
    buttons = (
        {"title": "查物流", "payload": '/track{"order_no": "A1"}'},
        {"title": "查很长的", "payload": long},
        {"title": "官网", "payload": "https://shop.example/"},
    )
    await ada.say(TO_ADA, "想问什么？", delivery_id=1, buttons=buttons)
    (sent,) = platform.received[ADA]
    assert sent.content["head_content"] == "想问什么？"
    first, second, third = sent.content["list"]
    assert third == {"type": "view", "view": {"url": "https://shop.example/", "content": "官网"}}
    await platform.customer_says(ADA, "查物流", menu_id=first["click"]["id"])
    await platform.customer_says(ADA, "查很长的", menu_id=second["click"]["id"])
    await until(lambda: len(shared.messages) == 3)
    assert shared.texts[1:] == ['/track{"order_no": "A1"}', long]
    assert shared.messages[1].metadata["title"] == "查物流"


async def test_a_mark_is_given_by_the_menu_or_by_its_number(platform, ada, shared):
    request = {"type": "rating_request", "rating_id": "r1", "text": "请打分"}
    await ada.send(TO_ADA, Reply(recipient_id="c", custom=request), delivery_id=1)
    best = platform.received[ADA][0].content["list"][0]["click"]
    await platform.customer_says(ADA, best["content"], menu_id=best["id"])
    await until(lambda: len(shared.messages) == 2)
    shared.said[ADDRESS] = [BotUttered(text="请打分", data={"custom": request})]
    await platform.customer_says(ADA, "四")
    await until(lambda: len(shared.messages) == 3)
    assert [message.content for message in shared.messages[1:]] == [
        Rating(score=5, rating_id="r1"),
        Rating(score=4, rating_id="r1"),
    ]


async def test_a_number_means_a_button_shown_before(platform, ada, shared):
    buttons = [{"title": "查物流", "payload": "/track"}, {"title": "退货", "payload": "/return"}]
    shared.said[ADDRESS] = [BotUttered(text="？", data={"buttons": buttons})]
    await platform.customer_says(ADA, "第二个")
    await until(lambda: len(shared.messages) == 2)
    assert shared.texts[1] == "/return"


# -- sessions -------------------------------------------------------------------------------


async def test_a_new_session_is_put_into_the_assistants_state(platform, process):
    await platform.customer_says(ADA, "你好")
    await until(lambda: platform.session(ADA).state == ASSISTANT)


async def test_the_state_may_be_left_alone(platform, shared):
    async with wecom_process(platform, shared, keeps_assistant=False) as running:
        platform.connect(running.url)
        await platform.customer_says(ADA, "你好")
        await until(lambda: shared.messages)
        await running.say(TO_ADA, "您好", delivery_id=1)
    assert platform.session(ADA).state == 0


async def test_who_is_served_in_wecom_is_not_answered_by_us(platform, ada, shared):
    await ada.connector._enterprise.api.transfer("wkAAAA", ADA, 2)
    with pytest.raises(Refused, match="WeCom's own client"):
        await ada.say(TO_ADA, "您好", delivery_id=1)
    assert (await ada.connector.left(TO_ADA)).messages == 5


async def test_after_a_session_has_ended_replies_wait(platform, ada, shared):
    await ada.connector._enterprise.api.transfer("wkAAAA", ADA, 4)
    with pytest.raises(HeldBack):
        await ada.say(TO_ADA, "您好", delivery_id=1)
    await platform.customer_says(ADA, "在吗")
    await until(lambda: ADDRESS in shared.released)
    await until(lambda: platform.session(ADA).state == ASSISTANT)
    await ada.say(TO_ADA, "您好", delivery_id=1)
    assert platform.texts(ADA) == ["您好"]


async def test_changes_of_service_and_recalls_are_noted_once(platform, ada, shared):
    changed = {"external_userid": ADA, "change_type": 1, "new_servicer_userid": "zhangsan"}
    platform.log_event("session_status_change", **changed)
    shared.fails_before_commit = 1
    await platform.customer_says(ADA, "人工")
    await until(lambda: len(shared.messages) == 2)
    await platform.customer_recalls(ADA, "msg-1")
    await until(lambda: len(shared.notes) == 2)
    assert [note["note"] for _, note in shared.notes] == ["service_state", "recalled"]
    assert (await ada.connector._enterprise.sessions.get("wkAAAA", ADA)).state == HUMAN


async def test_who_enters_is_welcomed_without_cost(platform, shared):
    async with wecom_process(platform, shared, welcome="欢迎光临") as running:
        platform.connect(running.url)
        await platform.customer_enters(ADA, scene="shop", scene_param="item-1")
        await until(lambda: platform.received[ADA])
        await platform.customer_says(ADA, "你好")
        await until(lambda: shared.messages)
    assert platform.texts(ADA) == ["欢迎光临"]
    assert platform.session(ADA).sent == 0
    known = shared.messages[0].metadata["wecom"]
    assert (known["scene"], known["scene_param"]) == ("shop", "item-1")


async def test_the_bot_can_greet_with_the_welcome_code(platform, shared):
    async with wecom_process(platform, shared, enter_intent="greet") as running:
        platform.connect(running.url)
        await platform.customer_enters(ADA)
        await until(lambda: shared.messages)
        assert shared.texts == ["/greet"]
        platform.fail("send_msg_on_event", Fault(kind="drop_after"))
        with pytest.raises(ChannelError):
            await running.say(TO_ADA, "您好", delivery_id=1)
        await running.say(TO_ADA, "您好", delivery_id=1)
        assert platform.texts(ADA) == ["您好"]
        with pytest.raises(HeldBack):
            await running.say(TO_ADA, "还有事吗", delivery_id=2)


async def test_a_welcome_code_that_is_too_old_is_not_used(platform, shared):
    await platform.customer_enters(ADA)
    platform.clock.advance(30)
    async with wecom_process(platform, shared, welcome="欢迎", open_kfids=["wkAAAA"]) as running:
        await until(lambda: platform.calls_of("sync_msg"))
        await until(lambda: running.counted("event_enter_session"))
    assert not platform.calls_of("send_msg_on_event")


# -- files, people ---------------------------------------------------------------------------


class Kept:
    def __init__(self, attachment_id, name, content_type, size):
        self.attachment_id, self.name = attachment_id, name
        self.content_type, self.size = content_type, size


class Attachments:
    def __init__(self):
        self.files = {}

    async def put(self, data, *, name, declared_type, conversation_id):
        number = f"a-{len(self.files)}"
        self.files[number] = (Kept(number, name, declared_type, len(data)), data)
        return self.files[number][0]

    async def get(self, attachment_id):
        return self.files.get(attachment_id)

    def link(self, attachment_id, *, seconds=3600):
        return f"https://kefu.example/attachments/{attachment_id}"


class Customers:
    def __init__(self):
        self.identified, self.attributes = [], {}

    async def identify(self, address, *, kind, value, is_verified):
        self.identified.append((address, kind, value, is_verified))

    async def set_attributes(self, address, attributes):
        self.attributes[address] = attributes


async def test_files_go_both_ways(platform, shared):
    store = Attachments()
    async with wecom_process(platform, shared, attachments=store) as running:
        platform.connect(running.url)
        platform.log_media(ADA, "image", b"\x89PNG picture")
        platform.log_media(ADA, "file", b"%PDF-1.7", name="发票.pdf")
        await platform.notify()
        await until(lambda: len(shared.messages) == 2)
        picture, file = (message.content for message in shared.messages)
        assert isinstance(picture, Image)
        assert store.files[picture.attachment][1] == b"\x89PNG picture"
        assert isinstance(file, File)
        reply = Reply(recipient_id="c", custom={"type": "file", "attachment": file.attachment})
        await running.send(TO_ADA, reply, delivery_id=1)
        (sent,) = platform.received[ADA]
        assert platform.media[sent.content["media_id"]][2] == b"%PDF-1.7"


async def test_a_file_that_is_gone_does_not_keep_its_message_away(platform, shared):
    async with wecom_process(platform, shared, attachments=Attachments()) as running:
        platform.connect(running.url)
        platform.log_message(ADA, "image", {"media_id": "gone"})
        await platform.notify()
        await until(lambda: shared.messages)
        assert shared.messages[0].content == Image()


async def test_places_are_understood_and_sent(platform, ada, shared):
    place = {"latitude": 31.2, "longitude": 121.5, "name": "店", "address": "南京路"}
    platform.log_message(ADA, "location", place)
    await platform.notify()
    await until(lambda: len(shared.messages) == 2)
    expected = Location(latitude=31.2, longitude=121.5, label="店", address="南京路")
    assert shared.messages[1].content == expected
    raw = {"type": "location", "latitude": 31.2, "longitude": 121.5, "label": "店"}
    await ada.send(TO_ADA, Reply(recipient_id="c", custom=raw), delivery_id=1)
    assert platform.received[ADA][0].msgtype == "location"


async def test_customers_are_identified_by_their_unionid(platform, shared):
    people = Customers()
    async with wecom_process(platform, shared, customers=people) as running:
        platform.connect(running.url)
        await platform.customer_says(ADA, "你好")
        await until(lambda: people.attributes)
        await platform.customer_says(ADA, "在吗")
        await until(lambda: len(shared.messages) == 2)
    assert people.identified == [(ADDRESS, "unionid", f"union-{ADA}", True)]


# -- several processes -----------------------------------------------------------------------


async def test_two_processes_pull_one_at_a_time_and_lose_nothing(platform, shared):
    async with wecom_process(platform, shared) as one, wecom_process(platform, shared) as two:
        platform.gates["pulling"] = asyncio.Event()
        platform.connect(one.url)
        await platform.customer_says(ADA, "1")
        await until(lambda: platform._pulling["wkAAAA"] == 1)
        platform.connect(two.url)
        await platform.customer_says(BOB, "2")
        await until(lambda: "wecom:word:wkAAAA" in shared.values)
        platform.gates["pulling"].set()
        await until(lambda: len(shared.messages) == 2)
    assert platform.most_pulls_at_once == 1
    assert shared.texts == ["1", "2"]


async def test_a_page_that_two_processes_read_is_kept_once(platform, shared):
    async with wecom_process(platform, shared) as one, wecom_process(platform, shared) as two:
        platform.gates["pulling"] = asyncio.Event()
        platform.connect(one.url)
        await platform.customer_says(ADA, "1")
        await until(lambda: platform._pulling["wkAAAA"] == 1)
        platform.clock.advance(20)  # its lease runs out while the platform is slow
        platform.connect(two.url)
        await platform.customer_says(ADA, "2")
        await until(lambda: platform._pulling["wkAAAA"] == 2)
        platform.gates["pulling"].set()
        await until(lambda: len(shared.messages) == 2)
        await until(lambda: one.counted("pull_overtaken") + two.counted("pull_overtaken"))
    assert shared.texts == ["1", "2"]
