"""Agents say that two customers are one person, and take it back."""

from dataclasses import replace

from kefu.desk.changes import ChangeSession
from kefu.staff.permissions import Role
from tests.integration.server.desk.test_acts import problem_of


async def known(world, conversation, user):
    """Let a customer be known who said something; return their id."""
    await world.hear(conversation, f"我是{user}")
    ref = await world.customers.identify(conversation, kind="user", value=user, is_verified=False)
    return ref.customer_id


async def test_two_customers_become_one_and_are_parted_again(world):
    mei = await world.hire("mei", Role.SUPERVISOR)
    ada, bob = await known(world, "web-a", "ada"), await known(world, "web-b", "bob")
    await world.served_by(mei, "web-a")
    kept = await mei.act(f"customers/{ada}/merge", {"other_customer_id": bob})
    assert kept["customer_id"] in (ada, bob)
    history = await mei.get(f"customers/{kept['customer_id']}/timeline")
    said = [entry["text"] for entry in history["entries"] if entry["kind"] == "user"]
    assert [text for text in said if text.startswith("我是")] == ["我是ada", "我是bob"]
    here = f"conversations/{kept['conversation_id']}"
    other = ({"web-a", "web-b"} - {kept["conversation_id"]}).pop()
    (merged,) = (await mei.get(f"{here}/context"))["merged"]
    assert (merged["conversation_id"], merged["channel"]) == (other, "web")
    texts = [
        [item.get("text") for item in (await mei.get(f"{here}/thread{query}"))["items"]]
        for query in ("", f"?of={other}", f"?of={other}&after=0&limit=1")
    ]
    assert ("我是ada" in texts[0], "我是bob" in texts[0]) == (True, False)
    assert texts[1][0] == "我是bob"
    assert texts[2] == ["我是bob"]
    row = await mei.get(f"{here}/row")
    assert (row["state"], row["agent"]["id"]) == ("assigned", mei.id)  # served as before
    assert not await world.desk.reconciler.look()
    (merge,) = (await mei.get(f"customers/{kept['customer_id']}/merges"))["merges"]
    undo = {"merge_id": merge["merge_id"]}
    parted = await mei.act(f"customers/{kept['customer_id']}/undo", undo)
    assert parted["parted"]["customer_id"] == ({ada, bob} - {kept["customer_id"]}).pop()
    assert await world.gateway.resolve("web-b") != await world.gateway.resolve("web-a")
    assert (await mei.get(f"{here}/context"))["merged"] == []
    assert problem_of(await mei.ask("GET", f"{here}/thread?of={other}")) == (404, "gone")


async def test_what_was_begun_to_be_written_goes_on_where_the_talk_does(world):
    mei = await world.hire("mei", Role.SUPERVISOR)
    ada, bob = await known(world, "web-a", "ada"), await known(world, "web-b", "bob")
    for name in ("web-a", "web-b"):
        await mei.ask("PUT", f"conversations/{name}/draft", {"text": f"写给 {name}"})
    kept = await mei.act(f"customers/{ada}/merge", {"other_customer_id": bob})
    here = kept["conversation_id"]
    gone = ({"web-a", "web-b"} - {here}).pop()
    both = f"写给 {here}\n\n写给 {gone}"
    for name in (here, gone):  # the address leads to it
        draft = await mei.get(f"conversations/{name}/draft")
        assert (draft["conversation_id"], draft["text"]) == (here, both)
    assert len((await mei.get("drafts"))["items"]) == 1
    (merge,) = (await mei.get(f"customers/{kept['customer_id']}/merges"))["merges"]
    await mei.act(f"customers/{kept['customer_id']}/undo", {"merge_id": merge["merge_id"]})
    for name in (here, gone):
        assert (await mei.get(f"conversations/{name}/draft"))["text"] == f"写给 {name}"


async def test_what_was_changed_since_stays_where_it_was_changed(world):
    mei = await world.hire("mei", Role.SUPERVISOR)
    ada, bob = await known(world, "web-a", "ada"), await known(world, "web-b", "bob")
    for name in ("web-a", "web-b"):
        await mei.ask("PUT", f"conversations/{name}/draft", {"text": f"写给 {name}"})
    kept = await mei.act(f"customers/{ada}/merge", {"other_customer_id": bob})
    here = kept["conversation_id"]
    gone = ({"web-a", "web-b"} - {here}).pop()
    text = f"写给 {here}，也写给 {gone}"
    await mei.ask("PUT", f"conversations/{here}/draft", {"text": text})
    (merge,) = (await mei.get(f"customers/{kept['customer_id']}/merges"))["merges"]
    await mei.act(f"customers/{kept['customer_id']}/undo", {"merge_id": merge["merge_id"]})
    assert (await mei.get(f"conversations/{here}/draft"))["text"] == text
    assert (await mei.get(f"conversations/{gone}/draft"))["text"] == ""


async def test_a_session_that_nothing_moved_since_its_merge_is_still_compared(world):
    mei, lin = await world.hire("mei", Role.SUPERVISOR), await world.hire("lin")
    ada, bob = await known(world, "web-a", "ada"), await known(world, "web-b", "bob")
    kept = await mei.act(f"customers/{ada}/merge", {"other_customer_id": bob})
    (merge,) = (await mei.get(f"customers/{kept['customer_id']}/merges"))["merges"]
    await mei.act(f"customers/{kept['customer_id']}/undo", {"merge_id": merge["merge_id"]})
    gone = ({"web-a", "web-b"} - {kept["conversation_id"]}).pop()
    await world.served_by(mei, kept["conversation_id"])
    await mei.act(f"conversations/{kept['conversation_id']}/close")
    await world.served_by(mei, gone)
    kept = await mei.act(f"customers/{ada}/merge", {"other_customer_id": bob})
    session = await world.desk.store.open_session(kept["conversation_id"])
    assert session.agent_id == mei.id
    assert not await world.desk.reconciler.look()
    await world.desk.store.apply([ChangeSession(replace(session, agent_id=lin.id))])
    found = await world.desk.reconciler.look()
    assert found.holders == {kept["conversation_id"]: (lin.id, mei.id)}


async def test_who_are_both_served_stay_two(world):
    mei = await world.hire("mei", Role.SUPERVISOR)
    ada, bob = await known(world, "web-a", "ada"), await known(world, "web-b", "bob")
    for name in ("web-a", "web-b"):
        await world.served_by(mei, name)
    path, other = f"customers/{ada}/merge", {"other_customer_id": bob}
    assert problem_of(await mei.ask("POST", path, other)) == (409, "both-served")
    await mei.act("conversations/web-b/close")
    assert (await mei.ask("POST", path, other))[0] == 200


async def test_what_cannot_be_merged_is_refused(world):
    mei, lin = await world.hire("mei", Role.SUPERVISOR), await world.hire("lin")
    ada = await known(world, "web-a", "ada")
    for other, status in ((ada, 400), ("nobody", 404), ("a\0b", 404), ("x" * 300, 400)):
        body = {"other_customer_id": other}
        assert (await mei.ask("POST", f"customers/{ada}/merge", body))[0] == status, other
    bob = await known(world, "web-b", "bob")
    answer = await lin.ask("POST", f"customers/{ada}/merge", {"other_customer_id": bob})
    assert answer[0] == 403
