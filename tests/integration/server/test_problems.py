"""What goes wrong below /api/v1 has one shape, and names the parameter; refusals fill no log."""

import logging

import pytest

from kefu.errors import Unavailable
from kefu.logs import Seldom
from kefu.server import problems
from kefu.server.settings import ServerSettings
from tests.serving import running_server

TOKEN = {"Authorization": "Bearer secret"}
MANY = "9" * 23


@pytest.fixture
async def server(tmp_path):
    async with running_server(tmp_path) as running:
        yield running


async def asked(server, method, path, **options):
    options.setdefault("headers", TOKEN)
    async with server.session.request(method, path, **options) as answer:
        kind = answer.headers["Content-Type"]
        assert kind == "application/problem+json", (kind, await answer.text())
        body = await answer.json()
    assert body["status"] == answer.status
    assert body["type"].startswith("urn:kefu:problem:")
    assert body["instance"] == path.partition("?")[0]
    assert body["title"]
    return answer.status, body


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        (f"/api/v1/deliveries?after={MANY}", "after"),
        ("/api/v1/deliveries?after=abc", "after"),
        ("/api/v1/deliveries?after=-1", "after"),
        ("/api/v1/deliveries?limit=-1", "limit"),
        ("/api/v1/deliveries?limit=0", "limit"),
        ("/api/v1/deliveries?state=lost", "state"),
        ("/api/v1/queue?limit=abc", "limit"),
        ("/api/v1/customers/x/timeline?before=yesterday", "before"),
        ("/api/v1/customers/x/timeline?before=nan", "before"),
        (f"/api/v1/customers/x/timeline?limit={MANY}", "limit"),
        ("/api/v1/customers/x/visits?limit=1.5", "limit"),
    ],
)
async def test_a_wrong_parameter_is_named(server, path, parameter):
    status, body = await asked(server, "GET", path)
    assert status == 400
    assert body["details"] == {"parameter": parameter, "in": "query"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1", 404),
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/v1/customers/nobody", 404),
        ("DELETE", "/api/v1/deliveries", 405),
        ("GET", "/attachments", 404),
        ("GET", "/attachments/x/y", 404),
    ],
)
async def test_what_is_not_there_is_a_problem(server, method, path, status):
    assert (await asked(server, method, path))[0] == status


async def test_what_a_customer_cannot_have_is_a_problem(server):
    body = {"address": "u1", "kind": "phone", "value": "12"}
    assert (await asked(server, "POST", "/api/v1/customers/identify", json=body))[0] == 400


async def test_a_body_that_is_too_long_is_a_problem(tmp_path):
    settings = ServerSettings(enable_api=True, auth_token="secret", max_body=1_000)
    async with running_server(tmp_path, settings=settings) as server:
        path = "/api/v1/customers/identify"
        assert (await asked(server, "POST", path, data=b"x" * 1_001))[0] == 413


async def test_refusals_are_counted_each_and_told_once(server, monkeypatch, caplog):
    async def refuse(*_, **__):
        raise Unavailable("too many messages are waiting")

    monkeypatch.setattr(problems, "_refusals", Seldom())
    monkeypatch.setattr(server.gateway, "deliveries", refuse)
    monkeypatch.setattr(server.gateway, "handle", refuse)
    message = {"sender": "u1", "message": "hi"}
    with caplog.at_level(logging.WARNING, "kefu"):
        for _ in range(5):
            assert (await asked(server, "GET", "/api/v1/deliveries"))[0] == 503
            async with server.session.post("/webhooks/rest/webhook", json=message) as answer:
                assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    async with server.session.get("/metrics") as answer:
        assert 'kefu_http_errors_total{status="503"} 10.0' in await answer.text()
