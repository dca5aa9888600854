"""The HTTP API over the wire; what Rasa answers is in tests/conformance/http-api."""

import asyncio

import pytest
from yarl import URL

from kefu.server.settings import ServerSettings
from tests.serving import running_server

ERROR_KEYS = {"version", "status", "message", "reason", "details", "help", "code"}
PROBLEM_KEYS = {"type", "title", "status", "detail", "instance", "reason", "details"}


@pytest.mark.parametrize(
    "show",
    [
        {"params": {"token": "secret"}},
        {"headers": {"Authorization": "Bearer secret"}},
        {"headers": {"Authorization": "bearer  secret "}},
    ],
)
async def test_the_token_opens_the_api(ask, show):
    status, _, _ = await ask("GET", "/status", token=None, **show)
    assert status == 200


@pytest.mark.parametrize(
    "show",
    [
        {},
        {"params": {"token": "wrong"}},
        {"params": {"token": ""}},
        {"headers": {"Authorization": "Bearer secret2"}},
        {"headers": {"Authorization": "Basic secret"}},
        {"params": {"token": "secret"}, "headers": {"Authorization": "Bearer wrong"}},
    ],
)
@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("/status", ERROR_KEYS),
        ("/conversations/a/tracker", ERROR_KEYS),
        ("/domain", ERROR_KEYS),
        ("/api/v1/queue", PROBLEM_KEYS),
    ],
)
async def test_without_the_token_the_api_is_closed(ask, show, path, keys):
    status, _, body = await ask("GET", path, token=None, **show)
    assert status == 401
    assert set(body) == keys
    assert body["reason"] == "NotAuthenticated"


@pytest.mark.parametrize("path", ["/", "/version", "/healthz", "/readyz", "/metrics"])
async def test_what_says_nothing_about_conversations_is_open(ask, path):
    status, _, _ = await ask("GET", path, token=None)
    assert status == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_a_balancer_may_ask_without_wanting_a_body(ask, path):
    assert (await ask("HEAD", path, token=None))[0] == 200


async def test_it_is_not_ready_when_something_keeps_it_from_answering(server, ask):
    server.problems.append("the database cannot be reached")
    status, _, body = await ask("GET", "/readyz")
    assert (status, body["problems"]) == (503, ["the database cannot be reached"])
    status, _, _ = await ask("GET", "/healthz")
    assert status == 200


async def test_the_queue_lists_those_who_wait(server, ask):
    server.waiting.extend({"conversation_id": str(n)} for n in range(3))
    assert (await ask("GET", "/api/v1/queue"))[2] == {"waiting": server.waiting}
    assert len((await ask("GET", "/api/v1/queue?limit=2"))[2]["waiting"]) == 2


async def test_requests_are_counted(ask):
    await ask("POST", "/model/parse", json={"text": "/greet"})
    await ask("GET", "/nowhere")
    _, _, text = await ask("GET", "/metrics")
    assert 'kefu_http_requests_total{route="POST /model/parse",status="200"} 1.0' in text
    assert 'kefu_http_errors_total{status="404"} 1.0' in text
    assert "kefu_turns_total 0.0" in text


async def test_without_the_api_the_channels_alone_are_served(tmp_path):
    async with running_server(tmp_path, settings=ServerSettings()) as server:
        async with server.session.get("/status") as response:
            assert response.status == 404
            assert "--enable-api" in await response.text()
        body = {"sender": "a", "message": "/greet"}
        async with server.session.post("/webhooks/rest/webhook", json=body) as response:
            assert response.status == 200


async def test_without_a_token_configured_the_api_is_open(tmp_path):
    settings = ServerSettings(enable_api=True)
    async with (
        running_server(tmp_path, settings=settings) as server,
        server.session.get("/status") as response,
    ):
        assert response.status == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/model/parse", b"{bad"),
        ("POST", "/model/parse", b"[]"),
        ("POST", "/model/parse", b'{"text": 5}'),
        ("POST", "/model/predict", b"[1]"),
        ("POST", "/model/predict", b"\xff"),
        ("PUT", "/model", b'{"model_file": 5}'),
        ("PUT", "/model", b'{"model_server": {"url": "http://x"}}'),
        ("POST", "/conversations/a/messages", b'{"sender": "user", "text": "x", "parse_data": 1}'),
        ("POST", "/conversations/a/tracker/events", b'[{"event": "slot"}]'),
        ("POST", "/conversations/a/tracker/events", b'{"event": "nothing"}'),
        ("POST", "/conversations/a/tracker/events", b"[]"),
        ("PUT", "/conversations/a/tracker/events", b"["),
        ("POST", "/conversations/a/trigger_intent", b"{}"),
        ("POST", "/conversations/" + "a" * 300 + "/trigger_intent", b'{"name": "greet"}'),
    ],
)
async def test_a_wrong_request_is_refused_in_rasas_shape(ask, method, path, body):
    status, _, answer = await ask(method, path, data=body)
    assert status == 400
    assert set(answer) == ERROR_KEYS
    assert answer["code"] == 400
    assert answer["message"]


async def test_nothing_of_the_inside_is_shown_when_something_breaks(server, ask, caplog):
    async def broken(*_, **__):
        raise RuntimeError("secret detail")

    server.gateway.exists = broken
    status, _, body = await ask("GET", "/conversations/a/tracker")
    assert status == 500
    assert "secret detail" not in str(body)
    number = body["message"].split()[-1].rstrip(".")
    assert caplog.records[-1].fields["number"] == number


async def test_a_body_that_is_too_long_is_refused(ask):
    status, _, _ = await ask("POST", "/webhooks/rest/webhook", data=b" " * 300_000)
    assert status == 413


async def test_a_long_body_is_not_read_for_strangers(server):
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rsplit(":", 1)[1]))
    writer.write(b"POST /model/parse HTTP/1.1\r\nHost: x\r\nContent-Length: 20000000\r\n\r\n{")
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n"), 5)
    writer.close()
    assert b"401" in answer


async def test_the_same_message_is_answered_once_however_often_it_comes(server, ask):
    body = {"sender": "a", "message": "/greet", "message_id": "m1"}
    answers = await asyncio.gather(
        *(ask("POST", "/webhooks/rest/webhook", json=body) for _ in range(5))
    )
    assert {status for status, _, _ in answers} == {200}
    assert all(answer == answers[0][2] for _, _, answer in answers)
    assert server.gateway.counters.turns == 1


async def test_what_happened_to_a_conversation_can_be_read_and_changed(ask):
    await ask("POST", "/webhooks/rest/webhook", json={"sender": "a/b", "message": "/greet"})
    events = [{"event": "slot", "name": "order_no", "value": "E1"}]
    _, _, state = await ask("POST", "/conversations/a/b/tracker/events", json=events)
    assert state["slots"]["order_no"] == "E1"
    _, _, outcome = await ask("POST", "/conversations/a/b/execute", json={"name": "utter_track"})
    texts = [message["text"] for message in outcome["messages"]]
    assert texts == ["订单 E1 正在派送。", "请耐心等待。"]
    _, _, story = await ask("GET", "/conversations/a/b/story")
    assert "- intent: greet" in story
    _, _, state = await ask("GET", "/conversations/a/b/tracker", params={"include_events": "NONE"})
    assert state["events"] is None
    assert state["sender_id"] == "a/b"


@pytest.mark.parametrize("written", ["%E5%BC%A0%20%E4%B8%89/a", "%E5%BC%A0%20%E4%B8%89%2Fa"])
async def test_a_conversations_id_may_hold_any_characters(server, ask, written):
    await ask("POST", "/webhooks/rest/webhook", json={"sender": "张 三/a", "message": "/greet"})
    url = URL(f"{server.url}/conversations/{written}/tracker", encoded=True)
    _, _, state = await ask("GET", url)
    assert state["sender_id"] == "张 三/a"
    assert state["latest_message"]["text"] == "/greet"


async def test_while_no_model_is_loaded_messages_are_refused_and_not_lost(server, ask):
    message = {"sender": "a", "message": "/greet"}
    assert (await ask("DELETE", "/model"))[0] == 204
    assert (await ask("POST", "/model/parse", json={"text": "x"}))[0] == 409
    status, headers, _ = await ask("POST", "/webhooks/rest/webhook", json=message)
    assert status == 503
    assert headers["Retry-After"]
    assert await server.gateway.last_seq("a") == 0
    assert (await ask("PUT", "/model", json={"model_file": "models/table.tar.gz"}))[0] == 204
    assert (await ask("POST", "/webhooks/rest/webhook", json=message))[0] == 200


async def test_a_model_that_cannot_be_loaded_leaves_the_present_one(ask):
    status, _, body = await ask("PUT", "/model", json={"model_file": "missing"})
    assert status == 400
    assert body["message"].startswith("Agent with name 'missing' could not be loaded.")
    assert (await ask("GET", "/status"))[0] == 200


@pytest.mark.parametrize("path", ["/webhooks/rest/webhook", "/conversations/a/tracker"])
async def test_a_page_of_an_allowed_origin_may_call(ask, path):
    asked = {"Origin": "https://a.example", "Access-Control-Request-Headers": "content-type"}
    status, headers, _ = await ask("OPTIONS", path, token=None, headers=asked)
    assert status == 200
    assert headers["Access-Control-Allow-Origin"] == "https://a.example"
    assert headers["Access-Control-Allow-Headers"] == "content-type"


async def test_a_page_of_another_origin_may_not(ask):
    origin = {"Origin": "https://b.example"}
    _, headers, _ = await ask("GET", "/version", headers=origin)
    assert "Access-Control-Allow-Origin" not in headers


async def test_an_error_can_be_read_by_an_allowed_page_too(ask):
    origin = {"Origin": "https://a.example"}
    status, headers, _ = await ask("GET", "/status", token="wrong", headers=origin)
    assert status == 401
    assert headers["Access-Control-Allow-Origin"] == "https://a.example"


@pytest.mark.parametrize(
    ("headers", "is_json"),
    [({}, False), ({"Accept": "application/json"}, True), ({"Accept": "text/html"}, False)],
)
async def test_an_address_that_is_not_there_is_answered_in_the_clients_form(ask, headers, is_json):
    status, got, _ = await ask("GET", "/nowhere", headers=headers)
    assert status == 404
    assert (got["Content-Type"] == "application/json") is is_json


STORIES = """
stories:
- story: right
  steps:
  - user: /greet
    intent: greet
  - action: utter_greet
- story: wrong
  steps:
  - user: /greet
    intent: greet
  - action: utter_track
"""
EXAMPLES = """
nlu:
- intent: greet
  examples: |
    - /greet
- intent: track
  examples: |
    - /track
    - /silence
"""


@pytest.mark.parametrize("end_to_end", [False, True])
async def test_stories_in_a_request_are_played_on_the_model(ask, end_to_end):
    status, _, body = await ask(
        "POST", "/model/test/stories", params={"e2e": str(end_to_end)}, data=STORIES.encode()
    )
    assert status == 200
    assert body["is_end_to_end_evaluation"] is end_to_end
    wrong = [a for a in body["actions"] if a["action"] != a["predicted"]]
    assert (wrong[0]["action"], wrong[0]["predicted"]) == ("utter_track", "utter_greet")
    assert 0 < body["accuracy"] < 1


async def test_examples_in_a_request_are_parsed_by_the_model(ask):
    status, _, body = await ask("POST", "/model/test/intents", data=EXAMPLES.encode())
    assert status == 200
    (error,) = body["intent_evaluation"]["errors"]
    assert (error["text"], error["intent"], error["predicted"]) == ("/silence", "track", "silence")
    assert body["entity_evaluation"] is None


@pytest.mark.parametrize("path", ["/model/test/stories", "/model/test/intents"])
async def test_faulty_files_in_a_request_are_refused_with_their_problems(ask, path):
    body = b"stories: [\nnlu: {"
    status, _, answer = await ask("POST", path, data=body)
    assert status == 400
    assert answer["details"]["problems"]
