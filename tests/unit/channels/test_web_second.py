"""The web channel's second version: what clients say besides messages, and what they are told."""

import asyncio
import json
from dataclasses import dataclass

import pytest

from kefu.channels.base import KnownAnswer, Signal, Standing
from kefu.channels.base import Place as InLine
from kefu.channels.web.connector import WebConnector
from kefu.clock import ManualClock
from kefu.core.events import (
    AgentUttered,
    BotUttered,
    ConversationPaused,
    ConversationResumed,
    SlotSet,
    UserUttered,
)
from kefu.errors import AttachmentRefused, ChannelError
from tests.unit.channels.fakes import EchoDoor, FakeHumans, FakeRequest, FakeSocket, a_context
from tests.unit.channels.test_web_session import Client

SETTINGS = {"secret": "0123456789abcdef"}


@dataclass(frozen=True)
class Stored:
    attachment_id: str
    name: str
    content_type: str
    size: int
    conversation_id: str


class Files:
    """A store that takes pictures of 100 bytes at most."""

    max_bytes = 100
    types = ("image/*",)

    def __init__(self):
        self.kept = {}

    async def put(self, data, *, name, declared_type, conversation_id):
        if len(data) > self.max_bytes:
            raise AttachmentRefused("too large", status=413)
        stored = Stored(f"a{len(self.kept)}", name, declared_type, len(data), conversation_id)
        self.kept[stored.attachment_id] = stored
        return stored

    async def find(self, attachment_id):
        return self.kept.get(attachment_id)

    def link(self, attachment_id, *, seconds=3600):
        return f"/attachments/{attachment_id}?signed"


class People:
    """Signs in the customer of conversation ``c-1`` by the token ``good``."""

    def __init__(self, door):
        self.door = door
        self.calls = []

    async def sign_in(self, address, token):
        if token != "good":
            raise ChannelError("the token is not good")
        self.door.aliases[address] = "c-1"
        return type("Ref", (), {"customer_id": "1", "conversation_id": "c-1"})()

    async def profile(self, conversation_id):
        return {"name": "小王"} if conversation_id == "c-1" else None

    def __getattr__(self, name):
        async def note(*args, **options):
            self.calls.append((name, args[1:], options))
            return True

        return note


class Place:
    """A channel with everything around it."""

    def __init__(self, **options):
        self.door = EchoDoor()
        self.clock = ManualClock()
        self.files = Files()
        self.people = People(self.door)
        settings = SETTINGS | options.pop("settings", {})
        self.humans = FakeHumans(self.door) if options.pop("has_humans", False) else None
        values = {
            "attachments": self.files,
            "customers": self.people,
            "clock": self.clock,
            "humans": self.humans,
        }
        self.connector = WebConnector.from_settings(
            settings, a_context(self.door, **(values | options))
        )
        self.tasks = []

    async def connect(self, *, headers=None, **hello):
        socket = FakeSocket()
        request = FakeRequest(headers=headers or {})
        task = asyncio.ensure_future(self.connector.socket(request, socket))
        self.tasks.append((socket, task))
        client = Client(socket, task)
        client.send(type="hello", **hello)
        return client

    async def a_client(self, **hello):
        client = await self.connect(**hello)
        frames = await client.until("synced")
        client.welcomed = frames
        client.welcome = next(f for f in frames if f["type"] == "welcome")
        client.address = self.connector._visitors.conversation_of(client.welcome["token"])
        return client

    async def close(self):
        for socket, task in self.tasks:
            socket.client_leaves()
            await task


@pytest.fixture
async def place():
    place = Place()
    yield place
    await place.close()


@pytest.fixture
async def client(place):
    return await place.a_client()


async def test_the_welcome_says_what_there_is(place):
    place.door.owners["c-1"] = "agent"
    place.door.commit("c-1", BotUttered(text="x"))
    client = await place.connect(user="good", consent=True, page={"url": "https://shop.example"})
    frames = await client.until("synced")
    welcome = frames[0]
    assert welcome["owner"] == "agent"
    assert welcome["user"] == {"name": "小王"}
    assert welcome["limits"] == {"max_text": 4000, "max_attachment": 100, "types": ["image/*"]}
    assert [name for name, *_ in place.people.calls] == ["set_consent", "visit"]


async def test_what_was_received_and_read_is_passed_to_the_door(place, client):
    client.send(type="received", seq=4)
    client.send(type="read", seq=3)
    client.send(type="ping")
    await client.until("pong")
    assert place.door.seen_up_to == [
        (client.address, 4, "delivered", "web"),
        (client.address, 3, "read", "web"),
    ]


async def test_typing_goes_both_ways_and_is_not_stored(place, client):
    client.send(type="typing", on=True, text="secret draft")
    client.send(type="ping")
    await client.until("pong")
    (conversation_id, signal) = place.door.signals[0]
    assert (conversation_id, signal.kind, signal.data) == (client.address, "typing", {"on": True})
    place.door.signal(client.address, Signal(kind="typing", by="agent", data={"on": True}))
    frame = (await client.until("typing"))[-1]
    assert frame == {"type": "typing", "on": True, "from": "agent"}
    assert place.door.logs == {}


async def test_a_preview_is_shown_where_the_setting_allows_it():
    place = Place(settings={"typing_preview": True})
    client = await place.a_client()
    client.send(type="typing", on=True, text="hal")
    client.send(type="ping")
    await client.until("pong")
    assert place.door.signals[0][1].data == {"on": True, "text": "hal"}
    assert client.welcome["limits"]["typing_preview"] is True
    await place.close()


def deep(levels):
    """Return lists within lists."""
    value = []
    for _ in range(levels):
        value = [value]
    return value


async def test_a_picture_of_ones_own_is_a_message(place, client):
    await place.files.put(
        b"x", name="a.png", declared_type="image/png", conversation_id=client.address
    )
    content = {"type": "image", "attachment": "a0", "url": "https://evil.example/track.gif"}
    client.send(type="message", id="m1", content=content)
    await client.until("accepted", id="m1")
    (message,) = place.door.messages
    assert message.text == "[图片]"
    assert (message.content.attachment, message.content.url) == ("a0", None)


@pytest.mark.parametrize(
    "content",
    [
        {"type": "image", "attachment": "theirs"},
        {"type": "image", "url": "https://evil.example/x.png"},
        {"type": "link", "url": "javascript:alert(1)"},
        {"type": "location", "latitude": 999, "longitude": 0},
        {"type": "rating_request"},
        {"type": "nothing"},
        {"type": "rating", "score": 9999},
        {"type": "rating", "score": -1},
        {"type": "rating", "score": "x", "comment": deep(500)},
        {"type": "link", "url": "https://a.example", "title": "x" * 3000},
    ],
)
async def test_what_a_customer_cannot_send_is_refused(place, client, content):
    place.files.kept["theirs"] = Stored("theirs", "x", "image/png", 1, "web-somebody")
    client.send(type="message", id="m1", content=content)
    frame = (await client.until("error"))[-1]
    assert (frame["code"], frame["id"]) == ("bad_frame", "m1")
    assert place.door.messages == []


async def test_a_message_left_for_later_is_a_message(place, client):
    client.send(type="leave_message", id="l1", name="小王", contact="a@b.example", text="请回电")
    await client.until("accepted", id="l1")
    (message,) = place.door.messages
    assert message.metadata["leave_message"] == {"name": "小王", "contact": "a@b.example"}


async def test_ratings_and_the_end_are_notes(place, client):
    client.send(type="rate", score=5, comment="好")
    rated = (await client.until("notice"))[-1]
    assert (rated["notice"], rated["data"]["score"]) == ("rated", 5)
    assert "comment" not in rated["data"]
    client.send(type="end")
    assert (await client.until("notice"))[-1]["notice"] == "ended"


@pytest.mark.parametrize("frame", [{"type": "rate", "score": 4}, {"type": "end"}])
async def test_a_rating_or_an_end_that_is_sent_again_counts_once(place, client, frame):
    for _ in range(2):
        client.send(id="r1", **frame)
        await client.until("accepted", id="r1")
    notes = [entry for entry in place.door.logs[client.address] if isinstance(entry, dict)]
    assert [note["id"] for note in notes] == ["r1"]


async def test_who_ends_the_chat_waits_for_nobody_any_more(place, client):
    place.door.commit(client.address, ConversationPaused())
    place.door.owners[client.address] = "queue"
    await client.until("state", owner="queue")
    client.send(type="end", id="e1")
    frames = await client.until("state", owner="bot")
    assert [f["notice"] for f in frames if f["type"] == "notice"] == ["ended", "resumed"]


async def test_an_end_while_an_agent_has_the_conversation_is_the_agents_to_see(place, client):
    place.door.commit(client.address, ConversationPaused())
    place.door.owners[client.address] = "agent"
    client.send(type="end")
    assert (await client.until("notice", notice="ended"))[-1]["notice"] == "ended"
    assert not any(isinstance(e, ConversationResumed) for e in place.door.logs[client.address])


async def test_a_frame_that_cannot_be_taken_is_named_to_its_sender(client):
    client.send(type="message", id="m1", text="x" * 4001)
    refused = (await client.until("error"))[-1]
    assert (refused["code"], refused["id"]) == ("bad_frame", "m1")
    client.send(type="rate", id="r1", score=11)
    assert (await client.until("error"))[-1]["id"] == "r1"
    client.send(type="message", id="m" * 65, text="x")
    assert "id" not in (await client.until("error"))[-1]


async def test_the_customer_sees_what_they_left_and_who_came(place, client):
    left = {"leave_message": {"name": "小王", "contact": "a@b.example"}}
    said = UserUttered(text="请回电", message_id=f"{client.address}:l1", metadata=left)
    place.door.commit(client.address, said)
    frame = (await client.until("message"))[-1]
    assert frame["text"] == "小王 · a@b.example\n请回电"
    agent = {"id": "a1", "name": "小陈", "avatar": "/a.png"}
    await place.door.note(client.address, {"note": "entered", "agent": agent})
    entered = (await client.until("notice"))[-1]
    assert entered["data"]["agent"] == {"name": "小陈", "avatar": "/a.png"}


async def test_an_own_message_can_be_taken_back_for_two_minutes(place, client):
    said = UserUttered(text="x", message_id=f"{client.address}:m1", timestamp=place.clock.now())
    place.door.commit(client.address, said)
    client.send(type="recall", id="m1")
    refused = (await client.until("error"))[-1]  # its time in the fake's log is 0
    assert (refused["code"], refused["id"]) == ("not_allowed", "m1")
    client.send(type="recall", id="m2")
    assert (await client.until("error"))[-1]["id"] == "m2"


async def test_history_comes_in_pages(place, client):
    for number in range(1, 31):
        place.door.commit(client.address, SlotSet(key="x", value=1), BotUttered(text=str(number)))
    await client.until("synced", seq=60)
    client.send(type="history", before=50, limit=10)
    page = (await client.until("history"))[-1]
    assert [frame["text"] for frame in page["frames"]] == [str(n) for n in range(15, 25)]
    assert (page["more"], page["before"]) == (True, 30)
    client.send(type="history", before=5, limit=10)
    page = (await client.until("history"))[-1]
    assert [frame["text"] for frame in page["frames"]] == ["1", "2"]
    assert page["more"] is False


async def test_who_signs_in_goes_on_in_their_own_conversation(place, client):
    place.door.commit("c-1", BotUttered(text="earlier"))
    client.send(type="user", token="good")
    frames = await client.until("synced")
    assert [frame["type"] for frame in frames] == ["reset", "welcome", "message", "synced"]
    assert frames[2]["text"] == "earlier"
    place.door.commit("c-1", BotUttered(text="later"))
    assert (await client.until("message"))[-1]["text"] == "later"


async def test_a_bad_token_changes_nothing(place, client):
    client.send(type="user", token="bad")
    assert (await client.until("error"))[-1]["code"] == "bad_token"
    client.send(type="ping")
    assert [frame["type"] for frame in await client.until("pong")] == ["pong"]


async def test_a_merge_elsewhere_moves_the_client(place, client):
    place.door.aliases[client.address] = "c-1"
    place.door.logs["c-1"] = [BotUttered(text="theirs")]
    place.door._hint(client.address)
    frames = await client.until("synced")
    assert [frame["type"] for frame in frames] == ["reset", "welcome", "message", "synced"]


async def test_without_customers_nobody_signs_in():
    place = Place(customers=None)
    client = await place.a_client()
    client.send(type="attributes", data={"vip": True})
    assert (await client.until("error"))[-1]["code"] == "not_allowed"
    await place.close()


async def test_the_customer_is_told_who_answers(place, client):
    place.door.commit(client.address, ConversationPaused())
    assert (await client.until("state"))[-1]["owner"] == "queue"
    agent = {"name": "小李", "avatar": "/a.png"}
    place.door.commit(client.address, AgentUttered(text="在的", metadata={"agent": agent}))
    state = (await client.until("state"))[-1]
    assert (state["owner"], state["agent"]) == ("agent", agent)


def entered(name, **more):
    return {"note": "entered", "agent": {"id": f"a_{name}", "name": name, **more}}


async def states_of(place, client, *happened):
    """Let things happen one after the other; return what the client is told of each."""
    told = []
    for one in happened:
        place.door.commit(client.address, one)
        told.append((await client.until("synced"))[:-1])
    return [[frame for frame in frames if frame["type"] == "state"] for frames in told]


async def test_the_log_alone_tells_who_answers(place, client):
    states = await states_of(
        place,
        client,
        ConversationPaused(),
        entered("小李", avatar="/a.png"),
        AgentUttered(text="在", metadata={"agent": {"name": "小王"}}),  # who was asked to join
        {"note": "transferred", "agent": {"name": "小李"}, "to": {"id": "a_x", "name": "小张"}},
        entered("小张"),
        {"note": "transferred", "agent": {"name": "小张"}, "to": {"group_id": None}},
        entered("小李"),
        {"note": "requeued", "mark": "agent_gone"},
        entered("小赵"),
        ConversationResumed(),
        entered("小钱"),  # who takes it from the bot
    )
    assert [[(one["owner"], one.get("agent")) for one in here] for here in states] == [
        [("queue", None)],
        [("agent", {"name": "小李", "avatar": "/a.png"})],
        [],
        [],
        [("agent", {"name": "小张"})],
        [("queue", None)],
        [("agent", {"name": "小李"})],
        [("queue", None)],
        [("agent", {"name": "小赵"})],
        [("bot", None)],
        [("agent", {"name": "小钱"})],
    ]


@pytest.mark.parametrize("said_since", [0, 3, 450, 900])
async def test_a_page_that_is_loaded_again_knows_who_answers(place, said_since):
    client = await place.a_client()
    place.door.commit(client.address, ConversationPaused(), entered("小李"))
    place.door.owners[client.address] = "agent"
    for number in range(said_since):
        place.door.commit(client.address, UserUttered(text=f"{number}"))
    seq = 2 + said_since
    again = await place.a_client(token=client.welcome["token"], last_seq=seq)
    (state,) = [frame for frame in again.welcomed if frame["type"] == "state"]
    assert (state["owner"], state["agent"]) == ("agent", {"name": "小李"})


async def test_the_signal_of_a_new_agent_and_the_log_say_it_once(place, client):
    await states_of(place, client, ConversationPaused())
    data = {"owner": "agent", "agent": {"name": "小李", "avatar": ""}}
    place.door.signal(client.address, Signal(kind="owner", by="agent", data=data))
    assert (await client.until("state"))[-1]["agent"] == {"name": "小李"}
    assert await states_of(place, client, entered("小李", avatar="")) == [[]]


async def test_the_place_in_the_queue_is_told_when_it_changes():
    place = Place(has_humans=True)
    client, humans = await place.a_client(), place.humans
    place.door.commit(client.address, ConversationPaused())
    await client.until("synced")
    humans.move(**{client.address: InLine(position=2, wait_seconds=130.0)})
    state = (await client.until("state"))[-1]
    assert (state["queue"], state["leave"]) == ({"position": 2, "eta_seconds": 130}, True)
    humans.move(**{client.address: InLine(position=2, wait_seconds=125.0)})  # the same minute
    humans.move(**{client.address: InLine(position=1)})
    assert (await client.until("state"))[-1]["queue"] == {"position": 1}
    humans.move()
    humans.now = Standing(takes_messages=False)
    place.door.signal(client.address, Signal(kind="place", by="agent"))
    assert (await client.until("state"))[-1] == {"type": "state", "owner": "queue"}
    await place.close()


async def test_expected_waits_are_looked_at_each_round_while_somebody_waits():
    place = Place(has_humans=True)
    clients = [await place.a_client() for _ in range(3)]
    await place.connector.pulse.round()
    assert place.humans.looks == 0
    for client in clients[:2]:
        place.door.commit(client.address, ConversationPaused())
        await client.until("synced")
    await place.connector.pulse.round()
    await asyncio.sleep(0)
    assert place.humans.looks == 1
    await place.close()


async def test_all_are_told_when_nobody_is_there_and_when_somebody_is_again():
    place = Place(has_humans=True)
    one, other = [await place.a_client() for _ in range(2)]
    place.door.commit(other.address, entered("小李"))
    await other.until("synced")
    place.humans.become(is_away=True)
    place.humans.become(is_away=True)
    away = {"type": "state", "owner": "bot", "offline": True, "leave": True}
    assert (await one.until("state"))[-1] == away
    late = await place.a_client()
    assert away in late.welcomed
    place.humans.become(is_away=False)
    for client in (one, late):
        assert (await client.until("state"))[-1] == {"type": "state", "owner": "bot"}
    place.door.commit(other.address, ConversationResumed())
    assert [f.get("offline") for f in await other.until("state") if f["type"] == "state"] == [None]
    await place.close()


async def test_the_silent_are_asked_and_then_let_go(place, client):
    place.clock.advance(41)
    await place.connector.pulse.round()
    await client.until("ping")
    client.send(type="pong")
    client.send(type="ping")
    await client.until("pong")
    place.clock.advance(41)
    await place.connector.pulse.round()
    assert client.socket.closed is None
    place.clock.advance(41)
    await place.connector.pulse.round()
    assert client.socket.closed[0] == 1001
    await client.task
    assert len(place.connector.pulse) == 0


async def test_ticks_say_how_far_the_bot_has_got(place, client):
    client.send(type="message", id="m1", text="x")
    assert (await client.until("ticks"))[-1] == {"type": "ticks", "delivered": 1, "read": 1}


SHOP = "https://shop.example"


@pytest.mark.parametrize(
    ("allowed", "headers", "is_admitted"),
    [
        ([], {}, True),
        ([], {"origin": SHOP, "host": "chat.example"}, False),
        ([], {"origin": "https://chat.example", "host": "chat.example"}, True),
        ([], {"origin": SHOP, "host": "10.0.0.1", "x-forwarded-host": "shop.example"}, True),
        ([SHOP], {"origin": SHOP, "host": "chat.example"}, True),
        ("*", {"origin": "null", "host": "chat.example"}, True),
    ],
)
async def test_only_pages_of_allowed_sites_connect(allowed, headers, is_admitted):
    place = Place(settings={"allowed_origins": allowed})
    client = await place.connect(headers=headers)
    first = await client.next()
    assert first["type"] == ("welcome" if is_admitted else "error")
    await place.close()


@pytest.mark.parametrize("wrong", ["shop.example", [5], {"a": 1}, ["https://a.example/path"]])
def test_an_origin_that_is_none_is_named(wrong):
    with pytest.raises(ChannelError, match="allowed_origins"):
        Place(settings={"allowed_origins": wrong})


OWN = {"origin": "https://chat.example", "host": "chat.example"}


async def test_a_page_of_the_server_keeps_its_visitor_in_a_cookie(place):
    polling = place.connector.polling
    made = await polling.visitor(FakeRequest(headers=OWN))
    cookie = made.headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Secure"} <= set(cookie.split("; "))
    headers = OWN | {"cookie": cookie.split(";")[0]}
    again = await polling.visitor(FakeRequest(headers=headers, query={"known": "1"}))
    fresh = await polling.visitor(FakeRequest(headers=headers))
    token = json.loads(made.body)["token"]
    assert json.loads(again.body)["token"] == token != json.loads(fresh.body)["token"]
    client = await place.connect(headers=headers)
    assert (await client.next())["token"] == token


async def test_the_cookie_means_nothing_to_other_sites(place):
    made = await place.connector.polling.visitor(FakeRequest(headers=OWN))
    cookie = made.headers["Set-Cookie"].split(";")[0]
    foreign = {"origin": SHOP, "host": "chat.example", "cookie": cookie}
    answer = await place.connector.polling.visitor(
        FakeRequest(headers=foreign, query={"known": "1"})
    )
    assert "Set-Cookie" not in answer.headers
    assert json.loads(answer.body)["token"] not in cookie


class TestByHttp:
    @pytest.fixture
    async def post(self, place):
        made = await place.connector.polling.visitor(FakeRequest())
        self.token = json.loads(made.body)["token"]
        headers = {"authorization": f"Bearer {self.token}"}

        async def post(what, body, **more):
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            request = FakeRequest(body=raw, headers=headers | more)
            answer = await getattr(place.connector.polling, what)(request)
            return answer.status, json.loads(answer.body)

        return post

    async def test_a_hello_is_welcomed(self, post):
        status, body = await post("frames", {"type": "hello", "last_seq": 0})
        assert (status, body["frames"][0]["type"]) == (200, "welcome")
        assert body["frames"][0]["token"] == self.token

    async def test_signing_in_moves_to_the_customers_conversation(self, post):
        _, body = await post("frames", {"type": "user", "token": "good"})
        assert [frame["type"] for frame in body["frames"]] == ["reset", "welcome"]
        _, body = await post("frames", {"type": "user", "token": "bad"})
        assert [frame["code"] for frame in body["frames"]] == ["bad_token"]

    async def test_other_frames_are_answered(self, post):
        assert (await post("frames", {"type": "ping"}))[1] == {"frames": [{"type": "pong"}]}
        _, body = await post(
            "frames", {"type": "leave_message", "id": "1", "contact": "c", "text": "t"}
        )
        assert body["frames"][0]["type"] == "accepted"

    async def test_a_file_is_kept(self, post, place):
        status, body = await post(
            "upload", b"x" * 10, **{"x-file-name": "%E5%9B%BE.png", "content-type": "image/png"}
        )
        assert status == 201
        assert (body["name"], body["url"]) == ("图.png", "/attachments/a0?signed")
        with pytest.raises(AttachmentRefused):
            await post("upload", b"x" * 101)

    async def test_a_visitor_without_token_is_told_where_to_get_one(self, place):
        answer = await place.connector.polling.frames(FakeRequest(body=b'{"type":"ping"}'))
        assert answer.status == 401


async def test_known_answers_are_listed_for_pages_without_a_line():
    known = [KnownAnswer(id="faq/a", question="运费多少？", answer="满 99 元包邮")]
    place = Place(answers=lambda: known)
    answer = await place.connector.polling.faq(FakeRequest())
    assert json.loads(answer.body)["items"] == [
        {"id": "faq/a", "question": "运费多少？", "answer": "满 99 元包邮"}
    ]
    again = FakeRequest(headers={"if-none-match": answer.headers["ETag"]})
    assert (await place.connector.polling.faq(again)).status == 304


async def test_a_rating_is_the_bots_to_answer_and_is_shown_as_a_notice(place, client):
    for _ in range(2):
        client.send(type="rate", id="r1", score=4, comment="快", rating_id="q7")
        await client.until("accepted", id="r1")
    (message,) = place.door.messages
    assert (message.content.score, message.content.comment) == (4, "快")
    assert message.message_id == f"{client.address}:r1"
    said = UserUttered(text="[评分：4]", metadata={"content": {"type": "rating", "score": 4}})
    place.door.commit(client.address, said, BotUttered(text="谢谢"))
    frames = await client.until("message")
    assert frames[-1]["from"] == "bot"


@pytest.mark.parametrize("frame", ["rate", "message"])
async def test_a_score_beyond_the_scale_of_its_request_is_refused(place, client, frame):
    request = {"type": "rating_request", "scale": 3, "rating_id": "q7"}
    place.door.commit(client.address, BotUttered(data={"custom": request}))
    await client.until("message")
    rating = {"rating_id": "q7", "score": 5}
    content = rating if frame == "rate" else {"content": {"type": "rating", **rating}}
    client.send(type=frame, id="r1", **content)
    await client.until("error", id="r1")
    assert place.door.messages == []
    client.send(type="rate", id="r2", rating_id="q7", score=3)
    await client.until("accepted", id="r2")


async def test_customers_hide_and_delete_what_they_gave(place, client):
    client.send(type="hide", fields=["phone", "visits"])
    client.send(type="hide", fields=["phone"], on=False)
    client.send(type="forget")
    client.send(type="ping")
    await client.until("pong")
    done = [call for call in place.people.calls if call[0] in {"hide", "forget"}]
    assert done == [
        ("hide", (["phone", "visits"],), {"is_hidden": True}),
        ("hide", (["phone"],), {"is_hidden": False}),
        ("forget", (), {}),
    ]


async def test_who_agreed_is_noted_to_be_on_the_page_once_a_minute(place, client):
    client.send(type="consent", on=True)
    for _ in range(3):
        client.send(type="ping")
        await client.until("pong")
    place.clock.advance(61)
    client.send(type="pong")
    client.send(type="leave")
    client.send(type="ping")
    await client.until("pong")
    seen = [call for call in place.people.calls if call[0] == "seen"]
    assert len(seen) == 3


async def test_what_was_taken_back_is_not_shown_again(place, client):
    said = UserUttered(text="打错了", message_id=f"{client.address}:m1")
    place.door.commit(client.address, said)
    await place.door.note(client.address, {"note": "recalled", "id": "m1"})
    await client.until("notice", notice="recalled")
    client.send(type="history", before=3, limit=10)
    page = (await client.until("history"))[-1]
    (frame,) = [f for f in page["frames"] if f["type"] == "message"]
    assert (frame["id"], "text" in frame) == ("m1", False)


async def test_the_bot_is_told_where_a_file_can_be_had(place, client):
    stored = await place.files.put(
        b"x", name="a.png", declared_type="image/png", conversation_id=client.address
    )
    content = {"type": "image", "attachment": stored.attachment_id}
    told = {"attachment_url": "https://elsewhere.example"}
    client.send(type="message", id="m1", text="", content=content, metadata=told)
    await client.until("accepted", id="m1")
    assert place.door.messages[-1].metadata["attachment_url"] == "/attachments/a0?signed"


async def test_the_bot_is_told_the_pages_of_whoever_agreed(place, client):
    place.people.viewed = lambda _: asyncio.sleep(0, ["https://shop.example/product/P012"])
    client.send(type="message", id="m1", text="推荐一下")
    await client.until("accepted", id="m1")
    assert "viewed" not in place.door.messages[-1].metadata
    client.send(type="consent", on=True)
    client.send(type="message", id="m2", text="推荐一下")
    await client.until("accepted", id="m2")
    assert place.door.messages[-1].metadata["viewed"] == ["https://shop.example/product/P012"]
