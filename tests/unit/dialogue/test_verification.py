"""The loop that verifies a customer by a one-time code."""

import random

import pytest

from kefu.core.events import SlotSet
from kefu.core.verification import CodeCheck, CodeSending
from kefu.dialogue.bot import Bot
from kefu.dialogue.responses.templates import TemplateResponses
from kefu.dialogue.settings import BotSettings
from tests.unit.dialogue.stage import Ears, Stage, action_names, kinds, texts

LOOP = "action_verify_customer"
TEXT = {"type": "text", "influence_conversation": False, "mappings": [{"type": "custom"}]}
DOMAIN = {
    "intents": ["change_address", "resend_code", "faq", "stop"],
    "slots": {
        "customer_id": TEXT,
        "customer_phone": TEXT,
        "phone": TEXT,
        "verification": {
            "type": "categorical",
            "values": ["passed", "failed"],
            "mappings": [{"type": "custom"}],
        },
        "verified_phone": TEXT,
        "verified_until": {"type": "any", "mappings": [{"type": "custom"}]},
        "code_phone": TEXT,
    },
    "responses": {
        "utter_faq": [{"text": "包邮"}],
        "utter_done": [{"text": "改好了"}],
        "utter_refused": [{"text": "没验证成功"}],
        "utter_code_sent": [{"text": "发到 {masked_phone}，{minutes} 分钟"}],
        "utter_code_wrong": [{"text": "不对，还有 {tries} 次"}],
        "utter_ask_verification_code": [{"text": "请发验证码"}],
        "utter_ask_verification_phone": [{"text": "您的手机号？"}],
    },
}
PHONE = "13800000001"
OTHER = "13900000002"


class Codes:
    """Codes whose outcomes are scripted."""

    def __init__(self):
        self.sendings = []
        self.checks = []
        self.sent = []
        self.typed = []

    def number(self, text):
        digits = "".join(filter(str.isdigit, text))
        return digits if len(digits) == 11 and digits.startswith("1") else None

    async def send(self, phone, *, conversation_id, step, language):
        self.sent.append((phone, conversation_id, step))
        status = self.sendings.pop(0) if self.sendings else "sent"
        return CodeSending(
            status=status, masked_phone=f"{phone[:3]}****{phone[7:]}", minutes=5, wait_seconds=40
        )

    async def check(self, phone, typed, *, conversation_id, step):
        self.typed.append((phone, typed, conversation_id, step))
        return self.checks.pop(0)


def policy(tracker):
    """Decide as the rule policy does with the rules of docs/howto/verify_customers.md."""
    state = tracker.state
    loop = state.active_loop
    latest = state.latest_action_name
    if loop and not loop.rejected and latest != LOOP:
        return LOOP
    if latest == LOOP and not loop:
        return {"passed": "utter_done", "failed": "utter_refused"}[state.slots["verification"]]
    if loop and latest in {"utter_faq", LOOP}:
        return LOOP if latest == "utter_faq" else "action_listen"
    if latest != "action_listen":
        return "action_listen"
    return {"change_address": LOOP, "faq": "utter_faq", "stop": "action_deactivate_loop"}.get(
        state.latest_message.intent_name, "action_listen"
    )


async def stage_with(codes, **slots):
    stage = Stage(DOMAIN, policy)
    stage.bot = Bot(
        domain=stage.domain,
        understanding=Ears(stage.domain),
        predictor=stage.policy,
        responses=TemplateResponses(stage.domain.responses, chance=random.Random(1)),
        settings=BotSettings(),
        clock=stage.clock,
        verification=codes,
    )
    await remember(stage, **slots)
    return stage


async def remember(stage, **slots):
    events = [SlotSet(key=name, value=value) for name, value in slots.items()]
    await stage.bot.append_events(stage.tracker, events)


async def begun(codes, **slots):
    stage = await stage_with(codes, **({"customer_phone": PHONE} | slots))
    turn = await stage.say("/change_address")
    return stage, turn


async def test_a_code_goes_to_the_phone_that_the_shop_knows_and_the_right_one_passes():
    codes = Codes()
    codes.checks = [CodeCheck(status="right", verified_until=99.0)]
    stage, turn = await begun(codes, phone=OTHER, customer_id="C10001")
    assert texts(turn) == ["发到 138****0001，5 分钟"]
    assert [phone for phone, *_ in codes.sent] == [PHONE]
    turn = await stage.say("123456")
    assert texts(turn) == ["改好了"]
    assert [typed[:3] for typed in codes.typed] == [(PHONE, "123456", "c1")]
    assert stage.tracker.state.active_loop is None
    assert stage.slots["verification"] == "passed"
    assert stage.slots["verified_phone"] == PHONE
    assert stage.slots["verified_until"] == 99.0
    assert stage.slots["code_phone"] is None


async def test_the_step_is_the_same_when_the_turn_is_done_again():
    steps = []
    for _ in range(2):
        codes = Codes()
        await begun(codes)
        steps += [step for *_, step in codes.sent]
    assert len(steps) == 2
    assert steps[0] == steps[1]


@pytest.mark.parametrize(
    "text", ["验证码是123456", "123 456", "１２３４５６", "123-456 谢谢", "给你：123456。"]
)
async def test_a_code_is_found_as_people_write_it(text):
    codes = Codes()
    codes.checks = [CodeCheck(status="right", verified_until=99.0)]
    stage, _ = await begun(codes)
    await stage.say(text)
    assert [typed for _, typed, *_ in codes.typed] == ["123456"]


@pytest.mark.parametrize("text", ["TH123456 到哪了", "订单602600001001", "12345", "1234567", ""])
async def test_other_numbers_are_no_codes(text):
    codes = Codes()
    stage, _ = await begun(codes)
    turn = await stage.say(text)
    assert codes.typed == []
    assert "ActionExecutionRejected" in kinds(turn)
    assert stage.tracker.state.active_loop_name == LOOP


async def test_a_wrong_code_may_be_corrected():
    codes = Codes()
    codes.checks = [
        CodeCheck(status="wrong", tries_left=2),
        CodeCheck(status="right", verified_until=99.0),
    ]
    stage, _ = await begun(codes)
    assert texts(await stage.say("111111")) == ["不对，还有 2 次"]
    assert stage.tracker.state.active_loop_name == LOOP
    assert texts(await stage.say("222222")) == ["改好了"]


async def test_a_code_guessed_too_often_fails():
    codes = Codes()
    codes.checks = [CodeCheck(status="used_up")]
    stage, _ = await begun(codes)
    assert texts(await stage.say("111111")) == ["这个验证码已经不能用了。", "没验证成功"]
    assert stage.slots["verification"] == "failed"
    assert stage.slots["verified_phone"] is None
    assert stage.tracker.state.active_loop is None


async def test_an_expired_code_is_followed_by_another_one():
    codes = Codes()
    codes.checks = [CodeCheck(status="expired")]
    stage, _ = await begun(codes)
    assert texts(await stage.say("111111")) == [
        "这个验证码已经过期了。",
        "发到 138****0001，5 分钟",
    ]
    assert len(codes.sent) == 2
    assert stage.tracker.state.active_loop_name == LOOP


async def test_another_code_is_sent_when_asked_for_but_not_too_soon():
    codes = Codes()
    codes.sendings = ["sent", "too_soon", "sent"]
    stage, _ = await begun(codes)
    assert texts(await stage.say("/resend_code")) == [
        "验证码刚发过，40 秒后才能再发。收到的话直接把 6 位数字发给我。"
    ]
    assert texts(await stage.say("/resend_code")) == ["发到 138****0001，5 分钟"]


async def test_asking_too_often_fails():
    codes = Codes()
    codes.sendings = ["sent", "too_often"]
    stage, _ = await begun(codes)
    turn = await stage.say("/resend_code")
    assert texts(turn)[-1] == "没验证成功"
    assert stage.slots["verification"] == "failed"


async def test_another_topic_is_answered_and_the_loop_goes_on():
    codes = Codes()
    codes.checks = [CodeCheck(status="right", verified_until=99.0)]
    stage, _ = await begun(codes)
    turn = await stage.say("/faq")
    assert texts(turn) == ["包邮", "请发验证码"]
    assert len(codes.sent) == 1
    assert texts(await stage.say("123456")) == ["改好了"]


async def test_chosen_again_after_it_declined_it_goes_on():
    codes = Codes()
    stage, _ = await begun(codes)
    turn = await stage.say("/change_address")
    assert kinds(turn).count("ActionExecutionRejected") == 1
    assert texts(turn) == ["请发验证码"]
    assert len(codes.sent) == 1


async def test_giving_up_leaves_the_loop_unverified():
    codes = Codes()
    stage, _ = await begun(codes)
    turn = await stage.say("/stop")
    assert "action_deactivate_loop" in action_names(turn)
    assert stage.tracker.state.active_loop is None
    assert stage.slots["verification"] is None


async def test_a_guest_is_asked_for_the_phone():
    codes = Codes()
    codes.checks = [CodeCheck(status="right", verified_until=99.0)]
    stage, turn = await begun(codes, customer_phone=None)
    assert texts(turn) == ["您的手机号？"]
    assert texts(await stage.say("/faq")) == ["包邮", "您的手机号？"]
    assert texts(await stage.say("1380000")) == [
        "这个手机号好像不对，请再发一次完整的 11 位手机号。"
    ]
    assert texts(await stage.say("是 138-0000-0001")) == ["发到 138****0001，5 分钟"]
    assert stage.slots["phone"] == PHONE
    await stage.say("123456")
    assert stage.slots["verified_phone"] == PHONE


async def test_a_guest_may_correct_the_phone():
    codes = Codes()
    stage, _ = await begun(codes, customer_phone=None, phone=PHONE)
    await stage.say(f"发到{OTHER}")
    assert [phone for phone, *_ in codes.sent] == [PHONE, OTHER]
    assert stage.slots["phone"] == OTHER


async def test_whoever_is_signed_in_cannot_have_the_code_sent_elsewhere():
    codes = Codes()
    stage, _ = await begun(codes, customer_id="C10001")
    turn = await stage.say(f"发到{OTHER}")
    assert "ActionExecutionRejected" in kinds(turn)
    assert [phone for phone, *_ in codes.sent] == [PHONE]


async def test_an_account_without_a_known_phone_is_not_verified_by_any_phone():
    codes = Codes()
    stage, turn = await begun(codes, customer_phone=None, customer_id="C10001", phone=OTHER)
    assert texts(turn)[-1] == "没验证成功"
    assert codes.sent == []
    assert stage.slots["verification"] == "failed"


async def test_who_was_verified_lately_is_not_asked_again():
    codes = Codes()
    stage = await stage_with(codes, customer_phone=PHONE, verified_phone=PHONE)
    await remember(stage, verified_until=stage.clock.now() + 1)
    assert texts(await stage.say("/change_address")) == ["改好了"]
    assert codes.sent == []
    stage.clock.advance(2)
    assert texts(await stage.say("/change_address")) == ["发到 138****0001，5 分钟"]


async def test_a_phone_that_another_person_verified_here_does_not_count():
    codes = Codes()
    stage = await stage_with(codes, phone=OTHER, verified_phone=PHONE, verification="passed")
    await remember(stage, verified_until=stage.clock.now() + 1000)
    turn = await stage.say("/change_address")
    assert texts(turn) == ["发到 139****0002，5 分钟"]
    assert stage.slots["verification"] is None


async def test_a_sender_that_cannot_be_reached_fails_honestly():
    codes = Codes()
    codes.sendings = ["unreachable"]
    _, turn = await begun(codes)
    assert texts(turn) == ["现在发不了短信验证码。", "没验证成功"]


async def test_without_a_sender_nobody_is_verified():
    stage, turn = await begun(None)
    assert texts(turn) == ["现在发不了短信验证码。", "没验证成功"]
    assert stage.slots["verification"] == "failed"
    assert stage.tracker.state.active_loop is None


async def test_it_speaks_english():
    stage = await stage_with(None, customer_phone=PHONE)
    bot = Bot(
        domain=stage.domain,
        understanding=Ears(stage.domain),
        predictor=stage.policy,
        settings=BotSettings(language="en"),
        clock=stage.clock,
    )
    stage.bot = bot
    turn = await stage.say("/change_address")
    assert texts(turn)[0] == "I cannot send a verification code at the moment."


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("验证码是123456", "验证码是••••••"),
        ("123 456", "•••••••"),
        ("１２３４５６谢谢", "••••••谢谢"),
    ],
)
async def test_what_is_kept_of_a_code_is_that_there_was_one(text, kept):
    codes = Codes()
    codes.checks = [CodeCheck(status="wrong", tries_left=2)]
    stage, _ = await begun(codes)
    parse_data = {
        "text": text,
        "intent": {"name": "inform", "confidence": 1.0},
        "entities": [{"entity": "amount", "value": "123456"}, {"entity": "word", "value": "谢谢"}],
    }
    turn = await stage.say(text, parse_data=parse_data)
    (heard,) = [event for event in turn.events if type(event).__name__ == "UserUttered"]
    assert heard.text == heard.parse_data["text"] == kept
    assert heard.metadata["gave_code"] is True
    assert [entity["value"] for entity in heard.entities] == ["谢谢"]
    digits = "".join(filter(str.isdigit, text))
    assert digits not in repr([heard.text, heard.parse_data, heard.metadata, heard.entities])
    assert [typed for _, typed, *_ in codes.typed] == ["123456"]


async def test_digits_are_kept_where_no_code_is_awaited():
    codes = Codes()
    stage = await stage_with(codes)
    turn = await stage.say("123456")
    (heard,) = [event for event in turn.events if type(event).__name__ == "UserUttered"]
    assert heard.text == "123456"
    assert "gave_code" not in heard.metadata
