"""Training by HTTP."""

import asyncio
import json

import pytest
from aiohttp import web

from kefu.model.load import load_model
from tests.serving import running_server

PROJECT = """
version: "3.1"
recipe: default.v1
language: zh
pipeline: [{name: KeywordIntentClassifier}]
policies: [{name: RulePolicy}]
intents: [greet]
responses:
  utter_greet: [{text: 您好}]
nlu:
- intent: greet
  examples: |
    - 你好
    - 您好
rules:
- rule: greet
  steps:
  - intent: greet
  - action: utter_greet
"""
ELSEWHERE = {"save_to_default_model_directory": "false"}


async def train(server, body, **query):
    async with server.session.post(
        "/model/train",
        params={"token": "secret", **ELSEWHERE, **query},
        data=body.encode(),
    ) as response:
        is_model = response.content_type == "application/gzip"
        content = await response.read() if is_model else await response.json()
        return response.status, response.headers, content


async def test_a_project_in_a_request_becomes_a_model_in_the_answer(server, tmp_path):
    status, headers, content = await train(server, PROJECT)
    assert status == 200, content
    path = tmp_path / headers["filename"]
    path.write_bytes(content)
    assert "greet" in load_model(path).domain.intents


async def test_the_model_is_kept_beside_the_present_one(server, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "tests.serving.OneModel.current",
        property(lambda model: type("M", (), {"file": str(tmp_path / "present.tar.gz")})()),
    )
    _, headers, _ = await train(server, PROJECT, save_to_default_model_directory="true")
    assert headers["filename"] in [path.name for path in tmp_path.iterdir()]


async def test_a_faulty_project_is_refused_with_its_problems(server):
    status, _, body = await train(server, PROJECT.replace("utter_greet\n", "utter_grete\n"))
    assert status == 400
    assert any("utter_grete" in problem for problem in body["details"]["problems"])


async def test_one_training_at_a_time_and_customers_are_answered_meanwhile(server, ask):
    first = asyncio.create_task(train(server, PROJECT))
    while (await ask("GET", "/status"))[2]["num_active_training_jobs"] == 0:
        pass
    message = {"sender": "a", "message": "/greet"}
    assert (await ask("POST", "/webhooks/rest/webhook", json=message))[0] == 200
    assert (await first)[0] == 200
    assert (await ask("GET", "/status"))[2]["num_active_training_jobs"] == 0


@pytest.mark.parametrize(
    ("body", "query"),
    [("", {}), (PROJECT, {"augmentation": "many"}), ("a: [", {})],
)
async def test_a_wrong_request_is_refused(server, body, query):
    assert (await train(server, body, **query))[0] == 400


# -- answers that come later


class Inbox:
    """Takes answers at an address."""

    def __init__(self):
        self.answers = asyncio.Queue()
        self.refusals = 0

    async def take(self, request):
        if self.refusals:
            self.refusals -= 1
            return web.Response(status=503)
        await self.answers.put((request.content_type, await request.read()))
        return web.Response()


@pytest.fixture
async def inbox():
    taken = Inbox()
    app = web.Application(client_max_size=2**26)
    app.router.add_post("/in", taken.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    taken.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/in"
    yield taken
    await runner.cleanup()


async def post(server, path, body, **query):
    """Return status and content of the answer."""
    async with server.session.post(
        path, params={"token": "secret", **query}, data=body.encode()
    ) as response:
        is_json = response.content_type == "application/json"
        return response.status, await response.json() if is_json else await response.read()


async def test_the_model_comes_to_the_address_that_was_named(server, inbox, tmp_path):
    inbox.refusals = 1
    status, _, _ = await train_later(server, PROJECT, inbox)
    assert status == 204
    content_type, body = await inbox.answers.get()
    assert content_type == "application/gzip"
    path = tmp_path / "m.tar.gz"
    path.write_bytes(body)
    assert "greet" in load_model(path).domain.intents


async def test_what_is_wrong_comes_there_too(server, inbox):
    await train_later(server, PROJECT.replace("utter_greet\n", "utter_grete\n"), inbox)
    content_type, body = await inbox.answers.get()
    assert content_type == "application/json"
    wrong = json.loads(body)
    assert wrong["code"] == 400
    assert wrong["reason"] == "TrainingError"
    assert any("utter_grete" in problem for problem in wrong["details"]["problems"])


async def train_later(server, body, inbox):
    params = {"token": "secret", **ELSEWHERE, "callback_url": inbox.url}
    async with server.session.post("/model/train", params=params, data=body.encode()) as response:
        return response.status, response.headers, await response.read()


async def test_one_waits_and_no_more(server, inbox, ask):
    assert (await train_later(server, PROJECT, inbox))[0] == 204
    assert (await train_later(server, PROJECT, inbox))[0] == 204
    assert (await ask("GET", "/status"))[2]["num_active_training_jobs"] == 2
    status, body = await post(server, "/model/train", PROJECT, **ELSEWHERE)
    assert (status, body["reason"]) == (409, "Conflict")
    assert (await train_later(server, PROJECT, inbox))[0] == 409
    assert [(await inbox.answers.get())[0] for _ in range(2)] == ["application/gzip"] * 2
    assert (await train_later(server, PROJECT, inbox))[0] == 204


async def test_who_was_promised_an_answer_hears_that_the_server_stops(inbox, tmp_path):
    async with running_server(tmp_path) as server:
        assert (await train_later(server, PROJECT, inbox))[0] == 204
        assert (await train_later(server, PROJECT, inbox))[0] == 204
    for _ in range(2):
        content_type, body = await inbox.answers.get()
        assert content_type == "application/json"
        told = json.loads(body)
        assert (told["code"], told["status"], told["reason"]) == (503, "failure", "ServerStopped")


async def test_examples_are_tested_later(server, inbox):
    examples = 'version: "3.1"\nnlu:\n- intent: greet\n  examples: |\n    - /greet\n'
    status, _ = await post(server, "/model/test/intents", examples, callback_url=inbox.url)
    assert status == 204
    _, body = await inbox.answers.get()
    assert "intent_evaluation" in json.loads(body)


@pytest.mark.parametrize("url", ["x", "ftp://a/b", "http://", "http://a:0/", "http://[/"])
async def test_an_answer_cannot_come_to_what_is_no_address(server, url):
    status, body = await post(server, "/model/train", PROJECT, callback_url=url)
    assert status == 400
    assert body["details"] == {"parameter": "callback_url", "in": "query"}


# -- testing other models


async def test_another_model_is_tested_and_the_present_one_goes_on(server, ask):
    examples = 'version: "3.1"\nnlu:\n- intent: greet\n  examples: |\n    - /greet\n'
    before = (await ask("GET", "/status"))[2]
    status, _ = await post(server, "/model/test/intents", examples, model="models/table.tar.gz")
    assert status == 200
    assert (await ask("GET", "/status"))[2] == before
    status, body = await post(server, "/model/test/intents", examples, model="none.tar.gz")
    assert status == 400
    assert body["details"]["parameter"] == "model"


FOLDED = """
version: "3.1"
language: zh
pipeline: [{name: KeywordIntentClassifier}]
nlu:
- intent: greet
  examples: |
    - 你好
    - 您好
    - 早上好
    - 晚上好
- intent: bye
  examples: |
    - 再见
    - 拜拜
    - 回见
    - 先走了
"""


async def test_examples_are_cross_validated(server):
    status, body = await post(server, "/model/test/intents", FOLDED, cross_validation_folds="2")
    assert status == 200, body
    found = body["intent_evaluation"]
    assert len(found["predictions"]) == 8
    assert {"report", "precision", "f1_score", "accuracy", "errors"} <= found.keys()


@pytest.mark.parametrize(
    "query",
    [
        {"cross_validation_folds": "1"},
        {"cross_validation_folds": "many"},
        {"cross_validation_folds": "50"},
        {"cross_validation_folds": "2", "model": "models/table.tar.gz"},
    ],
)
async def test_what_cannot_be_folded_is_refused(server, query):
    status, body = await post(server, "/model/test/intents", FOLDED, **query)
    assert status == 400
    assert body["details"]["parameter"] == "cross_validation_folds"
