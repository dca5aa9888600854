"""Training by HTTP."""

import asyncio

import pytest

from kefu.model.load import load_model

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
    status, _, _ = await train(server, PROJECT)
    assert status == 409
    message = {"sender": "a", "message": "/greet"}
    assert (await ask("POST", "/webhooks/rest/webhook", json=message))[0] == 200
    assert (await first)[0] == 200
    assert (await ask("GET", "/status"))[2]["num_active_training_jobs"] == 0


@pytest.mark.parametrize(
    ("body", "query"),
    [("", {}), (PROJECT, {"augmentation": "many"}), (PROJECT, {"callback_url": "http://x"})],
)
async def test_a_wrong_request_is_refused(server, body, query):
    assert (await train(server, body, **query))[0] == 400
