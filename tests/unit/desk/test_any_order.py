"""Whatever happens at a desk, in whatever order: what must hold, holds after every step.

Customers ask, write and leave, agents come, go, claim, hand on and close, two of them at the same
instant, time passes, and the desk does what is due. The bot is the real one, with HandoffPolicy.
"""

import asyncio

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from kefu.core.events import BotUttered, ConversationPaused, ConversationResumed
from kefu.core.handoff import open_review
from kefu.core.names import LEFT_MESSAGE_KEY
from kefu.desk.dispatching import agent_state, waiting_of
from kefu.desk.handing import Known
from kefu.desk.moves import LEFT_MESSAGE, Timing, Whereto
from kefu.errors import DeskError
from tests.unit.desk.office import Office, anybody
from tests.unit.dialogue.desk import Desk as Prospects
from tests.unit.dialogue.desk import DeskStage

NAMES = ("林", "王", "赵")
CONVERSATIONS = ("c0", "c1", "c2", "c3")
SAID = ("/greet", "/ask_human", "运费多少|fees@0.8", "运费|fees@0.99", "在吗|greet@0.99")
DRAFT = "运费多少|fees@0.8"

agents = st.sampled_from(NAMES)
conversations = st.sampled_from(CONVERSATIONS)

acts = st.one_of(
    st.tuples(st.just("claim"), agents),
    st.tuples(st.just("assign"), agents, agents),
    st.tuples(st.just("take_over"), agents),
    st.tuples(st.just("to_agent"), agents, agents),
    st.tuples(st.just("to_group"), agents, st.sampled_from((None, "g_1", "g_2"))),
    st.tuples(st.just("to_bot"), agents),
    st.tuples(st.just("requeue"), agents),
    st.tuples(st.just("close"), agents),
    st.tuples(st.just("reopen"), agents),
    st.tuples(st.just("snooze"), agents, st.sampled_from((30.0, 400.0))),
    st.tuples(st.just("says"), agents),
    st.tuples(st.just("writes"), st.sampled_from(SAID)),
    st.tuples(st.just("leaves")),
    st.tuples(st.just("leaves_message")),
    st.tuples(st.just("invite"), agents, agents),
    st.tuples(st.just("label"), agents),
    st.tuples(st.just("rating"), agents),
    st.tuples(st.just("review"), agents, st.sampled_from(("approve", "edit", "discard"))),
)


class Shift(RuleBasedStateMachine):
    """A day at the desk in which anything may happen."""

    def __init__(self):
        super().__init__()
        self.loop = asyncio.new_event_loop()
        stage = DeskStage(Prospects())
        self.office = Office(
            bot=stage.bot,
            clock=stage.clock,
            timing=Timing(unanswered=60.0, idle=600.0),
            grace_seconds=30.0,
        )
        self.people = {}
        self.connected = set()
        self.numbers = iter(range(1, 100_000))

    def do(self, work):
        async def whole():
            done = await work
            await self.office.gateway.idle()
            return done

        return self.loop.run_until_complete(whole())

    def teardown(self):
        try:
            self.do(self.office.gateway.close())
        finally:
            self.loop.close()

    @initialize(most=st.tuples(*[st.integers(0, 2)] * 3))
    def hired(self, most):
        """Let the agents come to work, in one group each."""
        for name, number in zip(NAMES, most, strict=True):
            groups = frozenset({"g_1"} if name == "林" else {"g_2"})
            hiring = self.office.hire(name, max_sessions=number, groups=groups)
            self.people[name] = self.do(hiring)
            self.connected.add(name)

    # -- what happens ----------------------------------------------------------------------

    async def _act(self, conversation_id, act):  # noqa: C901, PLR0912, PLR0915 - a table
        office, serving = self.office, self.office.desk.serving
        kind, *who = act
        by = self.people.get(who[0]) if who else None
        match kind:
            case "claim":
                await serving.claim(conversation_id, by, anybody)
            case "assign":
                await serving.assign(conversation_id, self.people[who[1]].id, by, anybody)
            case "take_over":
                await serving.take_over(conversation_id, by, anybody)
            case "to_agent":
                to = Whereto(agent=self.people[who[1]])
                await serving.transfer(conversation_id, to, by, anybody)
            case "to_group":
                await serving.transfer(conversation_id, Whereto(group_id=who[1]), by, anybody)
            case "to_bot":
                await serving.transfer(conversation_id, Whereto(is_bot=True), by, anybody)
            case "requeue":
                await serving.requeue(conversation_id, by, anybody)
            case "close":
                await serving.close(conversation_id, by, anybody)
            case "reopen":
                await serving.reopen(conversation_id, by, anybody)
            case "snooze":
                until = office.clock.now() + who[1]
                await serving.snooze(conversation_id, until, by, anybody)
            case "says":
                await office.says(by, "您好", conversation_id, f"m{next(self.numbers)}")
            case "writes":
                await office.writes(who[0], conversation_id)
            case "leaves":
                await office.gateway.append_events(conversation_id, [ConversationResumed()])
            case "leaves_message":
                left = {LEFT_MESSAGE_KEY: {"name": "小明", "contact": "13800000000"}}
                await office.writes("请回电", conversation_id, metadata=left)
            case "invite":
                await serving.invite(conversation_id, self.people[who[1]].id, by, anybody)
            case "label":
                await serving.label(conversation_id, ["l_1"], [], by, anybody)
            case "rating":
                await office.desk.speaking.ask_for_rating(conversation_id, by, anybody)
            case "review":
                review = await office.store.open_review(conversation_id)
                if review is not None:
                    decide = office.desk.reviewing.decide
                    await decide(review.review_id, by, who[1], text="六元")

    async def _tried(self, conversation_id, act):
        """Do it; being refused with a reason is an ordinary outcome, a conflict is not."""
        try:
            await self._act(conversation_id, act)
        except DeskError:
            return

    @rule(conversation_id=conversations, act=acts)
    def somebody_does_something(self, conversation_id, act):
        self.do(self._tried(conversation_id, act))

    @rule(conversation_id=conversations, one=acts, other=acts)
    def two_do_something_at_the_same_instant(self, conversation_id, one, other):
        async def both():
            await asyncio.gather(
                self._tried(conversation_id, one), self._tried(conversation_id, other)
            )

        self.do(both())

    @rule(conversation_id=conversations)
    def a_customer_asks_for_a_human(self, conversation_id):
        self.do(self._tried(conversation_id, ("writes", "/ask_human")))

    @rule(conversation_id=conversations)
    def the_handoff_action_runs_again(self, conversation_id):
        """... as when the bot's side tells it anew."""
        self.do(self.office.gateway.append_events(conversation_id, [ConversationPaused()]))
        self.do(self.office.gateway.refeed_handoff())

    @rule(name=agents, status=st.sampled_from(("online", "busy", "away", "offline")))
    def an_agent_declares(self, name, status):
        self.do(self.office.desk.presence.declare(self.people[name].id, status))

    @rule(name=agents)
    def an_agent_leaves(self, name):
        self.connected.discard(name)
        self.do(self.office.desk.presence.disconnect(self.people[name].id))

    @rule(name=agents)
    def a_laptop_falls_asleep(self, name):
        self.connected.discard(name)

    @rule(name=agents)
    def an_agent_comes(self, name):
        self.connected.add(name)
        self.do(self.office.desk.presence.connect(self.people[name].id))

    @rule(seconds=st.sampled_from((1.0, 14.0, 31.0, 61.0, 601.0, 3700.0)))
    def time_passes(self, seconds):
        self.office.later(seconds)
        lines = [self.people[name].id for name in sorted(self.connected)]
        self.do(self.office.desk.presence.beat(lines))

    @rule()
    def what_is_due_is_done(self):
        self.do(self.office.desk.timekeeper.round())

    @rule(skill=st.sampled_from(((), ("发票",))), group=st.sampled_from((None, "g_1", "g_2")))
    def customers_need_something_else(self, skill, group):
        self.office.known = Known(skills=skill, group_id=group, language="zh")

    @rule()
    def whom_can_be_given_is_given(self):
        """Nobody waits beside an agent whom the rules let them have."""
        self.do(self.office.dispatch())
        self.do(self.nobody_waits_needlessly())

    async def nobody_waits_needlessly(self):
        desk, now = self.office.desk, self.office.clock.now()
        waiting = [waiting_of(one) for one in await self.office.store.waiting()]
        there = [agent_state(one) for one in await self.office.store.agents()]
        assert not desk.settings.strategy(waiting, there, desk.rules, now)

    # -- what holds ------------------------------------------------------------------------

    @invariant()
    def all_tell_the_same(self):
        if self.people:
            self.do(self._check())

    async def _check(self):
        taken_over = set()
        for conversation_id in CONVERSATIONS:
            if await self._check_conversation(conversation_id) == "taken_over":
                taken_over.add(conversation_id)
        for agent in await self.office.store.agents():
            sessions = await self.office.store.sessions_with(agent.agent_id)
            assert agent.open == len(sessions)
            forced = [one for one in sessions if one.conversation_id in taken_over]
            assert agent.open - agent.max_sessions <= len(forced)
        assert not await self.office.desk.reconciler.look()
        events = await self.office.store.events(after=0, limit=100_000)
        assert [event.position for event in events] == list(range(1, len(events) + 1))

    async def _check_conversation(self, conversation_id):
        """Fold the log and compare; return the last note of who has the conversation."""
        store = self.office.store
        session = await store.open_session(conversation_id)
        head = await self.office.gateway.head(conversation_id)
        owner = {"waiting": "queue", "assigned": "agent", None: "bot"}[session and session.state]
        if session is not None and session.reason == LEFT_MESSAGE and owner == "queue":
            owner = "bot"
        if head is None:
            assert session is None
            return None
        assert head.owner == owner
        passage = await self.office.gateway.passage(conversation_id)
        agent_id, state, last = None, None, None
        for entry in passage.entries:
            if isinstance(entry.event, BotUttered):
                assert state != "assigned", "the bot spoke while an agent had it"
            if entry.note is None:
                continue
            found = standing(entry.note)
            if found is not None:
                state, agent_id = found
                last = entry.note["note"]
        assert state == (session and session.state)
        assert agent_id == (session and session.agent_id)
        tracker = (await self.office.gateway.tracker(conversation_id)).copy()
        if state == "waiting" and owner == "queue":
            assert tracker.state.is_paused, "the bot would answer"
        if owner == "bot":
            assert not tracker.state.is_paused, "nobody would ever answer"
        draft = await store.open_review(conversation_id)
        is_open = head.owner == "bot" and open_review(tracker.applied) is not None
        assert draft is not None or not is_open, "nobody would ever look at the draft"
        return last


def standing(note):
    """Return the state and the agent that a note says, or None if it says nothing of them."""
    match note["note"]:
        case "queued" | "requeued":
            return "waiting", None
        case "assigned" | "taken_over":
            whom = note.get("to") or note["agent"]
            return "assigned", whom["id"]
        case "transferred":
            to = note["to"].get("id")
            return ("assigned", to) if to else ("waiting", None)
        case "closed" | "given_back" | "withdrawn":
            return None, None
    return None


TestShift = Shift.TestCase
TestShift.settings = settings(max_examples=20, stateful_step_count=40, deadline=None)
