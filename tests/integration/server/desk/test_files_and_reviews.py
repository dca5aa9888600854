"""Files of agents, deliveries sent again, drafts of the bot, customers who are one, orders."""

import asyncio
import json
from dataclasses import replace

import aiohttp
import pytest

from kefu.channels.attachments.links import Links
from kefu.channels.attachments.store import AttachmentStore
from kefu.clock import SystemClock
from kefu.desk.changes import AddReview, ChangeReview
from kefu.errors import Refused, Unavailable
from kefu.project.nlu_file import NluCollector
from kefu.project.problems import Report
from kefu.project.yaml import parse
from kefu.staff.permissions import Role
from kefu.storage.files.memory import MemoryFiles
from kefu.storage.memory import open_memory
from tests.contract.desk import NOW, a_review
from tests.desk_serving import running_desk
from tests.integration.server.desk.test_acts import problem_of

THIS = "conversations/web-a"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


@pytest.fixture
async def filing(tmp_path):
    storage = open_memory()
    clock = SystemClock()
    files = AttachmentStore(MemoryFiles(), storage.attachments, Links(b"k" * 32, clock), clock)
    async with running_desk(tmp_path, storage=storage, files=files) as world:
        yield world


async def test_a_picture_is_kept_and_sent(filing):
    lin = await filing.hire("lin")
    await filing.served_by(lin, "web-a")
    status, kept = await lin.ask("POST", f"{THIS}/attachments?name=a.png", data=PNG)
    assert status == 201
    assert kept["content"] == {"type": "image", "attachment": kept["attachment"], "name": "a.png"}
    body = {"message_id": "p1", "content": kept["content"]}
    seq = (await lin.act(f"{THIS}/messages", body))["seq"]
    items = (await lin.get(f"{THIS}/thread"))["items"]
    (item,) = [one for one in items if one["seq"] == seq]
    assert item["content"]["url"].startswith(f"/attachments/{kept['attachment']}")
    form = aiohttp.FormData(quote_fields=False)  # as browsers do
    form.add_field("file", PNG, filename="单据.png", content_type="image/png")
    status, kept = await lin.ask("POST", f"{THIS}/attachments", data=form)
    assert (status, kept["content"]["name"]) == (201, "单据.png")


async def test_files_that_are_none_and_files_of_others(filing):
    lin, chen = await filing.hire("lin"), await filing.hire("chen")
    await filing.served_by(lin, "web-a")
    await filing.served_by(chen, "web-b")
    for data, status in ((b"", 400), (b"MZ" + b"\0" * 99, 415)):
        answered, problem = await lin.ask("POST", f"{THIS}/attachments", data=data)
        assert (answered, problem["type"]) == (status, "urn:kefu:problem:attachment-refused")
    assert (await chen.ask("POST", f"{THIS}/attachments", data=PNG))[0] == 409
    _, kept = await chen.ask("POST", "conversations/web-b/attachments", data=PNG)
    body = {"message_id": "x", "content": kept["content"]}
    assert problem_of(await lin.ask("POST", f"{THIS}/messages", body)) == (
        400,
        "attachment-refused",
    )


async def test_what_was_refused_is_sent_again_by_whose_it_is(world):
    is_seen = asyncio.Event()

    class Refusing:
        async def send(self, reply, *, delivery_id, recipient):
            await is_seen.wait()
            raise Refused("拒收")

    world.gateway.connect("web", Refusing())
    lin, chen = await world.hire("lin"), await world.hire("chen")
    await world.served_by(lin, "web-a")
    async with lin.line(threads={"web-a": 0}) as line:
        seq = await lin.say("web-a", "收到了吗")
        frame = await line.until(lambda one: one["type"] == "items" and one["last_seq"] == seq)
        assert frame["items"][-1]["state"] == "pending"
        is_seen.set()
        frame = await line.of("changed_items")
        assert {"seq": seq, "state": "failed", "error": "拒收"} in frame["items"]
    items = (await lin.get(f"{THIS}/thread"))["items"]
    (item,) = [one for one in items if one["seq"] == seq]
    assert (item["state"], item["error"]) == ("failed", "拒收")
    again = f"deliveries/{item['delivery_id']}/send-again"
    assert (await chen.ask("POST", again, {}))[0] == 404
    await lin.act(again, status=202)


async def test_drafts_are_listed_claimed_and_decided_once(world):
    lin, chen = await world.hire("lin"), await world.hire("chen")
    await world.hear("web-a", "多少钱")
    review = a_review("v1", deadline=world.served.clock.now() + 600)
    await world.desk.reviewing.asked(review)
    await world.desk.feed.look()
    (shown,) = (await lin.get("reviews"))["items"]
    assert (shown["review_id"], shown["state"], shown["conversation_id"]) == ("v1", "open", "web-a")
    assert (await lin.get(f"{THIS}/row"))["review"]["review_id"] == "v1"
    status, claimed = await lin.ask("POST", "reviews/v1/claim")
    assert (status, claimed["claimed_by"]["id"]) == (200, lin.id)
    assert problem_of(await chen.ask("POST", "reviews/v1/claim")) == (409, "not-yours")
    assert (await lin.ask("POST", "reviews/v1/decide", {"decision": "edit", "text": " "}))[0] == 400
    assert (await lin.ask("POST", "reviews/v1/decide", {"decision": "maybe"}))[0] == 400
    # The bot of this test waits for nobody: somebody was faster.
    answer = await lin.ask("POST", "reviews/v1/decide", {"decision": "approve"})
    assert problem_of(answer) == (409, "superseded")
    assert problem_of(await lin.ask("POST", "reviews/v1/decide", {"decision": "approve"})) == (
        409,
        "decided",
    )
    assert (await lin.get("reviews"))["items"] == []
    assert (await lin.ask("POST", "reviews/none/claim"))[0] == 404


async def test_what_was_decided_is_material(world):
    trainer = await world.hire("tang", Role.TRAINER, is_there=False)
    await world.hear("web-a", "多少钱")
    decided = [
        ("v1", {"state": "approved", "intent": "ask_price", "question": "多少[钱]"}),
        ("v2", {"state": "edited", "text": "改成：“九折”\n好", "question": "便宜点"}),
        ("v3", {"state": "expired", "intent": "ask_price", "question": "没人看"}),
    ]
    for number, (name, changes) in enumerate(decided):
        review = a_review(name, deadline=NOW)
        await world.desk.store.apply([AddReview(review)])
        done = replace(review, decided_at=NOW + number, decided_by=trainer.id, **changes)
        await world.desk.store.apply([ChangeReview(done)])
    items = (await trainer.get("reviews/export?format=json"))["items"]
    assert [(one["decision"], one["answer"]) for one in items][:1] == [
        ("edited", "改成：“九折”\n好")
    ]
    assert len(items) == 2
    text = await trainer.get("reviews/export")
    assert '- intent: "ask_price"\n  examples: |\n    - 多少［钱］\n' in text
    assert json.dumps("改成：“九折”\n好", ensure_ascii=False) in text
    assert "没人看" not in text
    report = Report()
    training = NluCollector(report)
    training.add(parse(text, "reviews.yml", report))
    assert not report.sorted()
    assert [(one.intent, one.text) for one in training.examples] == [("ask_price", "多少［钱］")]
    page = await trainer.get("reviews?state=decided&limit=2")
    assert [one["review_id"] for one in page["items"]] == ["v3", "v2"]
    rest = await trainer.get(f"reviews?state=decided&limit=2&cursor={page['next']}")
    assert [one["review_id"] for one in rest["items"]] == ["v1"]


async def test_orders_and_why_there_are_none(world):
    class Shop:
        async def of(self, customer):
            if self.is_down:
                raise Unavailable("the shop answered 500")
            return [{"order_id": "A1", "items": []}]

    lin = await world.hire("lin")
    await world.served_by(lin, "web-a")
    assert await lin.get(f"{THIS}/orders") == {"orders": [], "error": None, "is_set_up": False}
    world.served.orders = shop = Shop()
    shop.is_down = False
    assert await lin.get(f"{THIS}/orders") == {
        "orders": [{"order_id": "A1", "items": []}],
        "error": None,
        "is_set_up": True,
    }
    shop.is_down = True
    assert (await lin.get(f"{THIS}/orders"))["error"] == "the shop answered 500"
