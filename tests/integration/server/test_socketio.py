"""Channel socketio: real clients of Socket.IO, and old ones by hand."""

import asyncio
import json
import time

import pytest
import socketio
from joserfc import jwt
from joserfc.jwk import OctKey

from kefu.channels.socketio.connector import SocketIOConnector
from kefu.core.messages import AgentMessage
from kefu.server.settings import ServerSettings
from tests.serving import running_server

SECRET = "a secret that is long enough for everybody"
GREETING = "您好！想问点什么？"


@pytest.fixture
def settings():
    return ServerSettings(enable_api=True, auth_token="secret", cors_origins=("*",))


@pytest.fixture
def options():
    return {"session_persistence": True}


@pytest.fixture
def credentials(options):
    return {"socketio": options, "rest": {}}


class Widget:
    """A chat widget."""

    def __init__(self, *, namespace="/", **options):
        self.client = socketio.AsyncClient(reconnection=False, **options)
        self.namespace = namespace
        self.said = asyncio.Queue()
        self.confirmed = asyncio.Queue()
        self.listen("bot_uttered", self.said)
        self.listen("session_confirm", self.confirmed)

    def listen(self, event, queue):
        async def heard(data):
            queue.put_nowait(data)

        self.client.on(event, heard, namespace=self.namespace)

    async def connect(self, server, **options):
        namespaces = [self.namespace]
        await self.client.connect(server.url, namespaces=namespaces, **options)

    async def session(self, name=None):
        data = None if name is None else {"session_id": name}
        await self.emit("session_request", data)
        return await self.confirmed.get()

    async def say(self, text, *, event="user_uttered", **more):
        await self.emit(event, {"message": text, **more})

    async def emit(self, event, data):
        await self.client.emit(event, data, namespace=self.namespace)


@pytest.fixture
async def widgets():
    made = []

    def make(**options):
        made.append(Widget(**options))
        return made[-1]

    yield make
    for widget in made:
        await widget.client.disconnect()
        await widget.client.eio.wait()
        if widget.client.eio.http is not None:
            await widget.client.eio.http.close()


@pytest.fixture(params=[["polling"], ["websocket"], ["polling", "websocket"]])
def transports(request):
    return request.param


async def test_a_widget_is_answered_over_every_transport(server, widgets, transports):
    widget = widgets()
    await widget.connect(server, transports=transports)
    assert await widget.session("anna") == "anna"
    await widget.say("/greet", session_id="anna", metadata={"page": "https://a.example"})
    said = await widget.said.get()
    assert said["text"] == GREETING
    assert said["quick_replies"] == [
        {"content_type": "text", "title": "查物流", "payload": '/track{"order_no": "A1"}'}
    ]
    await widget.say(said["quick_replies"][0]["payload"], session_id="anna")
    assert [await widget.said.get() for _ in range(2)] == [
        {"text": "订单 A1 正在派送。"},
        {"text": "请耐心等待。"},
    ]
    assert widget.client.transport() == transports[-1]


async def test_what_was_said_stands_in_the_conversation_of_the_session(server, widgets, ask):
    widget = widgets()
    await widget.connect(server)
    await widget.session("anna")
    await widget.say("/greet", session_id="anna", metadata='{"page": 7}')
    await widget.said.get()
    state = (await ask("GET", "/conversations/anna/tracker"))[2]
    (heard,) = [event for event in state["events"] if event["event"] == "user"]
    assert (heard["text"], heard["input_channel"]) == ("/greet", "socketio")
    assert heard["metadata"]["page"] == 7


async def test_whoever_names_no_session_gets_one(server, widgets):
    widget = widgets()
    await widget.connect(server)
    session = await widget.session()
    assert len(session) == 32
    await widget.say("/greet", session_id=session)
    assert (await widget.said.get())["text"] == GREETING


async def test_a_message_without_a_session_is_ignored(server, widgets, caplog):
    widget = widgets()
    await widget.connect(server)
    await widget.say("/greet")
    await widget.say("/greet", session_id="anna")
    await widget.said.get()
    assert widget.said.empty()
    assert "without 'session_id'" in caplog.text


@pytest.mark.parametrize("options", [{}])
async def test_without_persistence_a_conversation_is_a_connection(server, widgets, ask):
    first, second = widgets(), widgets()
    for widget in (first, second):
        await widget.connect(server)
        await widget.session("anna")
        await widget.say("/greet")
        assert (await widget.said.get())["text"] == GREETING
    status, _, _ = await ask("GET", "/conversations/anna/story")
    assert status == 404
    assert first.said.empty()


OTHER_WORDS = {
    "user_message_evt": "customer_says",
    "bot_message_evt": "shop_says",
    "namespace": "/chat",
    "socketio_path": "/ws/chat",
    "metadata_key": "customData",
    "session_persistence": True,
}


@pytest.mark.parametrize("options", [OTHER_WORDS])
async def test_all_names_are_the_projects(server, widgets, ask, transports):
    widget = widgets(namespace="/chat")
    widget.listen("shop_says", widget.said)
    await widget.connect(server, socketio_path="/ws/chat/", transports=transports)
    await widget.session("anna")
    await widget.say("/greet", event="user_uttered", session_id="anna")
    await widget.say("/greet", event="customer_says", session_id="anna", customData={"a": 1})
    assert (await widget.said.get())["text"] == GREETING
    state = (await ask("GET", "/conversations/anna/tracker"))[2]
    (heard,) = [event for event in state["events"] if event["event"] == "user"]
    assert heard["metadata"]["a"] == 1


async def test_another_namespace_is_refused(server, widgets):
    with pytest.raises(socketio.exceptions.ConnectionError, match="namespaces failed"):
        await widgets(namespace="/other").connect(server)


def token(**claims):
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET))


@pytest.mark.parametrize("options", [{"jwt_key": SECRET}])
async def test_who_has_a_good_token_may_enter(server, widgets):
    for shown in (token(sub="a"), f"Bearer {token()}"):
        widget = widgets()
        await widget.connect(server, auth={"token": shown})
        await widget.say("/greet")
        assert (await widget.said.get())["text"] == GREETING


@pytest.mark.parametrize("options", [{"jwt_key": SECRET}])
@pytest.mark.parametrize(
    "auth", [None, {}, {"token": "x"}, {"token": 7}, {"token": token(exp=time.time() - 100)}]
)
async def test_nobody_else_may(server, widgets, auth):
    with pytest.raises(socketio.exceptions.ConnectionError):
        await widgets().connect(server, auth=auth)


async def test_agents_are_heard_and_so_is_what_comes_unasked(server, widgets, ask):
    widget = widgets()
    await widget.connect(server)
    await widget.session("anna")
    await widget.say("/greet", session_id="anna")
    await widget.said.get()
    await ask("POST", "/conversations/anna/trigger_intent", json={"name": "EXTERNAL_shipped"})
    assert "正在派送" in (await widget.said.get())["text"]
    await widget.said.get()
    await server.gateway.change_owner("anna", "agent")
    agent = {"id": "lin", "name": "林"}
    await server.gateway.agent_says(AgentMessage(conversation_id="anna", agent=agent, text="在的"))
    assert await widget.said.get() == {"text": "在的"}


async def test_two_windows_of_a_session_hear_the_same(server, widgets):
    both = widgets(), widgets()
    for widget in both:
        await widget.connect(server)
        await widget.session("anna")
    await both[0].say("/greet", session_id="anna")
    assert [(await widget.said.get())["text"] for widget in both] == [GREETING] * 2


async def test_what_was_said_while_nobody_was_there_comes_when_somebody_is(server, widgets, ask):
    first = widgets()
    await first.connect(server)
    await first.session("anna")
    await first.say("/greet", session_id="anna")
    await first.said.get()
    await first.client.disconnect()
    connector = next(c for c in server.channels if isinstance(c, SocketIOConnector))
    while connector.count:  # noqa: ASYNC110 - the server notices on its own
        await asyncio.sleep(0)
    await ask("POST", "/conversations/anna/trigger_intent", json={"name": "EXTERNAL_shipped"})
    second = widgets()
    await second.connect(server)
    await second.session("anna")
    assert "正在派送" in (await second.said.get())["text"]
    await second.said.get()
    await second.say("/greet", session_id="anna")
    assert (await second.said.get())["text"] == GREETING


# -- clients of Socket.IO 2, which speak Engine.IO 3


class OldClient:
    """Polls and posts as socket.io-client 2 does."""

    def __init__(self, server):
        self._session = server.session
        self.sid = None

    async def poll(self, **query):
        known = {} if self.sid is None else {"sid": self.sid}
        params = {"EIO": "3", "transport": "polling", **known, **query}
        async with self._session.get("/socket.io/", params=params) as answer:
            text = await answer.text()
            packets = []
            while text and answer.status == 200:
                length, _, text = text.partition(":")
                packets.append(text[: int(length)])
                text = text[int(length) :]
            return answer.status, packets

    async def post(self, *packets):
        params = {"EIO": "3", "transport": "polling", "sid": self.sid}
        body = "".join(f"{len(packet)}:{packet}" for packet in packets)
        async with self._session.post("/socket.io/", params=params, data=body.encode()) as answer:
            return answer.status, await answer.text()

    async def connect(self, **query):
        _, packets = await self.poll(**query)
        self.sid = json.loads(packets[0][1:])["sid"]
        return packets[1:]


async def test_an_old_client_is_let_in_at_once_and_answered(server):
    client = OldClient(server)
    assert await client.connect() == ["40"]
    assert await client.post('42["session_request",{"session_id":"anna"}]') == (200, "ok")
    assert (await client.poll())[1] == ['42["session_confirm","anna"]']
    await client.post("2", '42["user_uttered",{"message":"/greet","session_id":"anna"}]')
    packets = []
    while len(packets) < 2:
        packets += (await client.poll())[1]
    assert packets[0] == "3"
    assert json.loads(packets[1][2:])[1]["text"] == GREETING


@pytest.mark.parametrize("options", [{"jwt_key": SECRET}])
async def test_an_old_client_shows_its_token_in_the_address(server):
    assert await OldClient(server).connect(token=token()) == ["40"]
    assert await OldClient(server).connect() == ['44"Not authorized"']


async def test_an_old_client_goes_over_to_a_websocket(server):
    client = OldClient(server)
    await client.connect()
    polled = asyncio.create_task(client.poll())
    url = f"/socket.io/?EIO=3&transport=websocket&sid={client.sid}"
    async with server.session.ws_connect(url) as socket:
        await socket.send_str("2probe")
        assert await socket.receive_str() == "3probe"
        assert (await polled)[1] == ["6"]
        await socket.send_str("5")
        await socket.send_str('42["user_uttered",{"message":"/greet","session_id":"anna"}]')
        assert GREETING in await socket.receive_str()


async def test_a_page_elsewhere_may_read_with_its_cookies(server):
    headers = {"Origin": "https://shop.example"}
    params = {"EIO": "3", "transport": "polling"}
    async with server.session.get("/socket.io/", params=params, headers=headers) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == "https://shop.example"
        assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    async with server.session.get("/version", headers=headers) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers


# -- bad input


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, 5),
        ({"EIO": "2"}, 5),
        ({"EIO": "4", "sid": "nobody"}, 1),
        ({"EIO": "4", "transport": "flash"}, 0),
    ],
)
async def test_whoever_speaks_something_else_is_told(server, query, code):
    async with server.session.get("/socket.io/", params=query) as answer:
        assert answer.status == 400
        assert (await answer.json())["code"] == code


@pytest.mark.parametrize(
    "packet",
    [
        "",
        "9",
        "4",
        "4x",
        "42",
        "42{}",
        "42[7]",
        '42["user_uttered","text"]',
        '42["user_uttered",{"message":7,"session_id":"a"}]',
        '42["user_uttered",{"message":"x","session_id":"a","metadata":"{"}]',
        '42["user_uttered",{"message":"x","session_id":"a","metadata":[1]}]',
        '451-["user_uttered",{"_placeholder":true,"num":0}]',
        f'42["user_uttered",{{"message":"{"x" * 30_000}","session_id":"a"}}]',
    ],
)
async def test_a_client_that_nobody_understands_is_let_go(server, packet):
    async with server.session.ws_connect("/socket.io/?EIO=4&transport=websocket") as socket:
        assert (await socket.receive_str()).startswith("0{")
        await socket.send_str("40")
        assert (await socket.receive_str()).startswith("40{")
        await socket.send_str(packet)
        assert (await socket.receive()).type.name in {"CLOSE", "CLOSED", "CLOSING"}
        assert socket.close_code == 1008


async def test_an_event_of_somebody_who_has_not_entered_is_refused(server):
    async with server.session.ws_connect("/socket.io/?EIO=4&transport=websocket") as socket:
        await socket.receive_str()
        await socket.send_str('42["user_uttered",{"message":"x","session_id":"a"}]')
        assert (await socket.receive()).type.name in {"CLOSE", "CLOSED", "CLOSING"}


async def test_binary_packets_are_refused(server):
    async with server.session.ws_connect("/socket.io/?EIO=4&transport=websocket") as socket:
        await socket.receive_str()
        await socket.send_bytes(b"x")
        assert (await socket.receive()).type.name in {"CLOSE", "CLOSED", "CLOSING"}


async def test_two_polls_at_once_end_the_connection(server):
    client = OldClient(server)
    await client.connect()
    first = asyncio.create_task(client.poll())
    second = asyncio.create_task(client.poll())
    answers = [await first, await second]
    assert sorted(status for status, _ in answers) == [200, 400]
    assert (await client.post("2"))[0] == 400


async def test_a_client_that_leaves_its_poll_is_no_error(server, caplog):
    client = OldClient(server)
    await client.connect()
    (channel,) = (channel for channel in server.channels if channel.name == "socketio")
    (line,) = (connection.line for connection in channel._connections.values())
    polling = asyncio.create_task(client.poll())
    while not line._is_polled:  # noqa: ASYNC110 - there is no event
        await asyncio.sleep(0)
    polling.cancel()
    while line._is_polled:  # noqa: ASYNC110 - there is no event
        await asyncio.sleep(0)
    await client.post("2")
    assert "failed" not in caplog.text


async def test_the_health_check_is_where_rasa_has_it(ask):
    assert (await ask("GET", "/webhooks/socketio/"))[2] == {"status": "ok"}


async def test_a_stopping_server_lets_everybody_go(tmp_path, widgets):
    widget = widgets()
    gone = asyncio.Event()
    widget.client.on("disconnect", lambda *_: gone.set())
    async with running_server(tmp_path, credentials={"socketio": {}}) as server:
        await widget.connect(server, transports=["websocket"])
    await asyncio.wait_for(gone.wait(), 10)
