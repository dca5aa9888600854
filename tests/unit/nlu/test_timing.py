"""Times of understanding are taken in the one pass, component by component, if they are wanted."""

import asyncio

from kefu.nlu.interpreter import Interpreter, TimedInterpreter
from kefu.nlu.pipeline import BuiltStep, Pipeline
from tests.unit.nlu.builders import component


class Counting:
    """Counts how often it is asked; answers later if it is to wait."""

    def __init__(self, *, waits=False):
        self.waits = waits
        self.asked = 0

    def process(self, message):
        self.asked += 1
        return asyncio.sleep(0) if self.waits else None


def understood(interpreter_of):
    first, second = Counting(), Counting(waits=True)
    steps = [
        BuiltStep(config=component("First"), component=first, needs_vectors=True),
        BuiltStep(config=component("Second"), component=second),
    ]
    data = asyncio.run(interpreter_of(Interpreter(Pipeline(steps, None))).parse("hello"))
    assert (first.asked, second.asked) == (1, 1)
    return data


def test_each_component_has_its_time_and_none_is_asked_twice():
    timing = understood(TimedInterpreter)["timing"]
    assert [one["name"] for one in timing["components"]] == ["features", "First", "Second"]
    took = sum(one["milliseconds"] for one in timing["components"])
    assert 0 < took <= timing["milliseconds"] + 0.01


def test_nobody_who_does_not_want_times_gets_them():
    assert "timing" not in understood(lambda interpreter: interpreter)
