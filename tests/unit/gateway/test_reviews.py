"""Reviews through the door, with the real bot on a real (memory) store."""

import asyncio

import pytest

from kefu.core.events import ActionReverted, BotUttered, ConversationPaused
from kefu.core.handoff import concerns_review, handoff_of, review_of
from kefu.errors import Conflict
from kefu.gateway.gateway import Gateway
from kefu.gateway.records import Arrival
from kefu.gateway.rows import write_message
from tests.unit.dialogue.desk import Desk, DeskStage
from tests.unit.gateway.fakes import RecordingSender, message

DOUBTFUL = "运费多少|fees@0.8"
AGENT = {"id": "a1", "name": "小李"}


class Follower:
    """Remembers the events it was told of."""

    def __init__(self):
        self.told = []

    async def committed(self, conversation_id, events, *, channel):
        self.told.append(tuple(events))

    @property
    def review(self):
        """The review of the last commit that began one."""
        began = [e for events in self.told for e in events if concerns_review(e)]
        return review_of([e for e in began if not isinstance(e, ActionReverted)][-1])


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def follower():
    return Follower()


@pytest.fixture
def door(storage, desk, follower):
    stage = DeskStage(desk)
    return Gateway(stage.bot, storage.stores, clock=stage.clock, handoff=follower)


async def events(door):
    return [logged.event for logged in await door.log("c1")]


async def texts(door):
    return [e.text for e in await events(door) if isinstance(e, BotUttered)]


async def test_an_answer_waits_until_an_agent_approves_it(door, follower):
    outcome = await door.handle(message(DOUBTFUL))
    assert outcome.replies == ()
    assert (await door.head("c1")).owner == "bot"
    draft = follower.review["draft"]["message"]["text"]
    done = await door.resume_review("c1", decision="approve", review_id=follower.review["id"])
    assert [reply.text for reply in done.replies] == [draft, "还有别的吗"]
    assert await texts(door) == [draft, "还有别的吗"]


async def test_it_is_sent_on_the_channel_the_customer_wrote_on(door, follower):
    sender = RecordingSender()
    door.connect("app", sender)
    await door.handle(message(DOUBTFUL, channel="app"))
    await door.resume_review("c1", decision="edit", text="6 元", agent=AGENT)
    await door.idle()
    assert sender.sent == [("c1", "6 元"), ("c1", "还有别的吗")]


async def test_the_desk_hears_of_reviews_their_end_and_nothing_else_of_the_bots(door, follower):
    await door.handle(message("/greet"))
    assert follower.told == []
    await door.handle(message(DOUBTFUL))
    assert len(follower.told) == 1
    await door.resume_review("c1", decision="approve")
    ended = [review_of(event) for event in follower.told[1] if isinstance(event, ActionReverted)]
    assert ended[0]["decision"] == "approve"
    await door.handle(message("/thanks"))
    assert len(follower.told) == 2


async def test_the_desk_hears_when_the_customer_writes_again(door, follower):
    await door.handle(message(DOUBTFUL))
    first = follower.review["id"]
    await door.handle(message("/fees"))
    (ended,) = [
        review_of(e) for e in follower.told[1] if isinstance(e, ActionReverted) and e.metadata
    ]
    assert (ended["id"], ended["decision"]) == (first, "superseded")
    with pytest.raises(Conflict):
        await door.resume_review("c1", decision="approve", review_id=first)
    assert (await texts(door))[-1] == "还有别的吗"
    assert len(await texts(door)) == 2


async def test_deciding_twice_says_it_once(door, follower):
    await door.handle(message(DOUBTFUL))
    review_id = follower.review["id"]
    results = await asyncio.gather(
        *(door.resume_review("c1", decision="approve", review_id=review_id) for _ in range(3)),
        return_exceptions=True,
    )
    assert sum(isinstance(result, Conflict) for result in results) == 2
    assert len(await texts(door)) == 2


async def test_approving_and_the_customer_at_the_same_time_end_in_one_of_the_two(door, follower):
    await door.handle(message(DOUBTFUL))
    review_id = follower.review["id"]
    approving = door.resume_review("c1", decision="approve", review_id=review_id)
    results = await asyncio.gather(
        door.handle(message("/fees", message_id="m2")), approving, return_exceptions=True
    )
    was_approved = not isinstance(results[1], Conflict)
    assert len(await texts(door)) == (4 if was_approved else 2)


async def test_a_message_that_has_not_had_its_turn_comes_first(door, follower, storage):
    await door.handle(message(DOUBTFUL))
    review_id = follower.review["id"]
    await storage.stores.log.receive(arrival("等等"))  # as another process takes it in
    with pytest.raises(Conflict, match="written meanwhile"):
        await door.resume_review("c1", decision="approve", review_id=review_id)
    assert await texts(door) == []


def arrival(text):
    body = write_message(message(text, message_id="late"))
    return Arrival(
        conversation_id="c1", channel="rest", message_id="late", timestamp=1.0, body=body
    )


@pytest.mark.parametrize("owner", ["queue", "agent"])
async def test_the_bot_says_nothing_once_a_human_has_the_conversation(door, follower, owner):
    await door.handle(message(DOUBTFUL))
    await door.change_owner("c1", owner)
    for decision in ("approve", "expire"):
        with pytest.raises(Conflict, match=f"the {owner}'s"):
            await door.resume_review("c1", decision=decision)
    assert await texts(door) == []


async def test_an_agent_who_takes_over_while_the_answer_is_made_wins(door, follower, desk):
    """The late answer is dropped, whatever it was."""
    started, go = asyncio.Event(), asyncio.Event()
    prospects = desk.prospects

    async def slowly(wanted):
        started.set()
        await go.wait()
        return await prospects(wanted)

    await door.handle(message(DOUBTFUL))
    desk.prospects = slowly
    discarding = asyncio.ensure_future(door.resume_review("c1", decision="discard"))
    await started.wait()
    await door.change_owner("c1", "agent")
    go.set()
    with pytest.raises(Conflict, match="the agent's"):
        await discarding
    assert await texts(door) == []


async def test_a_turn_that_would_be_reviewed_is_dropped_when_an_agent_takes_over(
    door, follower, desk
):
    started, go = asyncio.Event(), asyncio.Event()
    prospects = desk.prospects

    async def slowly(wanted):
        started.set()
        await go.wait()
        return await prospects(wanted)

    await door.handle(message("/greet"))
    desk.prospects = slowly
    answering = asyncio.ensure_future(door.handle(message(DOUBTFUL, message_id="m2")))
    await started.wait()
    await door.change_owner("c1", "agent")
    go.set()
    assert (await answering).replies == ()
    assert not any(map(concerns_review, await events(door)))


async def test_discarding_hands_the_conversation_to_the_queue(door, follower):
    await door.handle(message(DOUBTFUL))
    done = await door.resume_review("c1", decision="discard", agent=AGENT)
    assert [reply.text for reply in done.replies] == ["好的，正在为您转接人工客服，请稍候。"]
    assert (await door.head("c1")).owner == "queue"
    (pause,) = [e for e in follower.told[-1] if isinstance(e, ConversationPaused)]
    assert handoff_of(pause)["reason"] == "low_confidence"


async def test_a_handoff_is_in_the_log_with_all_it_says(door, follower):
    await door.handle(message("运费|fees@0.2"))
    (pause,) = [e for e in await events(door) if isinstance(e, ConversationPaused)]
    handoff = handoff_of(pause)
    assert (handoff["reason"], handoff["intent"]) == ("low_confidence", "fees")
    assert handoff["draft"]["message"]["utter_action"] == "utter_fees"
    assert (await door.head("c1")).owner == "queue"


async def test_another_process_goes_on_from_what_the_log_says(door, follower, storage):
    await door.handle(message("/greet"))
    await door.handle(message(DOUBTFUL))
    stage = DeskStage(Desk())
    restarted = Gateway(stage.bot, storage.stores, clock=stage.clock, handoff=follower)
    done = await restarted.resume_review("c1", decision="expire", review_id=follower.review["id"])
    assert done.replies[-1].text == "还有别的吗"
    assert (await restarted.handle(message("/thanks"))).replies[0].text == "不客气"
