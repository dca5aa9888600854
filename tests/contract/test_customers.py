"""Customers merge, part and are forgotten the same way on every store."""

import asyncio
import json

import pytest

from kefu.core.attachments import Kept
from kefu.customers.changes import ChangeCustomer, ClaimIdentity, SetAlias
from kefu.customers.records import Identity
from kefu.errors import Conflict, CustomerError
from kefu.gateway.records import Arrival, Commit, NewDelivery, NewReminder, Snapshot
from tests.contract.customers import INITIAL, World


@pytest.fixture
def world(storage):
    return World(storage)


async def merges_of(world, address):
    shown = await world.views.at(address)
    return await world.views.merges(shown["customer_id"])


# -- becoming one ------------------------------------------------------------------------------


async def test_an_identity_alone_changes_nothing_for_the_conversation(world):
    await world.say("web-a")
    ref = await world.identify("web-a", "user", "u1")
    assert ref.conversation_id == "web-a"
    assert await world.leads("web-a") == "web-a"


async def test_an_address_without_history_joins_the_customer(world):
    await world.say("web-a")
    await world.identify("web-a", "unionid", "x")
    ref = await world.identify("wechat-b", "unionid", "x")
    assert ref.conversation_id == await world.leads("wechat-b") == "web-a"
    assert await merges_of(world, "web-a") == []
    assert world.conversations.redirects == [("wechat-b", "web-a")]


async def test_the_older_conversation_is_kept_and_gets_the_slots_it_lacks(world):
    await world.say("web-a", size="L")
    await world.say("wechat-b", size="S", colour="red", requested_slot="size")
    await world.identify("web-a", "unionid", "x")
    await world.identify("wechat-b", "unionid", "x")
    assert await world.leads("wechat-b") == "web-a"
    slots = await world.slots("web-a")
    assert (slots["size"], slots["colour"], slots["requested_slot"]) == ("L", "red", None)
    received = await world.say("wechat-b", "again")
    assert received.conversation_id == "web-a"
    assert received.head.channel == "wechat"


async def test_who_is_signed_in_keeps_the_conversation_though_it_is_younger(world):
    await world.say("web-visitor")
    await world.say("app-b")
    await world.identify("app-b", "user", "u1")
    ref = await world.identify("web-visitor", "user", "u1")
    assert ref.conversation_id == "app-b"


async def test_a_conversation_that_a_human_serves_is_kept(world):
    await world.say("app-b")
    await world.identify("app-b", "user", "u1")
    await world.say("web-visitor")
    await world.commit("web-visitor", owner="agent")
    ref = await world.identify("web-visitor", "user", "u1")
    assert ref.conversation_id == "web-visitor"
    assert (await world.storage.stores.conversations.head("web-visitor")).owner == "agent"


async def test_a_merge_stands_in_both_logs(world):
    await world.say("web-a")
    await world.say("wechat-b")
    await world.identify("web-a", "unionid", "x")
    await world.identify("wechat-b", "unionid", "x")
    assert "note" in await world.kinds("web-a")
    assert "note" in await world.kinds("wechat-b")


async def test_what_is_not_verified_merges_nothing(world):
    for address in ("web-a", "wechat-b", "app-c"):
        await world.say(address)
    await world.identify("web-a", "phone", "13800138000")
    await world.identify("wechat-b", "phone", "13800138000", False)
    await world.identify("app-c", "user", "u", False)
    await world.identify("wechat-b", "user", "u", False)
    assert await world.leads("wechat-b") == "wechat-b"
    assert (await world.customers.by_phone("+86 138-0013-8000")).conversation_id == "web-a"


async def test_who_proves_an_identity_gets_it_from_who_only_claimed_it(world):
    await world.say("web-a")
    await world.say("wechat-b")
    await world.identify("web-a", "phone", "13800138000", False)
    await world.identify("wechat-b", "phone", "138 0013 8000")
    assert (await world.customers.by_phone("13800138000")).conversation_id == "wechat-b"
    assert await world.leads("web-a") == "web-a"


async def test_a_phone_is_not_stored_as_an_identity_that_can_be_read(world, storage):
    await world.identify("web-a", "phone", "13800138000")
    shown = await world.views.at("web-a")
    (known,) = [known for known in shown["identities"] if known["kind"] == "phone"]
    assert "value" not in known
    stored = await storage.customers.identities(shown["customer_id"])
    assert not any("138000" in identity.value for identity in stored)
    assert shown["phone"] == "+8613800138000"
    assert "138" not in repr(await storage.customers.at("web-a"))


# -- staying two -------------------------------------------------------------------------------


async def test_a_browser_that_changes_hands_moves_and_the_history_stays(world):
    await world.say("web-a", size="L")
    await world.identify("web-a", "user", "u1")
    await world.say("app-b")
    await world.identify("app-b", "user", "u2")
    ref = await world.identify("web-a", "user", "u2")
    assert ref.conversation_id == await world.leads("web-a") == "app-b"
    assert (await world.say("web-a")).conversation_id == "app-b"
    first = await world.storage.customers.holder("user", "u1")
    assert first.conversation_id not in {"web-a", "app-b"}
    assert (await world.slots(first.conversation_id))["size"] == "L"
    assert (await world.slots("app-b"))["size"] is None


async def test_a_user_never_seen_gets_a_conversation_of_their_own(world):
    await world.say("web-a", size="L")
    await world.identify("web-a", "user", "u1")
    ref = await world.identify("web-a", "user", "u2")
    assert ref.conversation_id not in {"web-a"}
    received = await world.say("web-a")
    assert received.conversation_id == ref.conversation_id
    assert (await world.slots(ref.conversation_id))["size"] is None
    back = await world.identify("web-a", "user", "u1")
    assert (await world.slots(back.conversation_id))["size"] == "L"


async def test_a_phone_of_another_user_stays_theirs(world):
    await world.say("web-a")
    await world.say("app-b")
    await world.identify("web-a", "user", "u1")
    await world.identify("app-b", "user", "u2")
    await world.identify("web-a", "phone", "13800138000")
    await world.identify("app-b", "phone", "13800138000")
    assert await world.leads("app-b") == "app-b"
    assert world.customers.counters.merges_refused == 1


# -- chains, undoing ---------------------------------------------------------------------------


async def test_aliases_of_a_chain_lead_to_its_end(world):
    for address, slots in (("web-a", {}), ("wechat-b", {"size": "M"}), ("app-c", {})):
        await world.say(address, **slots)
    await world.commit("app-c", owner="agent")
    await world.identify("web-a", "unionid", "x")
    await world.identify("wechat-b", "unionid", "x")
    await world.identify("web-a", "phone", "13800138000")
    await world.identify("app-c", "phone", "13800138000")
    assert {await world.leads(name) for name in ("web-a", "wechat-b", "app-c")} == {"app-c"}
    assert (await world.slots("app-c"))["size"] == "M"
    shown = await world.views.customer((await world.views.at("wechat-b"))["customer_id"])
    assert shown["conversation_id"] == "app-c"


async def test_undoing_restores_addresses_identities_and_slots(world):
    await world.say("web-a")
    await world.say("wechat-b", size="S", colour="red")
    await world.identify("web-a", "unionid", "x")
    await world.identify("wechat-b", "user", "u1")
    before = [await world.views.at(name) for name in ("web-a", "wechat-b")]
    await world.identify("wechat-b", "unionid", "x")
    (merge,) = await merges_of(world, "wechat-b")
    assert merge["carried_slots"] == []
    assert await world.leads("web-a") == "wechat-b"
    ref = await world.customers.undo(merge["merge_id"])
    assert ref.conversation_id == await world.leads("web-a") == "web-a"
    assert await world.leads("wechat-b") == "wechat-b"
    assert [await world.views.at(name) for name in ("web-a", "wechat-b")] == before
    assert (await world.slots("wechat-b"))["colour"] == "red"
    with pytest.raises(CustomerError, match="undone already"):
        await world.customers.undo(merge["merge_id"])


async def test_undoing_takes_carried_slots_back_unless_they_changed_since(world):
    await world.say("web-a")
    await world.say("wechat-b", size="S", colour="red")
    await world.identify("web-a", "unionid", "x")
    await world.identify("wechat-b", "unionid", "x")
    await world.say("wechat-b", colour="blue")
    (merge,) = await merges_of(world, "web-a")
    assert merge["carried_slots"] == ["colour", "size"]
    await world.customers.undo(merge["merge_id"])
    slots = await world.slots("web-a")
    assert (slots["size"], slots["colour"]) == (None, "blue")
    assert (await world.slots("wechat-b"))["colour"] == "red"


async def test_what_a_person_parted_is_not_merged_again_by_itself(world):
    await world.say("web-a")
    await world.say("wechat-b")
    await world.identify("web-a", "unionid", "x")
    await world.identify("wechat-b", "unionid", "x")
    (merge,) = await merges_of(world, "web-a")
    await world.customers.undo(merge["merge_id"])
    await world.identify("wechat-b", "unionid", "x")
    assert await world.leads("wechat-b") == "wechat-b"


async def chain(world):
    """Let app-c absorb web-a, which absorbed wechat-b before; return both merges, oldest first."""
    await world.say("web-a")
    await world.say("wechat-b", size="S", colour="red")
    await world.say("app-c", language="en")
    await world.identify("web-a", "unionid", "x")
    await world.identify("wechat-b", "unionid", "x")
    await world.commit("app-c", owner="agent")
    await world.identify("web-a", "phone", "13800138000")
    await world.identify("app-c", "phone", "13800138000")
    second, first = await merges_of(world, "web-a")
    assert (first["kept"], second["merged"]) == (second["merged"], first["kept"])
    return first, second


@pytest.mark.parametrize("is_oldest_first", [True, False])
async def test_merges_of_a_chain_are_undone_in_any_order(world, is_oldest_first):
    merges = await chain(world)
    assert (await world.slots("app-c"))["size"] == "S"
    for merge in merges if is_oldest_first else reversed(merges):
        await world.customers.undo(merge["merge_id"])
    for address in ("web-a", "wechat-b", "app-c"):
        assert await world.leads(address) == address
    sizes = {name: (await world.slots(name))["size"] for name in ("web-a", "wechat-b", "app-c")}
    assert sizes == {"web-a": None, "wechat-b": "S", "app-c": None}
    identities = (await world.views.at("wechat-b"))["identities"]
    assert [known["kind"] for known in identities] == ["address"]


async def test_undoing_inside_a_chain_leaves_the_rest_together(world):
    first, _ = await chain(world)
    await world.say("app-c", colour="blue")
    ref = await world.customers.undo(first["merge_id"])
    assert ref.conversation_id == await world.leads("wechat-b") == "wechat-b"
    assert await world.leads("web-a") == "app-c"
    slots = await world.slots("app-c")
    assert (slots["size"], slots["colour"]) == (None, "blue")
    slots = await world.slots("web-a")
    assert (slots["size"], slots["colour"]) == (None, None)
    redirects = world.conversations.redirects
    assert {("app-c", "wechat-b"), ("web-a", "wechat-b")} <= set(redirects)


async def test_who_was_parted_is_not_merged_again_though_another_has_the_identity_now(world):
    first, _ = await chain(world)
    await world.customers.undo(first["merge_id"])
    await world.identify("wechat-b", "unionid", "x")
    assert await world.leads("wechat-b") == "wechat-b"
    await world.say("mini-d")
    await world.identify("mini-d", "unionid", "x")
    assert await world.leads("mini-d") == "app-c"


async def test_two_merges_into_one_customer_are_undone_in_any_order(world):
    for address, slots in (("web-a", {}), ("wechat-b", {"size": "S"}), ("app-c", {"size": "L"})):
        await world.say(address, **slots)
        await world.identify(address, "unionid", "x")
    second, first = await merges_of(world, "web-a")
    await world.customers.undo(first["merge_id"])
    assert await world.leads("wechat-b") == "wechat-b"
    assert await world.leads("app-c") == "web-a"
    await world.customers.undo(second["merge_id"])
    assert await world.leads("app-c") == "app-c"
    assert (await world.slots("web-a"))["size"] is None


async def test_an_address_that_moved_on_stays_where_it_is_when_a_merge_is_undone(world):
    await world.say("app-k")
    await world.identify("app-k", "user", "u1")
    await world.say("web-a", size="L")
    await world.identify("web-a", "user", "u1")
    (merge,) = await merges_of(world, "web-a")
    await world.identify("web-a", "user", "u2")
    ref = await world.customers.undo(merge["merge_id"])
    assert await world.leads("web-a") not in {"app-k", ref.conversation_id, "web-a"}
    assert (await world.slots(ref.conversation_id))["size"] == "L"


# -- while things happen -----------------------------------------------------------------------


async def test_messages_without_an_answer_move_to_the_kept_conversation(world):
    await world.say("web-a")
    await world.say("wechat-b")
    waiting = await world.say("wechat-b", "where is it", is_answered=False)
    await world.identify("web-a", "unionid", "x")
    await world.identify("wechat-b", "unionid", "x")
    stored = await world.log.load("web-a")
    assert stored.head.answered_seq < stored.head.last_message_seq
    assert stored.head.channel == "wechat"
    (moved,) = [
        it for it in stored.entries if it.seq > stored.head.answered_seq and it.kind == "message"
    ]
    assert "where is it" in moved.body
    former = await world.storage.stores.conversations.unanswered(before=1e12, limit=9)
    assert list(former) == ["web-a"]
    with pytest.raises(Conflict):  # the turn that was under way finds another version
        await world.log.commit(_commit_at(waiting))


def _commit_at(received):
    return Commit(
        conversation_id=received.conversation_id,
        expected_version=received.head.version,
        owner="bot",
        timestamp=5.0,
        answers=received.seq,
    )


async def test_a_repeat_of_a_moved_message_is_recognised(world):
    await world.say("web-a")
    arrival = Arrival(
        conversation_id="wechat-b", channel="wechat", message_id="7", timestamp=2000.0, body="{}"
    )
    await world.log.receive(arrival)
    await world.identify("web-a", "unionid", "x")
    await world.identify("wechat-b", "unionid", "x")
    repeat = await world.log.receive(arrival)
    assert repeat.is_repeat
    assert repeat.conversation_id == "web-a"
    assert repeat.seq == repeat.head.last_message_seq


async def test_reminders_follow_the_customer_and_come_back(world, storage):
    await world.say("web-a")
    await world.say("wechat-b")
    head = await storage.stores.conversations.head("wechat-b")
    reminder = NewReminder(name="r", intent="i", entities="[]", due_at=5.0, body="{}")
    await storage.stores.log.commit(
        Commit(
            conversation_id="wechat-b",
            expected_version=head.version,
            owner="bot",
            timestamp=1.0,
            reminders=(reminder,),
        )
    )
    await world.identify("web-a", "unionid", "x")
    await world.identify("wechat-b", "unionid", "x")
    (due,) = await storage.stores.reminders.claim_due(10.0, until=11.0, limit=5)
    assert due.conversation_id == "web-a"
    (merge,) = await merges_of(world, "web-a")
    await world.customers.undo(merge["merge_id"])
    (due,) = await storage.stores.reminders.claim_due(20.0, until=21.0, limit=5)
    assert due.conversation_id == "wechat-b"


async def test_two_sign_ins_at_once_make_one_customer(world):
    await world.say("web-a")
    await world.say("wechat-b")
    await world.say("app-c")
    addresses = ("web-a", "wechat-b", "app-c") * 3
    await asyncio.gather(*(world.identify(address, "user", "u1") for address in addresses))
    assert len({await world.leads(address) for address in addresses}) == 1
    found = {(await world.views.at(address))["customer_id"] for address in addresses}
    assert len(found) == 1


async def test_a_merge_that_finds_another_state_does_nothing_at_all(world, storage):
    await world.say("web-a")
    await world.identify("web-a", "user", "u1")
    customer = await storage.customers.at("web-a")
    identity = Identity(
        kind="unionid", value="x", customer_id=customer.customer_id, is_verified=True
    )
    with pytest.raises(Conflict):
        await storage.customers.apply(
            (
                ClaimIdentity(identity),
                ChangeCustomer(customer),
                SetAlias("wechat-b", "elsewhere", "web-a"),
            )
        )
    assert await storage.customers.holder("unionid", "x") is None
    assert await storage.customers.at("web-a") == customer


# -- what is known of them ---------------------------------------------------------------------


async def test_the_timeline_of_a_customer_is_that_of_all_logs_by_time(world):
    await world.say("web-a", "first")
    await world.say("wechat-b", "second")
    await world.say("web-a", "third")
    await world.identify("web-a", "unionid", "x")
    await world.identify("wechat-b", "unionid", "x")
    await world.say("wechat-b", "fourth")
    customer_id = (await world.views.at("wechat-b"))["customer_id"]
    entries = await world.views.timeline(customer_id, before=1e12, limit=50)
    said = [entry["text"] for entry in entries if entry["kind"] == "user"]
    assert said == ["first", "second", "third", "fourth"]
    assert [e["note"]["note"] for e in entries if e["kind"] == "note"] == ["merged", "merged"]
    page = await world.views.timeline(customer_id, before=entries[2]["at"], limit=1)
    assert [entry["text"] for entry in page] == ["second"]


async def test_what_is_hidden_is_hidden_and_what_is_forgotten_is_gone(world, storage):
    await world.customers.set_attributes("web-a", {"name": "李雷", "vip": True, "city": "上海"})
    await world.identify("web-a", "phone", "13800138000")
    await world.customers.hide("web-a", ["name", "attributes.city"])
    shown = await world.customers.profile("web-a")
    assert (shown["name"], shown["attributes"]) == (None, {"vip": True})
    assert world.conversations.told["web-a"] == {"customer_name": None}
    await world.customers.hide("web-a", ["name"], is_hidden=False)
    assert (await world.customers.profile("web-a"))["name"] == "李雷"
    await world.customers.forget("web-a")
    shown = await world.customers.profile("web-a")
    assert (shown["name"], shown["phone"], shown["attributes"]) == (None, None, {})
    assert await world.customers.by_phone("13800138000") is None
    with pytest.raises(CustomerError, match="no field"):
        await world.customers.hide("web-a", ["shoe_size"])


async def test_forgetting_reaches_those_who_were_merged(world):
    await world.say("web-a")
    await world.say("wechat-b")
    await world.customers.set_attributes("wechat-b", {"name": "韩梅梅"})
    await world.identify("web-a", "unionid", "x")
    await world.identify("wechat-b", "unionid", "x")
    assert (await world.customers.profile("web-a"))["name"] == "韩梅梅"
    await world.customers.forget("web-a", ["name"])
    (merge,) = await merges_of(world, "web-a")
    await world.customers.undo(merge["merge_id"])
    assert (await world.customers.profile("wechat-b"))["name"] is None


async def test_a_customer_has_everything_deleted_that_was_said(world, storage):
    await world.say("web-a", "my secret", size="S")
    await world.say("wechat-b", "another secret", colour="crimson")
    await world.identify("web-a", "unionid", "x")
    await world.identify("wechat-b", "unionid", "x")
    await world.say("web-a", "a secret that waits", is_answered=False)
    stored = await world.log.load("web-a")
    reminder = NewReminder(name="r", intent="i", entities='["secret"]', due_at=5.0, body="{}")
    await world.log.commit(
        Commit(
            conversation_id="web-a",
            expected_version=stored.head.version,
            owner="queue",
            timestamp=1.0,
            deliveries=(NewDelivery(channel="web", body="secret reply", state="pending"),),
            reminders=(reminder,),
            snapshot=Snapshot(seq=2, body='"secret"', needs=((1, 2),)),
        )
    )
    await storage.attachments.add(
        Kept(
            attachment_id="secret.png",
            conversation_id="wechat-b",
            name="secret.png",
            content_type="image/png",
            size=1,
            created_at=1.0,
        )
    )
    await world.customers.forget("wechat-b", ["messages"])
    for name in ("web-a", "wechat-b"):
        entries = await world.log.history(name)
        assert {entry.kind for entry in entries} == {"note"}
        notes = [json.loads(entry.body)["note"] for entry in entries]
        assert (set(notes), notes[-1]) == ({"erased", "merged"}, "erased")
        assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
        stored = await world.log.load(name)
        assert (stored.snapshot, stored.head.is_answered) == (None, True)
        assert await world.slots(name) == INITIAL
    assert (await world.log.load("web-a")).head.owner == "queue"
    assert not await storage.stores.deliveries.listed(None)
    assert not await storage.stores.reminders.claim_due(9e9, until=9e9, limit=9)
    assert not await storage.attachments.of_conversation("wechat-b")
    (merge,) = await merges_of(world, "web-a")
    assert merge["carried_slots"] == []
    assert world.conversations.erasures == ["web-a", "wechat-b"]
    with pytest.raises(CustomerError, match="no field"):
        await world.customers.hide("web-a", ["messages"])


async def test_visits_are_kept_with_consent_only_and_go_with_it(world):
    url = "https://shop.example/shoes?id=7"
    assert not await world.customers.visit("web-a", url=url)
    await world.customers.set_consent("web-a", consents=True)
    assert await world.customers.visit("web-a", url=f"{url}#top", referrer="https://x.example/")
    assert await world.customers.track("web-a", "cart_add", {"product": "7"})
    await world.customers.seen("web-a")
    customer_id = (await world.views.at("web-a"))["customer_id"]
    (visit,) = await world.views.visits(customer_id, limit=10)
    assert (visit["url"], visit["referrer"]) == (url, "https://x.example/")
    assert visit["duration"] == 2.0
    assert [event["event"] for event in visit["events"]] == ["cart_add"]
    await world.customers.hide("web-a", ["visits"])
    assert await world.views.visits(customer_id, limit=10) == []
    await world.customers.hide("web-a", ["visits"], is_hidden=False)
    await world.customers.set_consent("web-a", consents=False)
    assert await world.views.visits(customer_id, limit=10) == []
    assert not await world.customers.track("web-a", "cart_add", {})


async def test_events_on_a_page_at_the_same_time_are_all_kept(world, storage):
    await world.customers.set_consent("web-a", consents=True)
    assert not await world.customers.track("web-a", "cart_add", {})
    await world.customers.visit("web-a", url="https://shop.example/")
    await asyncio.gather(
        *(world.customers.track("web-a", "cart_add", {"product": n}) for n in range(20)),
        *(world.customers.seen("web-a") for _ in range(5)),
    )
    (visit,) = await storage.visits.of(["web-a"], limit=2)
    assert sorted(event.data["product"] for event in visit.body.events) == list(range(20))


async def test_only_the_newest_visits_are_kept(world, storage):
    await world.customers.set_consent("web-a", consents=True)
    for number in range(103):
        await world.customers.visit("web-a", url=f"https://shop.example/{number}")
    found = await storage.visits.of(["web-a"], limit=200)
    assert len(found) == 100
    assert found[0].body.url.endswith("/102")


async def test_a_secret_is_made_once(storage):
    first = await storage.customers.secret("customers.test", "one")
    assert first == await storage.customers.secret("customers.test", "two") == "one"


# -- what the bot may take for proven ----------------------------------------------------------

PROVEN = {
    "user": "customer_id",
    "verified_phone": "customer_phone",
    "phone": "claimed_phone",
    "attributes.level": "level",
}


@pytest.fixture
def proving(storage):
    return World(storage, slots=PROVEN)


def told(world, address="web-a"):
    return world.conversations.told[address]


async def test_what_a_page_claims_is_never_taken_for_proven(proving):
    world = proving
    await world.say("web-a")
    claims = {
        "user": "C10002",
        "customer_id": "C10002",
        "verified_phone": "13800000002",
        "customer_phone": "13800000002",
        "has_verified_phone": True,
        "phone_verified": True,
        "level": "gold",
    }
    await world.customers.set_attributes("web-a", claims)
    assert (told(world)["customer_id"], told(world)["customer_phone"]) == (None, None)
    await world.identify("web-a", "user", "C10002", False)
    await world.identify("web-a", "phone", "13800000002", False)
    assert (told(world)["customer_id"], told(world)["customer_phone"]) == (None, None)
    assert told(world)["claimed_phone"] == "+8613800000002"


async def test_what_a_page_claims_changes_nothing_of_what_is_proven(proving):
    world = proving
    await world.say("web-a")
    await world.identify("web-a", "user", "C10001")
    await world.identify("web-a", "phone", "+86 138 0000 0001")
    assert (told(world)["customer_id"], told(world)["customer_phone"]) == ("C10001", "13800000001")
    await world.customers.set_attributes("web-a", {"user": "C10002", "phone": "13800000002"})
    await world.identify("web-a", "user", "C10002", False)
    await world.identify("web-a", "phone", "13800000002", False)
    assert (told(world)["customer_id"], told(world)["customer_phone"]) == ("C10001", "13800000001")


async def test_a_proven_phone_that_is_hidden_or_forgotten_is_taken_from_the_bot(proving):
    world = proving
    await world.identify("web-a", "phone", "13800000001")
    await world.customers.hide("web-a", ["phone"])
    assert told(world)["customer_phone"] is None
    await world.customers.hide("web-a", ["phone"], is_hidden=False)
    assert told(world)["customer_phone"] == "13800000001"
    await world.customers.forget("web-a", ["phone"])
    assert told(world)["customer_phone"] is None


async def test_when_a_merge_is_undone_the_bot_forgets_who_it_was(proving):
    world = proving
    await world.say("web-a")
    await world.say("web-b")
    await world.identify("web-a", "phone", "13800000001")
    await world.identify("web-b", "user", "C10001")
    await world.identify("web-b", "phone", "13800000001")
    kept = await world.leads("web-a")
    assert told(world, kept)["customer_id"] == "C10001"
    (merge,) = await merges_of(world, "web-a")
    await world.customers.undo(merge["merge_id"])
    users = {address: told(world, address)["customer_id"] for address in ("web-a", "web-b")}
    assert users == {"web-a": None, "web-b": "C10001"}
