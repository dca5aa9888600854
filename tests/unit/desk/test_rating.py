"""What customers say of the service, whoever has the conversation when they say it."""

from __future__ import annotations

import asyncio

import pytest

from kefu.core.contents import Rating
from kefu.core.names import LEFT_MESSAGE_KEY
from kefu.desk.rating import RatingRules
from tests.unit.desk.office import Office, anybody
from tests.unit.gateway.fakes import RecordingFollower, message


@pytest.fixture
def office():
    return Office()


@pytest.fixture
async def lin(office):
    lin = await office.hire("lin")
    await office.asks()
    await office.desk.serving.claim("c1", lin, anybody)
    return lin


async def rates(office, score, rating_id=None, **more):
    rating = Rating(score=score, rating_id=rating_id, **more)
    await office.gateway.receive(message(str(score), channel="push", content=rating))
    await office.gateway.idle()
    await asyncio.gather(*(task for task in office.tasks if not task.done()))
    await office.gateway.idle()


@pytest.fixture
def wanted(office):
    """Let the second question be asked, too."""
    office.desk.rating.rules = RatingRules(nps=True)
    office.tasks = []
    office.desk.rating.spawn = lambda work: office.tasks.append(asyncio.ensure_future(work))
    return office


async def asked(office):
    """Return what the customer was asked by cards."""
    return [sent for sent in office.channel.sent if isinstance(sent, dict)]


@pytest.mark.parametrize("is_closed", [True, False])
async def test_a_rating_is_kept_whether_the_bot_or_an_agent_has_the_conversation(
    wanted, lin, is_closed
):
    office = wanted
    rating_id = await office.desk.speaking.ask_for_rating("c1", lin, anybody)
    if is_closed:
        await office.desk.serving.close("c1", lin, anybody, rating_id=rating_id)
    await rates(office, 4, rating_id, comment="好")
    session = await office.session()
    assert session.rating == {"score": 4, "comment": "好", "rating_id": rating_id}
    first, second = await asked(office)
    assert first["rating_id"] == rating_id
    assert (second["scale"], second["rating_id"]) == (10, f"{rating_id}.nps")
    assert "推荐" in second["text"]
    await rates(office, 0, second["rating_id"], comment="没有")
    session = await office.session()
    assert session.rating["score"] == 4
    assert (session.rating["nps"], session.rating["nps_comment"]) == (0, "没有")
    await rates(office, 5, rating_id)
    assert (await office.session()).rating == {
        "score": 5,
        "rating_id": rating_id,
        "nps": 0,
        "nps_comment": "没有",
    }
    assert len(await asked(office)) == 2
    assert await office.owner() == ("bot" if is_closed else "agent")


async def test_a_rating_that_comes_before_the_session_is_closed_is_kept_when_it_is(wanted, lin):
    office = wanted
    rating_id = await office.desk.speaking.ask_for_rating("c1", lin, anybody)
    await rates(office, 5, rating_id)
    await office.desk.serving.close("c1", lin, anybody)
    session = await office.session()
    assert (session.state, session.rating["score"], session.rating_id) == ("closed", 5, rating_id)


async def test_a_late_rating_stays_in_the_log_and_not_with_the_session(wanted, lin):
    office = wanted
    office.desk.rating.rules = RatingRules(nps=True, hours=2.0)
    rating_id = await office.desk.speaking.ask_for_rating("c1", lin, anybody)
    await office.desk.serving.close("c1", lin, anybody, rating_id=rating_id)
    office.later(2 * 3600.0 + 1)
    await rates(office, 5, rating_id)
    assert (await office.session()).rating is None
    assert len(await asked(office)) == 1
    events = [one.event for one in await office.gateway.log("c1")]
    assert [one.text for one in events if type(one).__name__ == "UserUttered"][-1] == "5"


async def test_a_rating_of_nothing_that_was_asked_here_is_not_kept(wanted, lin):
    await wanted.desk.serving.close("c1", lin, anybody)
    await rates(wanted, 5, "r_of_somebody_else")
    assert (await wanted.session()).rating is None
    await rates(wanted, 3)  # from the menu of the page
    assert (await wanted.session()).rating == {"score": 3}
    assert await asked(wanted) == []


async def test_the_second_question_that_a_process_took_with_it_is_asked_when_told_again(
    wanted, lin
):
    rating_id = await wanted.desk.speaking.ask_for_rating("c1", lin, anybody)
    ask, wanted.desk.rating.spawn = wanted.desk.rating.spawn, lambda work: work.close()
    await rates(wanted, 4, rating_id)
    assert len(await asked(wanted)) == 1
    wanted.desk.rating.spawn = ask
    stars = {"score": 4, "rating_id": rating_id}
    for _ in range(2):  # the log tells again what it does not know to be heard
        await wanted.desk.rating.rated("c1", stars, at=wanted.clock.now())
        await asyncio.gather(*wanted.tasks)
        await wanted.gateway.idle()
    assert [one["rating_id"] for one in await asked(wanted)] == [rating_id, f"{rating_id}.nps"]


async def test_only_the_second_question_may_be_wanted(wanted, lin):
    wanted.desk.rating.rules = RatingRules(csat=False, nps=True)
    rating_id = await wanted.desk.speaking.ask_for_rating("c1", lin, anybody)
    (request,) = await asked(wanted)
    assert (request["scale"], request["rating_id"]) == (10, f"{rating_id}.nps")
    await wanted.desk.serving.close("c1", lin, anybody, rating_id=rating_id)
    await rates(wanted, 9, request["rating_id"])
    assert (await wanted.session()).rating == {"nps": 9}
    assert len(await asked(wanted)) == 1


async def test_the_question_is_in_the_customers_language(wanted, lin):
    from kefu.desk.rating import recommendation_request

    assert "recommend" in recommendation_request("r", "en-GB").text
    assert "推荐" in recommendation_request("r", "zh").text


async def test_the_humans_side_hears_of_ratings_and_not_of_every_turn_of_the_bot(office):
    queue = RecordingFollower()
    office.gateway._following._handoff = queue
    await office.writes("hello")
    assert queue.told == []
    rating = Rating(score=5, rating_id="r")
    await office.gateway.receive(message("5", channel="push", content=rating))
    await office.gateway.idle()
    assert len(queue.told) == 1


# -- messages that are left


async def leaves(office, text="请回电", conversation_id="c1"):
    left = {LEFT_MESSAGE_KEY: {"name": "王", "contact": "13800000001"}}
    said = message(text, conversation_id=conversation_id, channel="push", metadata=left)
    await office.gateway.receive(said)
    await office.gateway.idle()


async def test_a_message_that_was_left_is_answered_later_on_the_customers_channel(office):
    await leaves(office)
    session = await office.session()
    assert (session.state, session.reason, session.detail) == (
        "waiting",
        "left_message",
        "王 · 13800000001",
    )
    assert await office.owner() == "bot"
    await office.writes("hello")
    assert office.channel.sent[-1] == "echo: hello"
    lin = await office.hire("lin")
    await office.desk.serving.claim("c1", lin, anybody)
    assert await office.owner() == "agent"
    await office.says(lin, "您好，看到您的留言了")
    assert office.channel.sent[-1] == "您好，看到您的留言了"
    await office.desk.serving.close("c1", lin, anybody)
    await office.writes("hello again")
    assert office.channel.sent[-1] == "echo: hello again"


async def test_who_left_a_message_and_then_asks_for_a_human_waits_for_one(office):
    await leaves(office)
    office.later(60.0)
    await office.writes("pause")
    session = await office.session()
    assert (session.state, session.detail) == ("waiting", "asked")
    assert session.reason != "left_message"
    assert session.waiting_since == office.clock.now()
    assert len(await office.desk.waiting()) == 1
    await leaves(office, "又留言")  # instead of waiting: the bot answers meanwhile
    assert (await office.session()).reason == "left_message"
    assert await office.owner() == "bot"
    lin = await office.hire("lin")
    await office.desk.serving.claim("c1", lin, anybody)
    assert await office.owner() == "agent"
