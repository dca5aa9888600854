"""How long somebody will wait, beside desks that are played."""

import heapq
import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.desk.estimate import (
    FEWEST_ENDS,
    LONGEST_LOOK,
    MOST_ENDS,
    Handled,
    Places,
    expected_wait,
    release_rate,
)

NOW = 1_000_000.0
USUAL = [Handled(600.0, NOW - 60.0 * n) for n in range(20)]

handled = st.lists(
    st.builds(
        Handled,
        st.floats(0.0, 7200.0),
        st.floats(NOW - 2 * LONGEST_LOOK, NOW + 100.0),
    ),
    max_size=30,
)
places = st.builds(
    Places,
    agents=st.integers(0, 4),
    in_all=st.integers(0, 20),
    free=st.integers(0, 3),
    ages=st.lists(st.floats(0.0, 7200.0), max_size=8).map(tuple),
)


def full(agents=1, in_all=5, ages=()):
    return Places(agents=agents, in_all=in_all, ages=ages)


def test_each_place_becomes_free_once_in_the_usual_time():
    assert expected_wait(1, full(), USUAL, NOW) == pytest.approx(600 / 5)
    assert expected_wait(4, full(), USUAL, NOW) == pytest.approx(4 * 600 / 5)


def test_free_places_are_for_those_in_front():
    places = Places(agents=1, in_all=5, free=2)
    waits = [expected_wait(position, places, USUAL, NOW) for position in (1, 2, 3)]
    assert waits == [0.0, 0.0, pytest.approx(120.0)]


def test_a_free_place_needs_no_experience():
    assert expected_wait(1, Places(agents=1, in_all=1, free=1), [], NOW) == 0.0


@pytest.mark.parametrize("places", [full(agents=0), full(in_all=0)])
def test_where_nobody_answers_nothing_can_be_said(places):
    assert expected_wait(1, places, USUAL, NOW) is None


def test_where_too_little_was_seen_nothing_can_be_said():
    assert expected_wait(1, full(), USUAL[: FEWEST_ENDS - 1], NOW) is None
    assert expected_wait(1, full(), USUAL[:FEWEST_ENDS], NOW) is not None
    old = [Handled(600.0, NOW - LONGEST_LOOK - 1.0)] * 20
    assert expected_wait(1, full(), old, NOW) is None
    assert expected_wait(1, full(), [Handled(0.0, NOW)] * 20, NOW) is None


def test_conversations_without_end_make_the_wait_longer():
    without = expected_wait(1, full(), USUAL, NOW)
    assert expected_wait(1, full(ages=(20_000.0,) * 5), USUAL, NOW) > 5 * without


def test_only_the_latest_are_asked():
    slow = [Handled(6000.0, NOW - 40_000.0 - n) for n in range(MOST_ENDS)]
    quick = [Handled(60.0, NOW - 60.0 * n) for n in range(MOST_ENDS)]
    assert release_rate([*slow, *quick], (), NOW) == pytest.approx(1 / 60)


@given(st.integers(1, 50), st.integers(0, 50), places, handled)
def test_whoever_stands_behind_waits_no_less(position, more, places, handled):
    before = expected_wait(position, places, handled, NOW)
    behind = expected_wait(position + more, places, handled, NOW)
    if before is None or behind is None:
        assert before is None or before == 0.0
        assert behind is None
    else:
        assert 0.0 <= before <= behind


@given(st.integers(1, 50), places, handled, st.randoms())
def test_the_order_of_what_was_seen_makes_no_difference(position, places, handled, source):
    before = expected_wait(position, places, handled, NOW)
    source.shuffle(handled)
    after = expected_wait(position, places, handled, NOW)
    assert after == (before if before is None else pytest.approx(before))


def play(draw, source, slots, position, busy_for):
    """Let a full desk work; return what it saw, what is open, and the wait that came true."""
    ends = [(draw(source), 0.0) for _ in range(slots)]
    heapq.heapify(ends)
    seen = []
    while ends[0][0] <= busy_for:
        end, begin = heapq.heappop(ends)
        seen.append(Handled(end - begin, end))
        heapq.heappush(ends, (end + draw(source), end))
    ages = tuple(busy_for - begin for _, begin in ends)
    for _ in range(position - 1):
        end, _ = heapq.heappop(ends)
        heapq.heappush(ends, (end + draw(source), end))
    return seen, ages, ends[0][0] - busy_for


@pytest.mark.parametrize(
    ("draw", "most"),
    [
        (lambda source: source.expovariate(1 / 600.0), 0.25),
        (lambda source: source.lognormvariate(6.0, 0.8), 0.25),
        (lambda source: source.gammavariate(4.0, 150.0), 0.25),
        (lambda source: source.choice([60.0, 60.0, 60.0, 2000.0]) * source.uniform(0.8, 1.2), 0.5),
    ],
    ids=["exponential", "lognormal", "gamma", "questions-and-cases"],
)
def test_what_is_told_comes_true(draw, most):
    """The middle error is bounded, and nobody is told less, or more, on the average.

    What is left of the error is luck: nobody knows which conversation will be the long one.
    """
    source = random.Random(11)
    errors, told, real = [], [], []
    for _ in range(300):
        slots, position = source.choice([5, 10, 20]), source.choice([5, 10, 20])
        seen, ages, wait = play(draw, source, slots, position, busy_for=20_000.0)
        places = Places(agents=slots // 5, in_all=slots, ages=ages)
        guess = expected_wait(position, places, seen, 20_000.0)
        errors.append(abs(guess - wait) / wait)
        told.append(guess)
        real.append(wait)
    assert statistics.median(errors) < most
    assert 0.9 < sum(told) / sum(real) < 1.1
