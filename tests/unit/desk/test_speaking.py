"""What agents say, to customers and among themselves."""

import asyncio

import pytest

from kefu.core.contents import Rating
from kefu.desk.moves import Whereto
from kefu.errors import DeskError
from tests.unit.desk.office import Office, anybody
from tests.unit.gateway.fakes import message


@pytest.fixture
def office():
    return Office()


@pytest.fixture
async def lin(office):
    lin = await office.hire("林")
    await office.asks()
    await office.desk.serving.claim("c1", lin, anybody)
    return lin


def only(who):
    def may(session):
        if session is None or session.agent_id != who.id:
            raise DeskError("not-yours", "somebody else has it")

    return may


async def test_said_twice_under_one_id_is_said_once(office, lin):
    first = await office.says(lin, "您好", message_id="m1")
    assert await office.says(lin, "您好", message_id="m1") == first
    assert office.channel.sent.count("您好") == 1


@pytest.mark.parametrize("text", ["", "长" * 10_001])
async def test_what_is_empty_or_too_long_is_refused(office, lin, text):
    with pytest.raises(DeskError) as refused:
        await office.says(lin, text)
    assert refused.value.status == 400


async def test_nothing_is_said_into_a_conversation_that_is_not_an_agents(office, lin):
    await office.desk.serving.close("c1", lin, anybody)
    with pytest.raises(DeskError) as refused:
        await office.says(lin, "还有吗")
    assert refused.value.problem == "not-yours"
    assert "还有吗" not in office.channel.sent


async def test_of_an_answer_and_a_transfer_at_the_same_instant_the_log_takes_them_in_order(
    office, lin
):
    """Said by whoever had it at the moment of the commit, or not at all."""
    wang = await office.hire("王")
    done = await asyncio.gather(
        office.says(lin, "我来回答", message_id="x", may=only(lin)),
        office.desk.serving.transfer("c1", Whereto(agent=wang), lin, anybody),
        return_exceptions=True,
    )
    passage = await office.gateway.passage("c1")
    kinds = [
        "said" if entry.event is not None else entry.note["note"]
        for entry in passage.entries
        if entry.note or type(entry.event).__name__ == "AgentUttered"
    ]
    if isinstance(done[0], DeskError):
        assert "said" not in kinds
    else:
        assert kinds.index("said") < kinds.index("transferred")


async def test_two_agents_cannot_answer_over_one_another(office, lin):
    wang = await office.hire("王")
    with pytest.raises(DeskError):
        await office.says(wang, "我也来", message_id="y", may=only(wang))
    assert "我也来" not in office.channel.sent


async def test_a_private_note_never_leaves_and_tells_who_is_named(office, lin):
    wang = await office.hire("王")
    sent = list(office.channel.sent)
    speaking = office.desk.speaking
    seq = await speaking.note(
        "c1", lin, message_id="n1", text="@王 看一下", mentions=[wang.id, wang.id, lin.id]
    )
    again = await speaking.note("c1", lin, message_id="n1", text="@王 看一下")
    assert seq == again
    await office.gateway.idle()
    assert office.channel.sent == sent
    (notice,) = await office.told("notice")
    assert (notice.to, notice.data["what"], notice.data["text"]) == (
        wang.id,
        "mentioned",
        "@王 看一下",
    )
    with pytest.raises(DeskError):
        await speaking.note("c1", lin, message_id="n2", text="  ")


async def test_a_whisper_tells_the_agent_whose_conversation_it_is(office, lin):
    boss = await office.hire("主管")
    await office.desk.speaking.note("c1", boss, message_id="w", text="给他券", is_whisper=True)
    (notice,) = await office.told("notice")
    assert (notice.to, notice.data["what"]) == (lin.id, "whispered")


async def test_what_one_said_can_be_taken_back_for_two_minutes(office, lin):
    wang = await office.hire("王")
    seq = await office.says(lin, "说错了")
    with pytest.raises(DeskError):
        await office.desk.speaking.recall("c1", seq, wang)
    await office.desk.speaking.recall("c1", seq, lin)
    await office.desk.speaking.recall("c1", seq, lin)
    notes = [one for one in await office.notes() if one["note"] == "recalled"]
    assert [one["of_seq"] for one in notes] == [seq]
    late = await office.says(lin, "又错了", message_id="m2")
    office.later(121)
    with pytest.raises(DeskError) as refused:
        await office.desk.speaking.recall("c1", late, lin)
    assert refused.value.problem == "too-late"


async def test_a_rating_is_kept_with_the_session_it_is_about(office, lin):
    rating_id = await office.desk.speaking.ask_for_rating("c1", lin, anybody)
    await office.desk.serving.close("c1", lin, anybody, rating_id=rating_id)
    closed = await office.session()
    assert closed.rating_id == rating_id
    rating = Rating(score=5, comment="很好", rating_id=rating_id)
    said = message("5", channel="push", content=rating)
    await office.gateway.receive(said)
    await office.gateway.idle()
    await office.asks()
    office.handoffs.queue = office.desk
    await office.desk.rating.rated(
        "c1", {"score": 5, "comment": "很好", "rating_id": rating_id}, at=office.clock.now()
    )
    sessions = await office.store.sessions_of("c1")
    assert [one.rating and one.rating["score"] for one in sessions] == [None, 5]
