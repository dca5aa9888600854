"""Drafts of the real bot from being asked to their end: decided, expired, overtaken, half noted."""

import asyncio

import pytest

from kefu.core.events import BotUttered, ConversationResumed
from kefu.desk.reviewing import CLAIM_SECONDS
from kefu.errors import DeskError
from tests.unit.desk.office import Office, anybody
from tests.unit.dialogue.desk import Desk as Prospects
from tests.unit.dialogue.desk import DeskStage

DOUBTFUL = "运费多少|fees@0.8"


@pytest.fixture
def stage():
    return DeskStage(Prospects())


@pytest.fixture
def office(stage):
    return Office(bot=stage.bot, clock=stage.clock)


async def asked(office):
    """Let a customer ask what the bot is not sure of; return the review."""
    await office.writes(DOUBTFUL)
    review = await office.store.open_review("c1")
    assert review is not None
    assert office.channel.sent == []
    return review


async def said(office):
    events = [one.event for one in await office.gateway.log("c1")]
    return [one.text for one in events if isinstance(one, BotUttered)]


async def decide(office, review, by, decision, text=None):
    decided = await office.desk.reviewing.decide(review.review_id, by, decision, text=text)
    await office.gateway.idle()
    return decided


async def test_an_approved_draft_is_sent_and_kept_as_approved(office):
    lin = await office.hire("林")
    review = await asked(office)
    decided = await decide(office, review, lin, "approve")
    assert (decided.state, decided.decided_by) == ("approved", lin.id)
    assert office.channel.sent[0] == review.draft["text"]
    assert await office.kinds() == ["review_asked", "review_decided"]
    assert await office.owner() == "bot"


async def test_an_edited_draft_is_sent_as_edited_and_both_are_kept(office):
    lin = await office.hire("林")
    review = await asked(office)
    decided = await decide(office, review, lin, "edit", "六元")
    assert (decided.state, decided.text) == ("edited", "六元")
    assert decided.draft == review.draft
    assert office.channel.sent[0] == "六元"


async def test_a_discarded_draft_leads_to_a_human(office):
    lin = await office.hire("林")
    review = await asked(office)
    assert (await decide(office, review, lin, "discard")).state == "discarded"
    assert await office.owner() == "queue"
    session = await office.session()
    assert (session.state, session.reason) == ("waiting", "low_confidence")
    assert review.draft["text"] not in await said(office)


async def test_the_deadline_passes_while_an_agent_types(office):
    lin = await office.hire("林")
    review = await asked(office)
    await office.desk.reviewing.claim(review.review_id, lin)
    office.later(31)
    await office.desk.presence.beat([lin.id])
    await office.desk.timekeeper.round()
    await office.gateway.idle()
    assert (await office.store.review(review.review_id)).state == "expired"
    before = list(office.channel.sent)
    assert len(before) == 2
    with pytest.raises(DeskError) as refused:
        await decide(office, review, lin, "edit", "六元")
    assert (refused.value.problem, refused.value.status) == ("decided", 409)
    assert office.channel.sent == before


async def test_who_says_so_again_goes_on_looking_and_who_does_not_lets_others(office):
    lin, wang = await office.hire("林"), await office.hire("王")
    claim = office.desk.reviewing.claim
    review_id = (await asked(office)).review_id
    begun = await claim(review_id, lin)
    office.later(CLAIM_SECONDS - 20)
    renewed = await claim(review_id, lin)
    assert renewed.claimed_until == begun.claimed_until + CLAIM_SECONDS - 20
    office.later(CLAIM_SECONDS - 20)  # longer than one claim lasts
    with pytest.raises(DeskError) as refused:
        await claim(review_id, wang)
    assert (refused.value.problem, refused.value.status) == ("not-yours", 409)
    office.later(20)
    assert (await claim(review_id, wang)).claimed_by == wang.id


async def test_the_deadline_and_an_agent_at_the_same_instant(office):
    lin = await office.hire("林")
    review = await asked(office)
    office.later(31)
    done = await asyncio.gather(
        office.desk.reviewing.expire(review),
        decide(office, review, lin, "edit", "六元"),
        return_exceptions=True,
    )
    await office.gateway.idle()
    refused = [one for one in done if isinstance(one, DeskError)]
    assert [(one.problem, one.status) for one in refused] in ([], [("superseded", 409)])
    kept = await office.store.review(review.review_id)
    assert kept.state == ("expired" if refused else "edited")
    assert len(office.channel.sent) == 2, "nothing was said twice"
    assert ("六元" in office.channel.sent) == (kept.state == "edited")
    assert (await office.kinds()).count("review_decided") == 1


async def test_of_two_agents_who_decide_at_the_same_instant_one_does(office):
    lin, wang = await office.hire("林"), await office.hire("王")
    review = await asked(office)
    done = await asyncio.gather(
        decide(office, review, lin, "approve"),
        decide(office, review, wang, "edit", "六元"),
        return_exceptions=True,
    )
    refused = [one for one in done if isinstance(one, DeskError)]
    assert [one.problem for one in refused] == ["superseded"]
    assert len(office.channel.sent) == 2
    kept = await office.store.review(review.review_id)
    (done_by,) = {"approved", "edited"} & {kept.state}
    assert kept.decided_by == (lin.id if done_by == "approved" else wang.id)


async def test_the_customer_writes_again_and_the_draft_is_over(office):
    lin = await office.hire("林")
    review = await asked(office)
    await office.writes("你好|greet@0.99")
    assert (await office.store.review(review.review_id)).state == "superseded"
    with pytest.raises(DeskError) as refused:
        await decide(office, review, lin, "approve")
    assert refused.value.status == 409
    assert review.draft["text"] not in office.channel.sent


async def test_a_supervisor_takes_over_while_a_draft_waits(office):
    boss = await office.hire("主管")
    review = await asked(office)
    await office.desk.serving.take_over("c1", boss, anybody)
    assert (await office.store.review(review.review_id)).state == "superseded"
    with pytest.raises(DeskError):
        await decide(office, review, boss, "approve")
    office.later(60)
    await office.desk.timekeeper.round()
    await office.gateway.fire_due_reminders()
    await office.gateway.idle()
    assert office.channel.sent == [], "the draft was said beside the agent"


async def test_killed_between_the_decision_and_its_note_the_log_tells_what_was_decided(office):
    lin = await office.hire("林")
    review = await asked(office)
    office.handoffs.queue = None  # it died right after the commit
    agent = lin.as_json()
    await office.gateway.resume_review("c1", decision="edit", text="六元", agent=agent)
    assert (await office.store.review(review.review_id)).is_open
    office.later(31)
    await office.desk.timekeeper.round()
    await office.gateway.idle()
    kept = await office.store.review(review.review_id)
    assert (kept.state, kept.decided_by, kept.text) == ("edited", lin.id, "六元")
    assert office.channel.sent.count("六元") == 1
    assert len(office.channel.sent) == 2


async def test_killed_before_the_desk_was_told_of_a_draft_it_expires_all_the_same(office):
    office.handoffs.queue = None
    await office.writes(DOUBTFUL)
    assert await office.store.open_review("c1") is None
    office.later(30)
    await office.gateway.fire_due_reminders()
    await office.gateway.idle()
    assert office.channel.sent == []
    office.later(10)
    assert await office.gateway.fire_due_reminders() == 1
    await office.gateway.idle()
    assert len(office.channel.sent) == 2
    office.later(10)
    assert await office.gateway.fire_due_reminders() == 0


async def test_a_decided_draft_leaves_no_deadline_behind(office):
    lin = await office.hire("林")
    review = await asked(office)
    await decide(office, review, lin, "approve")
    sent = list(office.channel.sent)
    office.later(100)
    assert await office.gateway.fire_due_reminders() == 0
    assert office.channel.sent == sent


async def test_the_bot_answers_again_after_an_agent(office):
    lin = await office.hire("林")
    await office.writes("转人工|ask_human@0.99")
    await office.desk.serving.claim("c1", lin, anybody)
    await office.writes("在吗|greet@0.99")
    await office.says(lin, "在的")
    await office.desk.serving.close("c1", lin, anybody)
    await office.writes("运费多少|fees@0.99")
    assert office.channel.sent[-1] == "还有别的吗"


async def test_a_customer_who_waits_longer_than_a_session_lasts_still_waits(office):
    """A new session of the bot's would have ended the pause: both would have had them."""
    await office.writes("转人工|ask_human@0.99")
    sent = list(office.channel.sent)
    office.later(61 * 60)
    await office.writes("你好|greet@0.99")
    assert office.channel.sent == sent
    assert await office.owner() == "queue"
    assert (await office.session()).state == "waiting"


async def test_taken_over_from_the_bot_and_put_in_line_the_bot_stays_silent(office):
    lin = await office.hire("林")
    await office.writes("你好|greet@0.99")
    await office.desk.serving.take_over("c1", lin, anybody)
    await office.desk.serving.requeue("c1", lin, anybody)
    sent = list(office.channel.sent)
    await office.writes("你好|greet@0.99")
    assert office.channel.sent == sent
    assert await office.owner() == "queue"


async def test_resumed_from_outside_an_agent_gives_it_back(office):
    lin = await office.hire("林")
    await office.writes("转人工|ask_human@0.99")
    await office.desk.serving.claim("c1", lin, anybody)
    await office.gateway.append_events("c1", [ConversationResumed()])
    assert (await office.owner(), (await office.agent(lin)).open) == ("bot", 0)
    await office.writes("运费多少|fees@0.99")
    assert office.channel.sent[-1] == "还有别的吗"
