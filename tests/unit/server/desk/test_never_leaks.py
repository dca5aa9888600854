"""What agents say to one another, and what happens at the desk, reaches no customer.

Every channel is walked: the web's transcript reads the log; all others are given deliveries.
"""

import json

import pytest

from kefu.channels.web.transcript import Transcript
from kefu.core.domain import Domain
from kefu.core.notes import NOTE_KINDS, note
from kefu.dialogue.bot import Bot
from kefu.gateway.gateway import Gateway
from kefu.gateway.reading import LoggedEntry
from kefu.storage.memory import open_memory

SECRET = "内部：这位客户很难缠"
DETAILS = dict.fromkeys(
    (
        "text",
        "detail",
        "comment",
        "reason",
        "mark",
        "how",
        "before",
        "group_id",
        "url",
        "scene",
        "to",
        "added",
        "removed",
        "wrap_up",
        "mentions",
        "data",
        "review_id",
        "confidence",
    ),
    SECRET,
)
AGENT = {"id": "a_secret_id", "name": "小陈", "avatar": "/c.png", "staff_number": "内部工号"}
PUSHING = ("wechat", "wecom", "callback", "mini_program")


def a_note(kind, **more):
    return note(kind, **DETAILS, agent=AGENT, is_whisper=True, **more)


@pytest.mark.parametrize("kind", sorted(NOTE_KINDS))
def test_the_web_channel_tells_nothing_of_it(kind):
    entry = LoggedEntry(1, 1.0, None, a_note(kind))
    told = json.dumps(list(Transcript().frames("web-a", [entry])), ensure_ascii=False)
    assert SECRET not in told
    assert "a_secret_id" not in told
    assert "内部工号" not in told
    assert "is_whisper" not in told


class Told:
    """A channel that notes what it is given."""

    def __init__(self):
        self.replies = []

    async def send(self, reply, *, delivery_id, recipient):
        self.replies.append((reply, delivery_id, recipient))
        return "r"


@pytest.mark.parametrize("kind", sorted(NOTE_KINDS))
async def test_no_other_channel_is_given_any_of_it(kind):
    storage = open_memory()
    bot = Bot(domain=Domain.from_dict({}), understanding=None, predictor=None)
    gateway = Gateway(bot, storage.stores)
    told = Told()
    for channel in PUSHING:
        gateway.connect(channel, told)
    await gateway.tracker("c1")
    assert await gateway.note("c1", a_note(kind)) > 0
    await gateway.idle()
    assert told.replies == []
    assert list(await gateway.deliveries()) == []  # what rest and callback fetch
    state = json.dumps(await gateway.state("c1", events="ALL"), ensure_ascii=False)
    assert SECRET not in state  # nor does the bot, or an action server, see it
    await gateway.close()
