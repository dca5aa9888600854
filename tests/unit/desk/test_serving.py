"""From asking for a human to the end: claim, answer, hand on, close; and two at once."""

import asyncio

import pytest

from kefu.core.events import AgentUttered, BotUttered, ConversationResumed
from kefu.desk.handing import Known
from kefu.desk.moves import Whereto
from kefu.desk.people import Person
from kefu.errors import Conflict, DeskError
from tests.unit.desk.office import Office, anybody


@pytest.fixture
def office():
    return Office()


async def test_a_pause_puts_a_conversation_in_line_and_a_claim_takes_it_with_a_place(office):
    lin = await office.hire("林")
    session = await office.asks()
    assert (session.state, session.detail, session.channel) == ("waiting", "asked", "push")
    assert await office.owner() == "queue"
    claimed = await office.desk.serving.claim("c1", lin, anybody)
    assert (claimed.state, claimed.agent_id) == ("assigned", lin.id)
    assert await office.owner() == "agent"
    assert (await office.agent(lin)).open == 1
    assert await office.kinds() == ["queued", "assigned", "entered"]
    assert (await office.notes())[1]["how"] == "claim"


async def test_asking_twice_is_asking_once(office):
    first = await office.asks()
    await office.writes("pause")
    assert (await office.session()).session_id == first.session_id
    assert (await office.kinds()).count("queued") == 1


async def test_what_a_waiting_customer_writes_is_shown_in_the_line(office):
    await office.asks()
    await office.writes("快点")
    (row,) = await office.desk.waiting()
    assert (row["conversation_id"], row["last_message"], row["state"]) == ("c1", "快点", "waiting")


async def test_the_bot_is_silent_while_a_human_has_the_conversation(office):
    lin = await office.hire("林")
    await office.asks()
    await office.desk.serving.claim("c1", lin, anybody)
    said = len(office.channel.sent)
    await office.writes("在吗")
    assert len(office.channel.sent) == said
    await office.says(lin, "在的")
    assert office.channel.sent[said:] == ["在的"]


async def test_handing_back_to_the_bot_works_any_number_of_times(office):
    lin = await office.hire("林")
    for number in range(3):
        await office.asks()
        await office.desk.serving.claim("c1", lin, anybody)
        await office.says(lin, f"第{number}次", message_id=f"m{number}")
        await office.desk.serving.transfer("c1", Whereto(is_bot=True), lin, anybody)
        assert await office.owner() == "bot"
        await office.writes(f"hello {number}")
        assert office.channel.sent[-1] == f"echo: hello {number}"
    assert (await office.agent(lin)).open == 0
    tracker = await office.gateway.tracker("c1")
    heard = [one.text for one in tracker.events if isinstance(one, AgentUttered)]
    assert heard == ["第0次", "第1次", "第2次"]
    assert sum(isinstance(one, ConversationResumed) for one in tracker.events) == 3


async def test_a_late_answer_of_the_bot_is_never_sent(office):
    lin = await office.hire("林")
    await office.writes("hello")
    sent = list(office.channel.sent)
    writing = asyncio.ensure_future(office.writes("wait"))
    await office.bot.began(2)
    await office.desk.serving.take_over("c1", lin, anybody)
    office.bot.gate.set()
    await writing
    assert office.channel.sent == sent
    events = [one.event for one in await office.gateway.log("c1")]
    assert [one.text for one in events if isinstance(one, BotUttered)] == ["echo: hello"]
    await office.says(lin, "我来处理")
    assert office.channel.sent[-1] == "我来处理"


async def test_of_two_who_claim_at_the_same_instant_one_has_it(office):
    lin, wang = await office.hire("林"), await office.hire("王")
    await office.asks()
    done = await asyncio.gather(
        office.desk.serving.claim("c1", lin, anybody),
        office.desk.serving.claim("c1", wang, anybody),
        return_exceptions=True,
    )
    refused = [one for one in done if isinstance(one, DeskError)]
    assert [one.problem for one in refused] == ["not-yours"]
    assert (await office.agent(lin)).open + (await office.agent(wang)).open == 1


async def test_nobody_takes_more_than_their_most(office):
    lin = await office.hire("林", max_sessions=1)
    await office.asks("c1")
    await office.asks("c2")
    await office.desk.serving.claim("c1", lin, anybody)
    with pytest.raises(DeskError) as refused:
        await office.desk.serving.claim("c2", lin, anybody)
    assert refused.value.problem == "is-full"
    taken = await office.desk.serving.take_over("c2", lin, anybody)
    assert taken.agent_id == lin.id
    assert (await office.agent(lin)).open == 2


async def test_who_is_away_is_given_nothing_but_may_take_what_they_like(office):
    lin, wang = await office.hire("林"), await office.hire("王", max_sessions=0)
    await office.desk.presence.declare(lin.id, "away", "午饭")
    await office.asks()
    await office.dispatch()
    assert (await office.session()).state == "waiting"
    with pytest.raises(DeskError) as refused:
        await office.desk.serving.assign("c1", lin.id, wang, anybody)
    assert refused.value.problem == "not-accepting"
    assert (await office.desk.serving.claim("c1", lin, anybody)).agent_id == lin.id
    assert (await office.agent(lin)).open == 1


async def test_a_transfer_moves_the_place_and_tells_both(office):
    lin, wang = await office.hire("林"), await office.hire("王")
    await office.asks()
    await office.desk.serving.claim("c1", lin, anybody)
    moved = await office.desk.serving.transfer("c1", Whereto(agent=wang), lin, anybody, "懂发票")
    assert moved.agent_id == wang.id
    assert ((await office.agent(lin)).open, (await office.agent(wang)).open) == (0, 1)
    note = (await office.notes())[3]
    assert (note["note"], note["text"], note["to"]["id"]) == ("transferred", "懂发票", wang.id)
    (notice,) = await office.told("notice")
    assert (notice.to, notice.data["what"]) == (wang.id, "transferred")


async def test_a_transfer_to_somebody_without_a_place_changes_nothing(office):
    lin, wang = await office.hire("林"), await office.hire("王", max_sessions=0)
    await office.asks()
    await office.desk.serving.claim("c1", lin, anybody)
    with pytest.raises(DeskError) as refused:
        await office.desk.serving.transfer("c1", Whereto(agent=wang), lin, anybody)
    assert refused.value.problem == "is-full"
    assert (await office.session()).agent_id == lin.id


async def test_a_transfer_to_a_group_waits_in_its_line_before_others(office):
    lin = await office.hire("林")
    await office.asks("c0")
    await office.asks("c1")
    await office.desk.serving.claim("c1", lin, anybody)
    moved = await office.desk.serving.transfer("c1", Whereto(group_id="g_1"), lin, anybody)
    assert (moved.state, moved.group_id, moved.mark) == ("waiting", "g_1", "transferred")
    assert [one["conversation_id"] for one in await office.desk.waiting()] == ["c1", "c0"]
    assert await office.owner() == "queue"


async def test_of_a_transfer_and_a_close_at_the_same_instant_one_counts(office):
    lin, wang = await office.hire("林"), await office.hire("王")
    await office.asks()
    await office.desk.serving.claim("c1", lin, anybody)
    await asyncio.gather(
        office.desk.serving.transfer("c1", Whereto(agent=wang), lin, anybody),
        office.desk.serving.close("c1", lin, anybody),
        return_exceptions=True,
    )
    loads = (await office.agent(lin)).open + (await office.agent(wang)).open
    session = await office.session()
    assert loads == (session.state == "assigned")
    assert await office.owner() == ("agent" if session.state == "assigned" else "bot")


async def test_closing_says_what_it_was_about_and_gives_the_bot_the_conversation(office):
    lin = await office.hire("林")
    await office.asks()
    await office.desk.serving.claim("c1", lin, anybody)
    wrap_up = {"code": "物流", "comment": "已催"}
    closed = await office.desk.serving.close("c1", lin, anybody, wrap_up=wrap_up)
    assert (closed.state, closed.closed_by, closed.wrap_up) == ("closed", lin.id, wrap_up)
    assert await office.owner() == "bot"
    assert (await office.kinds())[-2:] == ["closed", "left"]
    with pytest.raises(DeskError) as refused:
        await office.desk.serving.close("c1", lin, anybody)
    assert refused.value.problem == "no-session"


async def test_the_next_time_the_last_agent_is_known(office):
    lin = await office.hire("林")
    await office.asks()
    await office.desk.serving.claim("c1", lin, anybody)
    await office.desk.serving.close("c1", lin, anybody)
    assert (await office.asks()).last_agent_id == lin.id


async def test_a_customer_who_leaves_the_line_waits_no_longer(office):
    await office.asks()
    await office.writes("resume")
    session = await office.session()
    assert (session.state, session.closed_by) == ("closed", "customer")
    assert await office.desk.waiting() == []
    assert (await office.kinds())[-1] == "withdrawn"


async def test_taking_over_from_a_colleague_frees_their_place(office):
    lin, boss = await office.hire("林"), await office.hire("主管")
    await office.asks()
    await office.desk.serving.claim("c1", lin, anybody)
    taken = await office.desk.serving.take_over("c1", boss, anybody, "我来")
    assert taken.agent_id == boss.id
    assert ((await office.agent(lin)).open, (await office.agent(boss)).open) == (0, 1)
    assert [one.data["what"] for one in await office.told("notice")] == ["taken_over"]


async def test_who_takes_over_from_the_bot_is_told_what_there_was():
    known = Known(summary={"asked": ["运费"], "reason": "sensitive"}, language="zh", tier=2)
    office = Office(known=known)
    boss = await office.hire("主管")
    await office.writes("运费多少")
    taken = await office.desk.serving.take_over("c1", boss, anybody)
    assert (taken.reason, taken.language, taken.tier) == ("agent", "zh", 2)
    assert taken.summary == {
        "asked": ["运费"],
        "reason": "agent",
        "reason_name": "客服接管",
        "detail": "",
    }
    assert (await office.session()).summary == taken.summary


async def test_reopening_takes_up_what_was_closed(office):
    lin = await office.hire("林")
    await office.asks()
    await office.desk.serving.claim("c1", lin, anybody)
    with pytest.raises(DeskError):
        await office.desk.serving.reopen("c1", lin, anybody)
    await office.desk.serving.close("c1", lin, anybody)
    again = await office.desk.serving.reopen("c1", lin, anybody)
    assert (again.state, again.agent_id, again.opened_by) == ("assigned", lin.id, lin.id)


async def test_who_may_not_changes_nothing(office):
    lin = await office.hire("林")
    await office.asks()

    def never(_session):
        raise DeskError("forbidden", "no", status=403)

    for act in (
        office.desk.serving.claim("c1", lin, never),
        office.desk.serving.take_over("c1", lin, never),
        office.desk.serving.close("c1", lin, never),
        office.desk.serving.label("c1", ["l_1"], [], lin, never),
    ):
        with pytest.raises(DeskError, match="no"):
            await act
    assert (await office.session()).state == "waiting"


async def test_an_agent_who_is_not_known_gets_nothing(office):
    await office.asks()
    nobody = Person("a_nobody", "谁")
    with pytest.raises(DeskError) as refused:
        await office.desk.serving.claim("c1", nobody, anybody)
    assert refused.value.status == 404


async def test_a_conversation_nobody_asked_about_cannot_be_claimed(office):
    lin = await office.hire("林")
    await office.writes("hello")
    with pytest.raises(DeskError) as refused:
        await office.desk.serving.claim("c1", lin, anybody)
    assert refused.value.problem == "no-session"
    with pytest.raises(DeskError) as gone:
        await office.desk.serving.take_over("nobody-ever", lin, anybody)
    assert gone.value.status == 404


async def test_labels_priority_and_colleagues(office):
    lin, wang = await office.hire("林"), await office.hire("王")
    await office.asks()
    serving = office.desk.serving
    await serving.label("c1", ["l_1", "l_2"], [], lin, anybody)
    labelled = await serving.label("c1", ["l_3"], ["l_1"], lin, anybody)
    assert labelled.labels == ("l_2", "l_3")
    assert (await serving.prioritise("c1", 2, lin, anybody)).priority == 2
    with pytest.raises(DeskError):
        await serving.prioritise("c1", 3, lin, anybody)
    await serving.claim("c1", lin, anybody)
    assert (await serving.invite("c1", wang.id, lin, anybody)).invited == (wang.id,)
    assert (await serving.leave("c1", wang, anybody)).invited == ()
    with pytest.raises(DeskError):
        await serving.label("c1", [f"l_{n}" for n in range(30)], [], lin, anybody)


async def test_a_session_that_waits_for_nobody_is_ended_when_it_is_routed(office):
    """A process died between the bot's commit and telling the desk that the customer left."""
    lin = await office.hire("林")
    await office.asks()
    office.handoffs.queue = None
    await office.writes("resume")
    assert (await office.session()).state == "waiting"
    await office.dispatch()
    assert (await office.session()).state == "closed"
    assert (await office.agent(lin)).open == 0


async def test_a_change_that_always_meets_another_gives_up(office):
    async def decide():
        return [object()]

    async def conflict(_steps):
        raise Conflict("somebody was faster")

    office.desk.changing._store = type("Store", (), {"apply": staticmethod(conflict)})()
    with pytest.raises(Conflict):
        await office.desk.changing.decide(decide)
