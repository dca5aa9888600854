"""Customers are merged and moved while the bot is busy: nothing it says is lost or misdirected."""

import asyncio

import pytest

from kefu.app.customers import BotMemories
from kefu.clock import ManualClock
from kefu.customers.customers import Customers
from kefu.customers.tokens import Tokens
from kefu.customers.views import CustomerViews
from kefu.gateway.gateway import Gateway
from kefu.project.settings import CustomerSettings
from kefu.storage.memory import open_memory
from kefu.storage.sql import open_sql
from tests.unit.gateway.fakes import EchoBot, RecordingSender, message


@pytest.fixture(params=["memory", "sqlite"])
async def storage(request, tmp_path):
    opened = open_memory() if request.param == "memory" else await open_sql(tmp_path / "kefu.db")
    yield opened
    await opened.close()


class Shop:
    """A gateway with customers, and a channel that is written to."""

    def __init__(self, storage):
        clock = ManualClock()
        self.storage = storage
        self.bot = EchoBot(clock)
        self.gateway = Gateway(self.bot, storage.stores, clock=clock)
        self.wechat = RecordingSender()
        self.gateway.connect("wechat", self.wechat)
        self.files = Files()
        settings = CustomerSettings(slots={"name": "mood"})
        self.customers = Customers(
            storage.customers,
            storage.visits,
            BotMemories(self.gateway, storage.stores.log, self.files),
            tokens=Tokens(settings, None, clock),
            settings=settings,
            clock=clock,
        )
        self.views = CustomerViews(storage.customers, storage.visits)
        self.clock = clock

    async def says(self, address, text, message_id=None):
        self.clock.advance(1)
        channel = address.partition("-")[0]
        said = message(text, conversation_id=address, channel=channel, message_id=message_id)
        return await self.gateway.receive(said)

    async def proves(self, address, value, kind="unionid"):
        self.clock.advance(1)
        return await self.customers.identify(address, kind=kind, value=value, is_verified=True)

    async def texts(self, conversation_id):
        records = await self.gateway.log(conversation_id)
        kinds = ("UserUttered", "BotUttered")
        return [r.event.text for r in records if type(r.event).__name__ in kinds]


@pytest.fixture
async def shop(storage):
    made = Shop(storage)
    yield made
    made.bot.gate.set()
    await made.gateway.close()


async def test_an_answer_that_was_under_way_is_given_in_the_kept_conversation(shop):
    await shop.says("web-a", "set calm")
    await shop.proves("web-a", "x")
    await shop.gateway.idle()
    await shop.says("wechat-b", "wait", "m1")
    await shop.bot.began(2)
    await shop.says("wechat-b", "and this", "m2")
    await shop.proves("wechat-b", "x")
    shop.bot.gate.set()
    await shop.gateway.idle()
    assert await shop.gateway.resolve("wechat-b") == "web-a"
    assert await shop.texts("web-a") == [
        "set calm", "echo: set calm", "wait", "echo: wait", "and this", "echo: and this",
    ]  # fmt: skip
    assert shop.wechat.sent == [("web-a", "echo: wait"), ("web-a", "echo: and this")]
    repeat = await shop.says("wechat-b", "wait", "m1")
    assert (repeat.is_repeat, repeat.conversation_id) == (True, "web-a")
    assert len(shop.wechat.sent) == 2


async def test_a_turn_of_the_kept_conversation_is_done_again_on_what_was_merged(shop):
    await shop.says("wechat-a", "hello")
    await shop.gateway.idle()
    await shop.says("web-b", "set calm")
    await shop.proves("wechat-a", "x")
    await shop.gateway.idle()
    await shop.says("wechat-a", "wait")
    await shop.bot.began(3)
    await shop.proves("web-b", "x")
    shop.bot.gate.set()
    await shop.gateway.idle()
    assert shop.wechat.sent == [("wechat-a", "echo: hello"), ("wechat-a", "echo: wait")]
    state = await shop.gateway.state("wechat-a")
    assert state["slots"]["mood"] == "calm"
    assert shop.gateway.counters.conflicts == 1


async def test_who_watches_is_told_to_look_again(shop):
    hints = []
    await shop.says("wechat-a", "hello")
    await shop.says("web-b", "hello")
    await shop.proves("wechat-a", "x")
    await shop.gateway.idle()
    stop = shop.gateway.watch("web-b", lambda: hints.append("web-b"))
    await shop.proves("web-b", "x")
    stop()
    assert hints
    assert await shop.gateway.resolve("web-b") == "wechat-a"


async def test_what_one_user_asked_is_never_answered_to_the_next_one_at_the_browser(shop):
    await shop.says("app-d", "hello")
    await shop.proves("app-d", "u2", "user")
    await shop.says("wechat-a", "hello")
    await shop.proves("wechat-a", "u1", "user")
    await shop.gateway.idle()
    await shop.says("wechat-a", "wait")
    await shop.bot.began(3)
    ref = await shop.proves("wechat-a", "u2", "user")
    shop.bot.gate.set()
    await shop.gateway.idle()
    assert ref.conversation_id == await shop.gateway.resolve("wechat-a") == "app-d"
    assert await shop.texts("app-d") == ["hello", "echo: hello"]
    await shop.gateway.resume()
    await shop.gateway.idle()
    first = await shop.views.holder("user", "u1")
    assert await shop.texts(first["conversation_id"]) == [
        "hello", "echo: hello", "wait", "echo: wait",
    ]  # fmt: skip
    left = await shop.storage.stores.conversations.head("wechat-a")
    assert left is None or left.last_seq == 0


async def test_merges_from_all_sides_at_once_lose_no_message(shop):
    addresses = [f"wechat-{number}" for number in range(6)]
    for address in addresses:
        await shop.says(address, f"from {address}")
    jobs = [shop.proves(address, "x") for address in addresses]
    jobs += [shop.says(address, f"again {address}") for address in addresses]
    await asyncio.gather(*jobs)
    await shop.gateway.idle()
    await shop.gateway.resume()
    await shop.gateway.idle()
    assert len({await shop.gateway.resolve(address) for address in addresses}) == 1
    found = await shop.views.at(addresses[0])
    history = await shop.views.timeline(found["customer_id"], before=1e12, limit=500)
    said = [entry["text"] for entry in history if entry["kind"] == "user"]
    wanted = [f"{word} {address}" for word in ("from", "again") for address in addresses]
    assert sorted(said) == sorted(wanted)
    assert sorted(text for _, text in shop.wechat.sent) == sorted(f"echo: {w}" for w in wanted)


async def test_the_bot_is_told_the_customers_name(shop):
    await shop.customers.set_attributes("web-a", {"name": "Ada"})
    assert (await shop.gateway.state("web-a"))["slots"]["mood"] == "Ada"
    await shop.customers.hide("web-a", ["name"])
    assert (await shop.gateway.state("web-a"))["slots"]["mood"] is None


async def test_without_a_model_customers_are_known_all_the_same(shop):
    shop.gateway.use_bot(None)
    ref = await shop.proves("web-a", "u1", "user")
    assert (await shop.customers.profile("web-a"))["customer_id"] == ref.customer_id


class Files:
    """Remembers whose files were deleted."""

    def __init__(self):
        self.forgotten = []

    async def forget(self, conversation_id):
        self.forgotten.append(conversation_id)


async def test_what_was_erased_is_gone_from_memory_while_the_bot_is_busy(storage):
    shop = Shop(storage)
    await shop.says("web-1", "set sunny")
    await shop.gateway.idle()
    await shop.proves("web-1", "x")
    await shop.says("web-1", "wait")
    await shop.bot.began(2)
    await shop.says("web-1", "my secret")
    erasing = asyncio.ensure_future(shop.customers.forget("web-1", ["messages"]))
    shop.bot.gate.set()
    await erasing
    await shop.gateway.idle()
    assert shop.files.forgotten == ["web-1"]
    assert (await shop.gateway.tracker("web-1")).state.slots["mood"] is None
    assert [text for _, text in shop.bot.turns if text == "my secret"] == []
    notes = [entry.note for entry in (await shop.gateway.passage("web-1")).entries if entry.note]
    assert notes
    assert all(note == {"note": "erased"} for note in notes)
    assert not [e for e in await shop.gateway.log("web-1") if hasattr(e.event, "text")]
    await shop.says("web-1", "hello")
    await shop.gateway.idle()
    assert await shop.texts("web-1") == ["hello", "echo: hello"]
