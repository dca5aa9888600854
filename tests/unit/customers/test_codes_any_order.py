"""Whatever happens in whatever order, codes keep to their limits."""

from collections import Counter
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from kefu.clock import ManualClock
from kefu.customers.verification import Verification
from kefu.project.settings import CodeSettings
from kefu.storage.memory import open_memory

PHONES = ("13800000001", "13800000002")
TALKS = ("c1", "c2", "c3")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), st.sampled_from(PHONES), st.sampled_from(TALKS)),
        st.tuples(
            st.just("type"),
            st.sampled_from(PHONES),
            st.sampled_from(TALKS),
            st.sampled_from(["last", "any", "wrong"]),
        ),
        st.tuples(st.just("wait"), st.sampled_from([1, 30, 61, 301, 1800, 3601])),
        st.tuples(st.just("fail")),
    ),
    max_size=60,
)


class World:
    def __init__(self):
        self.clock = ManualClock()
        self.sent = []  # time, phone, code
        self.attempts = []  # time, phone
        self.fails = False
        values = open_memory().channel_state
        self.processes = [self._process(values) for _ in range(2)]
        self.asked_for = {}
        self.tries = Counter()
        self.right = set()
        self.number = 0

    def _process(self, values):
        async def secret():
            return "1" * 64

        return Verification(
            sender=self,
            values=values,
            settings=CodeSettings(name="x.Y"),
            secret=secret,
            clock=self.clock,
        )

    async def send(self, message):
        phone = message.phone.removeprefix("+86")
        self.attempts.append((self.clock.now(), phone))
        if self.fails:
            self.fails = False
            raise OSError("away")
        self.sent.append((self.clock.now(), phone, message.code))

    def step(self):
        self.number += 1
        return self.processes[self.number % 2], f"s{self.number}"

    async def wait(self, seconds):
        self.clock.advance(seconds)

    async def fail(self):
        self.fails = True

    async def ask(self, phone, talk):
        process, step = self.step()
        before = len(self.sent)
        found = await process.send(phone, conversation_id=talk, step=step)
        assert (found.status == "sent") == (len(self.sent) > before)
        if found.status == "sent":
            self.asked_for[phone, talk] = len(self.sent) - 1

    async def type(self, phone, talk, which):
        number = self.asked_for.get((phone, talk))
        typed = "xxxxxx"
        if which == "last" and number is not None:
            typed = self.sent[number][2]
        elif which == "any" and self.sent:
            typed = self.sent[len(self.sent) // 2][2]
        process, step = self.step()
        found = await process.check(phone, typed, conversation_id=talk, step=step)
        if found.status in {"right", "wrong"}:
            self.tries[number] += 1
        if found.status == "right":
            at, to, code = self.sent[number]
            assert (to, code) == (phone, typed)
            assert self.clock.now() < at + 300
            assert number not in self.right, "right twice"
            self.right.add(number)


@settings(deadline=None, max_examples=60)
@given(STEPS)
async def test_codes_keep_to_their_limits(steps):
    world = World()
    for kind, *args in steps:
        await getattr(world, kind)(*args)
    assert all(count <= 3 for count in world.tries.values())
    for at, phone in world.attempts:
        recent = [t for t, to in world.attempts if to == phone and at - 3600 < t <= at]
        assert len(recent) <= 5
    for phone in PHONES:
        times = [at for at, to, _ in world.sent if to == phone]
        assert all(later - earlier >= 60 for earlier, later in pairwise(times))
