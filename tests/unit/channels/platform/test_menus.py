"""What a tap chooses."""

from kefu.channels.base import TimedState
from kefu.channels.platform.menus import SentMenus
from kefu.clock import ManualClock
from kefu.core.contents import Choice
from kefu.storage.memory.channel_state import MemoryChannelState
from kefu.storage.memory.records import Shelf

TRACK, HUMAN = Choice(title="查物流", payload="/track"), Choice(title="转人工")


async def test_a_tap_is_the_choice_of_the_last_menu():
    menus = SentMenus(TimedState(MemoryChannelState(Shelf()), ManualClock()), name="w")
    assert await menus.tapped("ada", "查物流") is None
    await menus.remember("ada", [TRACK, HUMAN])
    assert await menus.tapped("ada", "查物流") == TRACK
    assert await menus.tapped("ada", "转人工") == HUMAN
    assert await menus.tapped("bob", "转人工") is None
    await menus.remember("ada", [HUMAN])
    assert await menus.tapped("ada", "查物流") is None
