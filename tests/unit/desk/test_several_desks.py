"""Desks of several processes on one store: what one does, the others go by."""

import asyncio

import pytest

from connectors.human_queue import HumanQueue
from kefu.app.desk import BusHints, GatewayDoor
from kefu.app.handoffs import Handoffs
from kefu.clock import ManualClock
from kefu.core.messages import AgentMessage
from kefu.desk.desk import Desk, DeskSettings
from kefu.desk.handing import Known
from kefu.desk.moves import Timing, Whereto
from kefu.desk.people import Person
from kefu.desk.presence import BEAT_SECONDS
from kefu.errors import DeskError
from tests.unit.desk.office import Channel, anybody
from tests.unit.gateway.fakes import message
from tests.unit.gateway.test_sharing import Processes


class Skewed:
    """A clock that goes wrong by some seconds."""

    def __init__(self, clock, seconds):
        self._clock = clock
        self._seconds = seconds

    def now(self):
        return self._clock.now() + self._seconds


class Process:
    """A gateway with a desk, one of several."""

    def __init__(self, processes, *, ahead=0.0, **settings):
        self.handoffs = Handoffs(processes.clock)
        self.gateway, self.bot = processes.start(handoff=self.handoffs)
        self.channel = Channel()
        self.gateway.connect("push", self.channel)
        self.store = processes.storage.desk

        async def look(_handoff):
            return Known()

        self.clock = Skewed(processes.clock, ahead)
        self.desk = Desk(
            self.store,
            GatewayDoor(self.gateway),
            self.clock,
            look=look,
            settings=DeskSettings(**settings),
            hints=BusHints(processes._buses[-1]),
        )
        self.handoffs.queue = HumanQueue(self.desk)

    async def writes(self, text, conversation_id="c1"):
        await self.gateway.receive(message(text, conversation_id=conversation_id, channel="push"))
        await self.gateway.idle()

    async def says(self, who, text, message_id):
        said = AgentMessage(
            conversation_id="c1", agent=who.as_json(), message_id=message_id, text=text
        )
        await self.desk.speaking.say(said, who, anybody)
        await self.gateway.idle()


@pytest.fixture
async def processes():
    made = Processes()
    assert isinstance(made.clock, ManualClock)
    yield made
    await made.close()


async def hired(process, name, **profile):
    from kefu.desk.agents import DeskAgent

    agent = DeskAgent(agent_id=f"a_{name}", name=name, **profile)
    await process.desk.presence.know(agent)
    await process.desk.presence.connect(agent.agent_id)
    return Person(agent.agent_id, name)


async def test_asked_here_given_there_answered_by_a_third(processes):
    here, there, third = Process(processes), Process(processes), Process(processes)
    lin = await hired(third, "林")
    await here.writes("pause")
    await there.desk.dispatcher.dispatch()
    await third.says(lin, "您好", "m1")
    await here.writes("在吗")
    await there.says(lin, "在的", "m2")
    sent = [*here.channel.sent, *there.channel.sent, *third.channel.sent]
    assert sorted(sent) == sorted(["p0: pause", "您好", "在的"])
    session = await here.store.open_session("c1")
    assert session.agent_id == lin.id
    assert session.unanswered_since is None


async def test_what_a_process_remembers_of_a_conversation_refuses_no_agent(processes):
    """It has the lease, so it trusts its memory; the desk of another changed the owner."""
    here, there = Process(processes), Process(processes)
    lin = await hired(there, "林")
    await here.writes("hello")
    await here.writes("pause")
    for number in range(3):
        await there.desk.serving.claim("c1", lin, anybody)
        await here.says(lin, f"第{number}次", f"m{number}")
        await there.desk.serving.transfer("c1", Whereto(group_id=None), lin, anybody)
        with pytest.raises(DeskError) as refused:
            await here.says(lin, "还在吗", f"late{number}")
        assert refused.value.problem == "not-yours"
    assert here.channel.sent == ["p0: hello", "p0: pause", "第0次", "第1次", "第2次"]


async def test_handed_back_there_the_bot_answers_here(processes):
    here, there = Process(processes), Process(processes)
    lin = await hired(there, "林")
    await here.writes("pause")
    await there.desk.serving.claim("c1", lin, anybody)
    await here.writes("在吗")
    await there.desk.serving.close("c1", lin, anybody)
    await here.writes("hello")
    assert here.channel.sent[-1] == "p0: hello"


async def test_a_reminder_is_not_lost_because_an_agent_had_the_conversation_before(processes):
    here, there = Process(processes), Process(processes)
    lin = await hired(there, "林")
    await here.writes("remind me")
    await there.desk.serving.take_over("c1", lin, anybody)
    await here.writes("在吗")  # so here it is known to be an agent's
    await there.desk.serving.close("c1", lin, anybody)
    processes.clock.advance(61)
    assert await here.gateway.fire_due_reminders() == 1
    await here.gateway.idle()
    assert here.channel.sent[-1].startswith("reminding of later")


async def test_clocks_that_differ_by_a_minute_send_nobody_away(processes):
    settings = {"timing": Timing(unanswered=0), "grace_seconds": 45.0}
    here = Process(processes, **settings)
    fast = Process(processes, ahead=60.0, **settings)
    slow = Process(processes, ahead=-60.0, **settings)
    lin = await hired(slow, "林")
    await slow.writes("pause")
    await slow.desk.dispatcher.dispatch()
    lost = []
    for turn in range(40):
        processes.clock.advance(BEAT_SECONDS)
        await slow.desk.presence.beat([lin.id])
        for process in (here, fast, slow):
            await process.desk.timekeeper.round()
            if not (await process.store.agent(lin.id)).is_accepting:
                lost.append(turn)
    assert (await here.store.open_session("c1")).agent_id == lin.id
    assert set(lost) <= {0}, "only a process that has just started may be wrong, once"
    # Once the agent is really gone, all notice, and the conversation goes on.
    for _ in range(12):
        processes.clock.advance(BEAT_SECONDS)
        for process in (here, fast, slow):
            await process.desk.timekeeper.round()
    assert (await here.store.open_session("c1")).state == "waiting"
    assert not (await here.store.agent(lin.id)).is_connected


async def test_several_dispatchers_and_timekeepers_do_everything_once(processes):
    all_ = [Process(processes, timing=Timing(unanswered=60.0)) for _ in range(3)]
    people = [await hired(all_[number], name) for number, name in enumerate("林王赵")]
    for number in range(9):
        await all_[number % 3].writes("pause", f"c{number}")
    await asyncio.gather(*(one.desk.dispatcher.dispatch() for one in all_))
    store = all_[0].store
    assert [len(await store.sessions_with(one.id)) for one in people] == [3, 3, 3]
    assert sum(one.desk.dispatcher.assigned for one in all_) == 9
    processes.clock.advance(61)
    for one in all_:
        await one.desk.presence.beat([person.id for person in people])
    await asyncio.gather(*(one.desk.timekeeper.round() for one in all_))
    assert len(await store.waiting()) == 9
    for number in range(9):
        passage = await all_[0].gateway.passage(f"c{number}")
        kinds = [one.note["note"] for one in passage.entries if one.note is not None]
        assert kinds == ["queued", "assigned", "entered", "requeued"]
    assert await store.recount() == {}


async def test_every_process_sees_what_was_told_exactly_once(processes):
    all_ = [Process(processes) for _ in range(3)]
    heard = [[] for _ in all_]
    for one, list_ in zip(all_, heard, strict=True):
        await one.desk.feed.begin()
        one.desk.feed.listen(lambda page, list_=list_: list_.extend(e.position for e in page))
    lin = await hired(all_[0], "林", max_sessions=50)
    for number in range(10):
        await all_[number % 3].writes("pause", f"c{number}")
        await all_[(number + 1) % 3].desk.serving.claim(f"c{number}", lin, anybody)
        await all_[number % 2].desk.feed.look()
    for one in all_:
        await one.desk.feed.look()
    _, newest = await all_[0].store.ends()
    assert heard == [list(range(1, newest + 1))] * 3
