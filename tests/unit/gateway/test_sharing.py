"""Several gateways over one store, as several processes have them."""

import asyncio
from dataclasses import replace

import pytest

from kefu.clock import ManualClock
from kefu.core.events import BotUttered, SlotSet, UserUttered
from kefu.gateway.coordination import Coordination
from kefu.gateway.gateway import Gateway
from kefu.gateway.records import Arrival
from kefu.gateway.rows import write_message
from kefu.gateway.settings import GatewaySettings
from kefu.gateway.sharing import VISITOR
from kefu.storage.memory import open_memory
from kefu.storage.memory.bus import MemoryBus
from kefu.storage.memory.cache import MemoryCache
from kefu.storage.memory.leases import MemoryLeases
from kefu.storage.memory.presence import MemoryPresence
from tests.unit.gateway.fakes import EchoBot, RecordingFollower, message


class Processes:
    """Gateways that share a store, leases, a bus and a cache."""

    def __init__(self, *, is_bus_complete=True):
        self.clock = ManualClock()
        self.storage = open_memory()
        self.time = 0.0
        self.leases = MemoryLeases(lambda: self.time)
        self.cache = MemoryCache()
        self.presence = MemoryPresence()
        self.gateways = []
        self.bots = []
        self._buses = []
        self._is_bus_complete = is_bus_complete

    def start(self, **more):
        """Add one and return its gateway and its bot."""
        joined = self._buses if self._is_bus_complete else []
        bus = MemoryBus(*joined, is_complete=self._is_bus_complete)
        self._buses.append(bus)
        shared = Coordination(leases=self.leases, bus=bus, cache=self.cache, presence=self.presence)
        bot = EchoBot(self.clock, name=f"p{len(self.bots)}")
        gateway = Gateway(
            bot,
            replace(self.storage.stores, shared=shared),
            clock=self.clock,
            settings=GatewaySettings(**more.pop("settings", {})),
            **more,
        )
        self.gateways.append(gateway)
        self.bots.append(bot)
        return gateway, bot

    def cut(self, index):
        """Let a process hear nothing more of the others."""
        for bus in self._buses:
            if self._buses[index] in bus._others:
                bus._others.remove(self._buses[index])

    def expire_leases(self):
        """Let all leases end, as those of a process that died do."""
        self.time += 60.0

    async def close(self):
        for bot in self.bots:
            bot.gate.set()
        for gateway in self.gateways:
            await gateway.close()


@pytest.fixture
async def processes():
    made = Processes()
    yield made
    await made.close()


@pytest.fixture
async def without_bus():
    made = Processes(is_bus_complete=False)
    yield made
    await made.close()


async def said(gateway, conversation_id="c1"):
    events = [logged.event for logged in await gateway.log(conversation_id)]
    heard = [event.text for event in events if isinstance(event, UserUttered)]
    return heard, [event.text for event in events if isinstance(event, BotUttered)]


def text(outcome):
    return [reply.text for reply in outcome.replies]


async def until(condition):
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - the gateway has no event for it
            await asyncio.sleep(0)


async def test_turns_of_a_conversation_may_be_taken_anywhere(processes):
    (first, _), (second, _) = processes.start(), processes.start()
    await first.handle(message("set sunny"))
    await second.handle(message("a"))
    await first.handle(message("b"))
    await second.handle(message("c"))
    assert await said(first) == (
        ["set sunny", "a", "b", "c"],
        ["p0: set sunny", "p1: a", "p0: b", "p1: c"],
    )
    for gateway in (first, second):
        assert (await gateway.tracker("c1")).state.slots["mood"] == "sunny"
    assert first.counters.conflicts + second.counters.conflicts == 0


async def test_what_others_did_is_added_not_loaded_anew(processes):
    (first, _), (second, _) = processes.start(), processes.start()
    await first.handle(message("hello"))
    loads = []
    for number in range(6):
        await (second if number % 2 else first).handle(message(f"m{number}"))
        loads.append(first.counters.loads + second.counters.loads)
    assert loads[-1] == 0, "the cache has it"
    assert first.counters.continued + second.counters.continued == 4


async def test_a_cache_that_is_behind_is_not_believed(processes):
    (first, _), (second, bot) = processes.start(), processes.start()
    await second.handle(message("hello"))
    await first.handle(message("set sunny"))
    await first.idle()
    kept = processes.cache._kept["c1"]
    stale = replace(kept.head), list(kept.entries)
    await first.handle(message("set rainy"))
    await first.idle()
    kept.head, kept.entries = stale
    await second.handle(message("hello"))
    assert (await second.tracker("c1")).state.slots["mood"] == "rainy"
    assert len(bot.turns) == 2
    assert second.counters.conflicts == 0


async def test_a_message_to_a_busy_conversation_waits_for_its_turn_and_gets_its_outcome(processes):
    (first, bot), (second, other) = processes.start(), processes.start()
    slow = asyncio.ensure_future(first.handle(message("wait")))
    await bot.began(1)
    waiting = asyncio.ensure_future(second.handle(message("next")))
    await until(lambda: second.counters.lease_waits)
    assert other.turns == []
    bot.gate.set()
    assert text(await slow) == ["p0: wait"]
    outcome = await waiting
    assert text(outcome) == ["p0: next"], "who had the conversation took it along"
    assert not outcome.is_repeat
    assert await said(first) == (["wait", "next"], ["p0: wait", "p0: next"])


async def test_many_messages_to_many_processes_are_each_answered_once_and_in_order(processes):
    gateways = [processes.start()[0] for _ in range(3)]
    sent = [f"m{n}" for n in range(30)]
    outcomes = [
        asyncio.ensure_future(gateways[n % 3].handle(message(name, message_id=name)))
        for n, name in enumerate(sent)
    ]
    done = await asyncio.gather(*outcomes)
    heard, answers = await said(gateways[0])
    assert sorted(heard) == sorted(sent)
    assert [answer.partition(": ")[2] for answer in answers] == heard
    assert [text(outcome)[0].partition(": ")[2] for outcome in done] == sent
    turns = [turn for bot in processes.bots for turn in bot.turns]
    assert len(turns) == len(sent), "no turn was taken twice"


async def test_a_repeat_elsewhere_waits_for_the_first_and_returns_what_came_of_it(processes):
    (first, bot), (second, other) = processes.start(), processes.start()
    slow = asyncio.ensure_future(first.handle(message("wait", message_id="m1")))
    await bot.began(1)
    again = asyncio.ensure_future(second.handle(message("wait", message_id="m1")))
    await until(lambda: second.counters.lease_waits)
    bot.gate.set()
    assert (await again).replies == (await slow).replies
    assert (await again).is_repeat
    assert other.turns == []


async def test_what_another_process_has_in_hand_is_left_to_it(processes):
    (first, bot), (second, other) = processes.start(), processes.start()
    slow = asyncio.ensure_future(first.handle(message("wait")))
    await bot.began(1)
    assert await second.resume() == 1
    await second.idle()
    assert other.turns == []
    bot.gate.set()
    await slow


async def test_what_a_process_that_died_had_in_hand_is_taken_over(processes):
    (first, bot), (second, other) = processes.start(), processes.start()
    dead = asyncio.ensure_future(first.handle(message("wait")))
    await bot.began(1)
    processes.expire_leases()
    other.gate.set()
    await second.resume()
    await second.idle()
    assert await said(second) == (["wait"], ["p1: wait"])
    bot.gate.set()  # it was not dead, only late: its commit fails, the log decides
    assert text(await dead) == ["p1: wait"]
    assert first.counters.conflicts == 1
    assert await said(first) == (["wait"], ["p1: wait"])


async def test_what_came_before_is_answered_first(processes):
    gateway, _ = processes.start()
    left = message("left by a process that died")
    arrival = Arrival(
        conversation_id="c1",
        channel="rest",
        message_id="m0",
        timestamp=processes.clock.now(),
        body=write_message(left),
    )
    await processes.storage.stores.log.receive(arrival)
    await gateway.handle(message("now"))
    assert await said(gateway) == (
        ["left by a process that died", "now"],
        ["p0: left by a process that died", "p0: now"],
    )


def leased(processes):
    return set(processes.leases._held)


async def test_a_conversation_stays_where_its_messages_come(processes):
    first, _ = processes.start()
    processes.start()
    await first.handle(message("hello"))
    await first.idle()
    token = processes.leases._held["turn:c1"][0]
    for number in range(3):
        await first.handle(message(f"m{number}"))
    await first.idle()
    assert processes.leases._held["turn:c1"][0] == token
    assert processes.cache._kept == {}, "nobody else needs it"
    processes.gateways.remove(first)
    await first.close()
    assert leased(processes) == set()


async def test_who_wants_a_kept_conversation_has_it_at_once(processes):
    (first, _), (second, _) = processes.start(), processes.start()
    await first.handle(message("set sunny"))
    await first.handle(message("fail", conversation_id="c2"))
    await first.idle()
    for name in ("c1", "c2"):
        outcome = await second.handle(message("hello", conversation_id=name))
        assert text(outcome) == ["p1: hello"]
    assert second.counters.lease_waits == 2, "it asked once more when it was told"
    assert second.counters.loads == 0, "the cache was given what it lacked"
    assert (await second.tracker("c1")).state.slots["mood"] == "sunny"


async def test_where_processes_take_turns_at_a_conversation_nobody_keeps_it(processes):
    (first, _), (second, _) = processes.start(), processes.start()
    await first.handle(message("hello"))
    for number in range(8):
        await (first if number % 2 else second).handle(message(f"m{number}"))
        await first.idle()
        await second.idle()
        assert leased(processes) == set()
    assert first.counters.lease_waits + second.counters.lease_waits == 1
    for number in range(2):  # one of them has it for good
        await first.handle(message(f"n{number}"))
    await first.idle()
    assert leased(processes) == {"turn:c1"}


async def test_a_turn_that_is_wanted_is_followed_by_giving_back(processes):
    (first, bot), (second, _) = processes.start(), processes.start()
    slow = asyncio.ensure_future(first.handle(message("wait")))
    await bot.began(1)
    owner = asyncio.ensure_future(second.tracker("c1"))
    await until(lambda: second.counters.lease_waits)
    bot.gate.set()
    await slow
    assert len((await owner).events) > 0
    await first.idle()
    await second.idle()
    assert leased(processes) == set()


async def test_what_the_bus_lost_the_renewal_tells(processes):
    first, _ = processes.start(settings={"lease_seconds": 0.06})
    second, _ = processes.start()
    await first.handle(message("hello"))
    await first.idle()
    processes.cut(0)
    assert text(await second.handle(message("and now"))) == ["p1: and now"]
    assert second.counters.lease_waits > 0


async def test_without_a_complete_bus_nothing_is_kept(processes):
    first, _ = processes.start(settings={"lease_seconds": 0.06})
    await first.handle(message("hello"))
    assert leased(processes) == {"turn:c1"}
    processes._buses[0].is_complete = False
    await until(lambda: not leased(processes))
    await first.handle(message("again"))
    await first.idle()
    assert leased(processes) == set()


async def test_a_conversation_that_is_silent_is_given_back(processes):
    settings = {"lease_seconds": 0.03, "kept_lease_seconds": 0.02}
    first, _ = processes.start(settings=settings)
    await first.handle(message("hello"))
    await until(lambda: not leased(processes))
    await first.handle(message("again"))
    assert first.counters.loads == 0, "nobody had it meanwhile"


async def test_conversations_kept_by_a_process_that_died_go_on_elsewhere(processes):
    (first, _), (second, _) = processes.start(), processes.start()
    await first.handle(message("set sunny"))
    await first.idle()
    processes.cut(0)
    waiting = asyncio.ensure_future(second.handle(message("hello")))
    await until(lambda: second.counters.lease_waits)
    assert not waiting.done()
    processes.expire_leases()
    assert text(await waiting) == ["p1: hello"]
    assert (await second.tracker("c1")).state.slots["mood"] == "sunny"


async def test_a_kept_lease_that_was_lost_unnoticed_harms_nothing(processes):
    (first, _), (second, _) = processes.start(), processes.start()
    await first.handle(message("set sunny"))
    await first.idle()
    processes.leases._held.clear()  # as when Redis was emptied
    await second.handle(message("set rainy"))
    await first.handle(message("hello"))
    assert await said(first) == (
        ["set sunny", "set rainy", "hello"],
        ["p0: set sunny", "p1: set rainy", "p0: hello"],
    )
    assert (await first.tracker("c1")).state.slots["mood"] == "rainy"
    assert len(processes.bots[0].turns) == 2


async def test_a_process_that_slept_asks_before_it_goes_on(processes):
    (first, bot), (second, other) = processes.start(), processes.start()
    await first.handle(message("set sunny"))
    await first.idle()
    processes.expire_leases()
    slow = asyncio.ensure_future(second.handle(message("wait")))
    await other.began(1)
    first._workings.leases._held["c1"].until = 0.0  # its time ran out while it slept
    late = asyncio.ensure_future(first.handle(message("late")))
    await until(lambda: first.counters.lease_waits)
    assert len(bot.turns) == 1
    other.gate.set()
    assert text(await slow) == ["p1: wait"]
    assert text(await late) == ["p1: late"]
    assert first.counters.conflicts + second.counters.conflicts == 0


async def test_an_owner_who_changed_elsewhere_is_seen(processes):
    (first, _), (second, bot) = processes.start(), processes.start()
    await first.handle(message("hello"))
    await second.change_owner("c1", "agent")
    outcome = await first.handle(message("anybody?"))
    assert outcome.replies == ()
    assert bot.turns == []
    assert first.counters.conflicts == 0


async def test_reminders_fire_once(processes):
    (first, _), (second, _) = processes.start(), processes.start()
    await first.handle(message("remind me"))
    processes.clock.advance(61)
    assert await first.fire_due_reminders() + await second.fire_due_reminders() == 1
    await first.idle()
    await second.idle()
    _, answers = await said(second)
    assert sum("reminding of later" in answer for answer in answers) == 1


async def test_a_reminder_in_hand_is_kept_however_long_it_waits(processes):
    (first, bot), (second, _) = processes.start(), processes.start()
    await first.handle(message("remind me"))
    slow = asyncio.ensure_future(first.handle(message("wait")))
    await bot.began(2)
    processes.clock.advance(61)
    assert await first.fire_due_reminders() == 1
    for _ in range(5):
        processes.clock.advance(8)
        assert await first.fire_due_reminders() + await second.fire_due_reminders() == 0
    bot.gate.set()
    await slow
    await first.idle()
    _, answers = await said(first)
    assert sum("reminding of later" in answer for answer in answers) == 1
    processes.clock.advance(60)
    assert await first.fire_due_reminders() + await second.fire_due_reminders() == 0


async def test_a_reminder_of_a_process_that_died_is_soon_fired_by_another(processes):
    (first, bot), (second, other) = processes.start(), processes.start()
    await first.handle(message("remind me"))
    dead = asyncio.ensure_future(first.handle(message("wait")))
    await bot.began(2)
    processes.clock.advance(61)
    assert await first.fire_due_reminders() == 1
    processes.clock.advance(10)
    processes.cut(0)
    processes.expire_leases()
    assert await second.fire_due_reminders() == 1
    other.gate.set()
    await second.idle()
    _, answers = await said(second)
    assert sum("reminding of later" in answer for answer in answers) == 1
    bot.gate.set()
    await dead


async def test_the_human_queue_is_fed_by_one_process(processes):
    follower = RecordingFollower()
    first, _ = processes.start(handoff=follower)
    second, _ = processes.start(handoff=follower)
    await first.handle(message("pause"))
    told = len(follower.told)
    await first.refeed_handoff()
    await second.refeed_handoff()
    assert len(follower.told) == told + 1


class Watcher:
    def __init__(self, gateway, conversation_id="c1"):
        self.hints = 0
        gateway.watch(conversation_id, self._hint)

    def _hint(self):
        self.hints += 1


async def test_who_watches_elsewhere_gets_the_hint(processes):
    (first, _), (second, _) = processes.start(), processes.start()
    here, there, other = Watcher(first), Watcher(second), Watcher(second, "c2")
    await first.handle(message("hello"))
    assert (here.hints, there.hints, other.hints) == (1, 1, 0)


async def test_without_a_bus_the_end_of_the_log_is_looked_at(without_bus):
    (first, _), (second, _) = without_bus.start(), without_bus.start()
    there, other = Watcher(second), Watcher(second, "c2")
    await second.sharing.look()
    await first.handle(message("hello"))
    await second.sharing.look()
    assert there.hints
    assert other.hints == 0
    before = there.hints
    await second.sharing.look()
    assert there.hints == before, "what was seen is not news"


async def test_when_the_bus_comes_and_goes_everybody_is_told_to_look(processes):
    gateway, _ = processes.start()
    watcher = Watcher(gateway)
    processes._buses[0].is_complete = False
    await gateway.sharing.look()
    assert watcher.hints == 1
    processes._buses[0].is_complete = True
    await gateway.sharing.look()
    assert watcher.hints == 2


async def test_who_watches_is_present_on_all_processes(processes):
    (first, _), (second, _) = processes.start(), processes.start()
    Watcher(first)
    Watcher(second, "c2")
    await first.sharing.look()
    await second.sharing.look()
    assert second.sharing.visitors == 2
    assert await processes.presence.is_online(VISITOR, "c1")


async def test_turns_that_run_longer_than_a_lease_keep_it(processes):
    first, bot = processes.start(settings={"lease_seconds": 0.06})
    second, _ = processes.start()
    slow = asyncio.ensure_future(first.handle(message("wait")))
    await bot.began(1)
    for _ in range(4):  # each time the lease would have ended but for the renewal
        before = processes.leases._held["turn:c1"][1]
        processes.time += 0.05
        await until(lambda: processes.leases._held["turn:c1"][1] > before)  # noqa: B023
    assert await second.resume() == 1
    await second.idle()
    bot.gate.set()
    assert text(await slow) == ["p0: wait"]
    assert first.counters.leases_lost == 0


async def test_slots_survive_a_long_conversation_over_two_processes(processes):
    settings = {"snapshot_every": 12, "max_live": 1}
    (first, _), (second, _) = processes.start(settings=settings), processes.start()
    for number in range(40):
        await (second if number % 3 else first).handle(message(f"set v{number}"))
        await first.handle(message("x", conversation_id="other"))
    assert (await first.tracker("c1")).state.slots["mood"] == "v39"
    events = [logged.event for logged in await second.log("c1")]
    slots = [event.value for event in events if isinstance(event, SlotSet)]
    assert slots == [f"v{number}" for number in range(40)]
    assert first.counters.conflicts + second.counters.conflicts == 0
