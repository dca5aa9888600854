"""What a number or a title chooses."""

import pytest

from kefu.channels.base import TimedState
from kefu.channels.platform.menus import OfferedChoices, numbered
from kefu.clock import ManualClock
from kefu.core.contents import Choice
from kefu.storage.memory.channel_state import MemoryChannelState
from kefu.storage.memory.records import Shelf

TRACK, HUMAN = Choice(title="查物流", payload="/track"), Choice(title="转人工")


@pytest.fixture
def offered():
    return OfferedChoices(TimedState(MemoryChannelState(Shelf()), ManualClock()), name="w")


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("1", TRACK),
        (" ２．", HUMAN),
        ("2、", HUMAN),
        ("查物流", TRACK),
        ("转人工。", HUMAN),
        ("3", None),
        ("0", None),
        ("-1", None),
        ("²", HUMAN),
        ("查", None),
        ("", None),
        ("1" * 100, None),
    ],
)
async def test_a_number_or_a_title_is_understood(offered, text, choice):
    await offered.remember("ada", [TRACK, HUMAN])
    got = await offered.offered("ada", text)
    assert (got.chosen(text) if got else None) == choice


async def test_after_the_next_message_only_a_tap_or_the_words_count(offered):
    await offered.remember("ada", [TRACK, HUMAN])
    await offered.answered("ada", await offered.offered("ada", "别的"))
    later = await offered.offered("ada", "2")
    assert later.chosen("2") is None
    assert later.chosen("转人工") == later.chosen("随便", tapped="2") == HUMAN


async def test_new_choices_are_not_closed_by_an_old_answer(offered):
    await offered.remember("ada", [TRACK])
    old = await offered.offered("ada", "1")
    await offered.remember("ada", [HUMAN])
    await offered.answered("ada", old)
    assert (await offered.offered("ada", "1")).chosen("1") == HUMAN
    assert await offered.offered("bob", "1") is None


def test_choices_stand_numbered_below_the_text():
    assert numbered("问", [TRACK, HUMAN]) == "问\n1. 查物流\n2. 转人工"
    assert numbered(None, [TRACK]) == "1. 查物流"
