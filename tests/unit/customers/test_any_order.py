"""Whatever is claimed, and undone, in whatever order: nothing dangles and no users are mixed."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kefu.errors import CustomerError
from kefu.storage.memory import open_memory
from tests.contract.customers import World

ADDRESSES = ("web-a", "wechat-b", "app-c")
USERS = ("u1", "u2")
UNIONIDS = ("x",)

saying = st.tuples(st.just("say"), st.sampled_from(ADDRESSES))
claiming = st.tuples(
    st.just("claim"),
    st.sampled_from(ADDRESSES),
    st.sampled_from([("user", it) for it in USERS] + [("unionid", it) for it in UNIONIDS]),
    st.sampled_from([True, True, True, False]),
)
undoing = st.tuples(st.just("undo"), st.integers(1, 6))
merging = st.tuples(st.just("merge"), st.sampled_from(ADDRESSES), st.sampled_from(ADDRESSES))
handing = st.tuples(st.just("agent"), st.sampled_from(ADDRESSES))
sequences = st.lists(
    st.one_of(saying, claiming, claiming, claiming, undoing, merging, handing),
    min_size=10,
    max_size=40,
)


async def play(steps):
    world = World(open_memory())
    spoken = {}
    for number, step in enumerate(steps):
        match step:
            case ("say", address):
                text = f"text {number}"
                received = await world.say(address, text)
                spoken[text] = await user_at(world, received.conversation_id)
            case ("claim", address, (kind, value), is_verified):
                await world.identify(address, kind, value, is_verified)
            case ("undo", merge_id):
                await undo(world, merge_id)
            case ("merge", address, other):
                await merge(world, address, other)
            case ("agent", address):
                conversation_id = await world.leads(address)
                if await world.log.load(conversation_id) is not None:
                    await world.commit(conversation_id, owner="agent")
        await check(world)
    return world, spoken


async def merge(world, address, other):
    found = [await world.views.at(one) for one in (address, other)]
    ids = ["nobody" if one is None else one["customer_id"] for one in found]
    users = {
        known["value"]
        for one in found
        if one is not None
        for known in one["identities"]
        if known["kind"] == "user" and known["is_verified"]
    }
    if "nobody" in ids or ids[0] == ids[1] or len(users) > 1:
        with pytest.raises(CustomerError):
            await world.customers.merge(*ids)
        return
    kept = await world.customers.merge(*ids)
    assert kept.customer_id in ids
    assert await world.leads(address) == await world.leads(other) == kept.conversation_id


async def undo(world, merge_id):
    merge = world.storage.customers._register.merges.get(merge_id)
    if merge is not None and merge.undone_at is None:
        await world.customers.undo(merge_id)
        return
    before = {address: await world.views.at(address) for address in ADDRESSES}
    with pytest.raises(CustomerError):
        await world.customers.undo(merge_id)
    assert {address: await world.views.at(address) for address in ADDRESSES} == before


async def user_at(world, conversation_id):
    customer = await world.storage.customers.at(conversation_id)
    if customer is None:
        return None
    known = await world.storage.customers.identities(customer.customer_id)
    return next((it.value for it in known if it.kind == "user" and it.is_verified), None)


async def check(world):
    """Check what has to hold at every moment."""
    register = world.storage.customers._register
    living = {it.conversation_id for it in register.customers.values() if it.merged_into is None}
    for address, to in register.aliases.items():
        assert to not in register.aliases, "an alias leads to an alias"
        assert to in living, "an alias leads to nobody"
        assert address not in living, "a conversation is hidden behind an alias"
        assert register.identities["address", address].customer_id == next(
            it.customer_id
            for it in register.customers.values()
            if it.conversation_id == to and it.merged_into is None
        )
    for identity in register.identities.values():
        assert register.customers[identity.customer_id].merged_into is None
    for customer in register.customers.values():
        known = await world.storage.customers.identities(customer.customer_id)
        users = {it.value for it in known if it.kind == "user" and it.is_verified}
        assert len(users) <= 1, "two users are one customer"


@settings(max_examples=60, deadline=None)
@given(sequences)
def test_aliases_never_dangle_and_users_are_never_mixed(steps):
    asyncio.run(play(steps))


@settings(max_examples=40, deadline=None)
@given(sequences.map(lambda steps: [step for step in steps if step[0] != "undo"]))
def test_what_was_said_by_one_user_is_never_the_history_of_another(steps):
    async def run():
        world, spoken = await play(steps)
        for user in USERS:
            customer = await world.views.holder("user", user)
            if customer is None:
                continue
            customer_id = customer["customer_id"]
            entries = await world.views.timeline(customer_id, before=1e12, limit=500)
            texts = [entry["text"] for entry in entries if entry["kind"] == "user"]
            assert {spoken[text] for text in texts} <= {user, None}
            assert texts == sorted(texts, key=lambda text: int(text.split()[1]))

    asyncio.run(run())


@settings(max_examples=40, deadline=None)
@given(sequences, st.sampled_from(UNIONIDS))
def test_undoing_a_merge_restores_what_was_before(steps, unionid):
    async def run():
        world, _ = await play(steps)
        await world.identify("web-new", "unionid", "n")
        await world.say("web-new", size="L")
        before = {name: await world.views.at(name) for name in (*ADDRESSES, "web-new")}
        merges = len(world.storage.customers._register.merges)
        await world.identify("web-new", "unionid", unionid)
        if len(world.storage.customers._register.merges) > merges:
            await world.customers.undo(merges + 1)
            after = {name: await world.views.at(name) for name in (*ADDRESSES, "web-new")}
            assert after == before

    asyncio.run(run())
