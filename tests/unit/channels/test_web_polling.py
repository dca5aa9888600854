"""The web channel without WebSockets: the same cursor by plain HTTP."""

import asyncio
import json

import pytest

from kefu.channels.humans import Place
from kefu.channels.web.connector import WebConnector
from kefu.core.events import BotUttered, SlotSet
from kefu.core.signals import Signal
from kefu.errors import ChannelError
from tests.unit.channels.fakes import EchoDoor, FakeHumans, FakeRequest, a_context

SETTINGS = {"secret": "0123456789abcdef", "burst": 2}


@pytest.fixture
def door():
    return EchoDoor()


@pytest.fixture
def connector(door):
    return WebConnector.from_settings(SETTINGS, a_context(door))


@pytest.fixture
async def headers(connector):
    response = await connector.polling.visitor(FakeRequest())
    assert response.status == 201
    return {"authorization": f"Bearer {json.loads(response.body)['token']}"}


async def say(connector, headers, number=1):
    body = json.dumps({"id": f"m{number}", "text": f"text {number}"}).encode()
    return await connector.polling.message(FakeRequest(headers=headers, body=body))


async def events(connector, headers, **query):
    request = FakeRequest(headers=headers, query={k: str(v) for k, v in query.items()})
    response = await connector.polling.events(request)
    assert response.status == 200
    return json.loads(response.body)


def said(news):
    """Return the texts among the frames."""
    return [frame["text"] for frame in news["frames"] if frame["type"] == "message"]


async def test_a_message_is_taken_once_and_found_in_the_log(connector, headers, door):
    assert json.loads((await say(connector, headers)).body) == {
        "accepted": "m1",
        "seq": 1,
        "repeat": False,
    }
    assert json.loads((await say(connector, headers)).body)["repeat"] is True
    news = await events(connector, headers, after=0)
    assert said(news) == ["text 1", "text 1"]
    assert news["frames"][-1] == {"type": "ticks", "delivered": 1, "read": 1}
    assert news["seq"] == 2
    quiet = await events(connector, headers, after=2)
    assert quiet["frames"] == [{"type": "state", "owner": "bot"}]


async def test_waiting_ends_when_something_is_said(connector, headers, door):
    await say(connector, headers)
    waiting = asyncio.create_task(events(connector, headers, after=2, wait=20))
    while not door.watchers:  # noqa: ASYNC110 - the fake has no event for it
        await asyncio.sleep(0)
    door.commit(door.messages[0].conversation_id, SlotSet(key="x", value=1))
    door.commit(door.messages[0].conversation_id, BotUttered(text="later"))
    news = await asyncio.wait_for(waiting, 5)
    assert said(news) == ["later"]
    assert news["seq"] == 4
    assert door.watchers == 0


async def test_waiting_ends_after_its_time(connector, headers):
    news = await events(connector, headers, after=0, wait=0.01)
    assert (news["frames"], news["seq"]) == ([{"type": "state", "owner": "bot"}], 0)
    assert news["reset"] is False


async def test_who_waits_is_told_what_is_not_in_the_log(connector, headers, door):
    await say(connector, headers)
    conversation_id = door.messages[0].conversation_id
    waiting = asyncio.create_task(events(connector, headers, after=2, wait=20))
    while not door.watchers:  # noqa: ASYNC110 - the fake has no event for it
        await asyncio.sleep(0)
    door.signal(conversation_id, Signal(kind="typing", by="customer", data={"on": True}))
    door.signal(conversation_id, Signal(kind="typing", by="agent", data={"on": True}))
    news = await asyncio.wait_for(waiting, 5)
    assert news["frames"][1:] == [{"type": "typing", "on": True, "from": "agent"}]


async def test_nobody_waits_for_a_server_that_stops(connector, headers, door):
    await say(connector, headers)
    waiting = asyncio.create_task(events(connector, headers, after=2, wait=20))
    while not door.watchers:  # noqa: ASYNC110 - the fake has no event for it
        await asyncio.sleep(0)
    connector.stop_waiting()
    assert said(await asyncio.wait_for(waiting, 5)) == []
    late = await asyncio.wait_for(events(connector, headers, after=2, wait=20), 5)
    assert said(late) == []


async def test_who_waits_in_the_queue_is_told_the_place_and_at_once_when_it_changes(door, headers):
    humans = FakeHumans(door, takes_messages=False)
    connector = WebConnector.from_settings(SETTINGS, a_context(door, humans=humans))
    await say(connector, headers)
    name = door.messages[0].conversation_id
    door.owners[name] = "queue"
    humans.move(**{name: Place(position=2)})
    news = await events(connector, headers, after=2)
    assert news["frames"] == [{"type": "state", "owner": "queue", "queue": {"position": 2}}]
    assert humans.looks == 1
    waiting = asyncio.create_task(events(connector, headers, after=2, wait=20))
    while not door.watchers:  # noqa: ASYNC110 - the fake has no event for it
        await asyncio.sleep(0)
    humans.move(**{name: Place(position=1, wait_seconds=61.4)})
    news = await asyncio.wait_for(waiting, 5)
    assert [frame["queue"] for frame in news["frames"]] == [
        {"position": 2},
        {"position": 1, "eta_seconds": 61},
    ]
    assert humans.hears == [connector.pulse._changed]


async def test_who_polls_is_told_when_nobody_is_there_any_more(door, headers):
    humans = FakeHumans(door)
    connector = WebConnector.from_settings(SETTINGS, a_context(door, humans=humans))
    await say(connector, headers)
    waiting = asyncio.create_task(events(connector, headers, after=2, wait=20))
    while not door.watchers:  # noqa: ASYNC110 - the fake has no event for it
        await asyncio.sleep(0)
    humans.become(is_away=True)
    news = await asyncio.wait_for(waiting, 5)
    assert news["frames"][1:] == [{"type": "state", "owner": "bot", "offline": True, "leave": True}]
    quiet = await events(connector, headers, after=2)
    assert quiet["frames"] == news["frames"][1:]


async def test_a_page_that_polls_is_told_who_answers_each_time(connector, headers, door):
    await say(connector, headers)
    name = door.messages[0].conversation_id
    agent = {"id": "a_1", "name": "小李", "avatar": "/a.png"}
    door.commit(name, {"note": "entered", "agent": agent})
    door.owners[name] = "agent"
    for _ in range(2):
        news = await events(connector, headers, after=3)
        shown = {"name": "小李", "avatar": "/a.png"}
        assert news["frames"] == [{"type": "state", "owner": "agent", "agent": shown}]


async def test_who_was_merged_with_somebody_begins_anew(connector, headers, door):
    await say(connector, headers)
    known = await events(connector, headers, after=0)
    place = {"after": known["seq"], "conversation": known["conversation"]}
    assert (await events(connector, headers, **place))["reset"] is False
    door.commit("wechat-1", *(BotUttered(text=str(number)) for number in range(5)))
    door.aliases[door.messages[0].conversation_id] = "wechat-1"
    news = await events(connector, headers, **place)
    assert (news["reset"], said(news)) == (True, list("01234"))


async def test_a_page_of_another_site_is_told_what_to_set(connector, headers):
    foreign = {**headers, "origin": "https://elsewhere.example"}
    response = await connector.polling.events(FakeRequest(headers=foreign))
    assert response.status == 403
    assert "allowed_origins" in json.loads(response.body)["message"]


async def test_a_client_that_knows_a_lost_log_begins_anew(connector, headers):
    await say(connector, headers)
    news = await events(connector, headers, after=99)
    assert news["reset"]
    assert len(said(news)) == 2


async def test_who_writes_too_fast_is_told_so(connector, headers):
    statuses = [(await say(connector, headers, number)).status for number in range(3)]
    assert statuses == [202, 202, 429]


@pytest.mark.parametrize("header", [{}, {"authorization": "Bearer v1.a.b"}])
async def test_without_a_token_there_is_nothing(connector, header):
    assert (await say(connector, header)).status == 401
    assert (await connector.polling.events(FakeRequest(headers=header))).status == 401


@pytest.mark.parametrize("query", [{"after": "x"}, {"after": "-1"}, {"wait": "nan"}])
async def test_a_wrong_number_is_refused(connector, headers, query):
    with pytest.raises(ChannelError, match="must"):
        await connector.polling.events(FakeRequest(headers=headers, query=query))


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        ({"secret": "short"}, "at least 16 characters"),
        ({"burst": 0}, "'burst' must be a number from 1 to"),
        ({"burst": 0.5}, "'burst' must be a number from 1 to"),
        ({"messages_per_second": 0}, "'messages_per_second' must be a number above 0"),
        ({"messages_per_second": float("nan")}, "'messages_per_second' must be"),
        ({"max_text_length": float("inf")}, "'max_text_length' must be"),
        ({"max_text_length": 0.5}, "'max_text_length' must be"),
        ({"max_text_length": True}, "'max_text_length' must be"),
    ],
)
def test_a_wrong_setting_is_refused(settings, wrong):
    with pytest.raises(ChannelError, match=wrong):
        WebConnector.from_settings(settings, a_context())
