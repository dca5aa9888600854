import random

from kefu.core.events import (
    ActionExecuted,
    ActionReverted,
    ActiveLoop,
    AllSlotsReset,
    BotUttered,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from kefu.core.tracker import Tracker
from kefu.gateway.live import Live, LiveConversations, _spread, _stretches
from kefu.gateway.records import Commit, Head
from kefu.gateway.rows import entry_of
from kefu.storage.memory import open_memory
from tests.unit.gateway.fakes import domain, message


def turn(chance, number, *, is_in_form=False):
    """Return the events of a turn; now and then one that undoes or starts over."""
    parsed = {"text": f"m{number}", "intent": {"name": "greet"}, "entities": []}
    parsed |= {"message_id": None, "metadata": {}}
    heard = UserUttered(
        text=f"m{number}",
        intent=parsed["intent"],
        parse_data=parsed,
        timestamp=float(number),
    )
    events = [heard]
    match chance.randint(0, 11):
        case 0:
            events.append(UserUtteranceReverted(timestamp=float(number)))
        case 1:
            events.append(ActionReverted(timestamp=float(number)))
        case 2:
            events.append(Restarted(timestamp=float(number)))
        case 3:
            events.append(SessionStarted(timestamp=float(number)))
        case 4:
            events.append(AllSlotsReset(timestamp=float(number)))
        case 5:
            is_in_form = not is_in_form
            name = "form" if is_in_form else None
            events.append(ActiveLoop(name=name, timestamp=float(number)))
        case _:
            events.append(SlotSet(key="mood", value=str(number), timestamp=float(number)))
    action = "form" if is_in_form else "utter_greet"
    return [
        *events,
        ActionExecuted(action_name=action, timestamp=float(number)),
        BotUttered(text=f"r{number}", timestamp=float(number)),
        ActionExecuted(action_name="action_listen", timestamp=float(number)),
    ]


def seen(tracker):
    """Return everything that a turn can depend on."""
    return (
        tracker.state,
        tracker.base,
        list(tracker.applied),
        list(tracker.events),
        tracker.is_whole,
    )


async def test_a_conversation_comes_back_from_the_store_as_it_was():
    for seed in range(8):
        chance = random.Random(seed)
        log = open_memory().stores.log
        live = Live.new("c", domain())
        for number in range(150):
            is_in_form = live.tracker.state.active_loop_name is not None
            events = turn(chance, number, is_in_form=is_in_form)
            await commit(log, live, events, with_snapshot=chance.random() < 0.1)
            if chance.random() < 0.15:
                stored = await log.load("c")
                back = Live.restored("c", live.tracker.domain, stored)
                assert seen(back.tracker)[:3] == seen(live.tracker)[:3]
                if chance.random() < 0.5:
                    live = back


async def test_what_loading_brings_does_not_grow_with_the_conversation():
    log = open_memory().stores.log
    live = Live.new("c", domain())
    sizes = []
    for number in range(1_000):
        with_snapshot = live.since_snapshot >= 100
        await commit(log, live, turn(random.Random(5), number), with_snapshot=with_snapshot)
        if number % 100 == 99:
            sizes.append(len((await log.load("c")).entries))
    assert max(sizes) < 1_000
    assert sizes[-1] <= max(sizes[:5]) * 1.5


async def test_undoing_without_end_does_not_make_loading_grow():
    log = open_memory().stores.log
    live = Live.new("c", domain())
    for number in range(600):
        events = [
            UserUttered(text="back", timestamp=1.0),
            ActionExecuted(action_name="action_back", timestamp=1.0),
            UserUtteranceReverted(timestamp=1.0),
        ]
        await commit(log, live, events, with_snapshot=number % 30 == 29)
    assert len((await log.load("c")).entries) < 600


async def commit(log, live, events, *, with_snapshot):
    snapshot = live.snapshot() if with_snapshot and live.last_event_seq else None
    live.tracker.extend(events)
    live.tracker.settle()
    live.tracker.trim()  # as the bot does at the end of a turn
    entries = tuple(entry_of(event, 0.0) for event in events)
    committed = await log.commit(
        Commit(
            conversation_id="c",
            expected_version=live.head.version,
            owner="bot",
            timestamp=1.0,
            entries=entries,
            snapshot=snapshot,
        )
    )
    if snapshot:
        live.since_snapshot = 0
    live.advance(Head(version=committed.version), events, entries, committed.first_seq)


def test_stretches_join_neighbours_and_small_gaps():
    assert _stretches([1, 2, 3, 7, 8]) == ((1, 3), (7, 8))
    assert _stretches([1, 2, 3, 7, 8], gap=4) == ((1, 8),)
    assert _stretches([]) == ()
    assert _spread(((1, 3), (7, 8))) == [1, 2, 3, 7, 8]
    assert _spread(_stretches([5, 5, 6])) == [5, 5, 6]


def test_the_least_recently_used_conversation_is_forgotten_first():
    kept = LiveConversations(max_count=2)
    known = domain()
    lives = {name: Live.new(name, known) for name in "abc"}
    for name, live in lives.items():
        kept.put(name, live)
    assert kept.get("a", known) is None
    kept.put("b", lives["b"])
    kept.put("a", lives["a"])
    assert kept.get("c", known) is None
    assert kept.get("b", known) is lives["b"]


def test_conversations_are_forgotten_when_they_take_too_much_memory():
    kept = LiveConversations(max_bytes=20_000)
    known = domain()
    for number in range(10):
        kept.put(str(number), Live.new(str(number), known))
    assert len(kept) == 3


def test_a_conversation_folded_under_another_domain_is_not_used():
    kept = LiveConversations()
    live = Live.new("a", domain())
    kept.put("a", live)
    assert kept.get("a", domain()) is None
    assert isinstance(live.tracker, Tracker)


async def test_long_conversations_cost_no_more_memory_than_their_recent_part(make_gateway):
    gateway = make_gateway()
    sizes = []
    for number in range(400):
        await gateway.handle(message(f"m{number}"))
        live = await gateway._turns.live("c1", gateway.bot)
        sizes.append(live.size)
    assert max(sizes[200:]) <= max(sizes[:200]) * 1.2
