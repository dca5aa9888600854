"""The client of rasa-sdk's action server, against a server that misbehaves on demand."""

import asyncio
import json
import re
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from kefu.errors import ActionFailed, ActionRejected, ActionUnreachable, ProjectError
from kefu.project.settings import ActionEndpoint
from kefu.remote.endpoints import action_endpoint, response_generator
from tests.integration.remote.calls import DOMAIN, call


@asynccontextmanager
async def serving(respond):
    """Serve ``respond(request, body)`` and yield (url, requests seen)."""
    seen = []

    async def handle(request):
        body = await request.json()
        seen.append((request, body))
        return await respond(request, body)

    app = web.Application()
    app.router.add_post("/webhook", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/webhook", seen
    finally:
        await runner.cleanup()


@asynccontextmanager
async def connected(url, **settings):
    endpoint = action_endpoint(ActionEndpoint(url=url, **settings), root=None)
    try:
        yield endpoint
    finally:
        await endpoint.close()


def answering(status, body):
    async def respond(_request, _body):
        return web.Response(status=status, text=body if isinstance(body, str) else json.dumps(body))

    return respond


async def test_an_action_is_called_with_tracker_and_domain_and_a_key():
    events = [{"event": "slot", "name": "s", "value": 1}]
    respond = answering(200, {"events": events, "responses": [{"text": "好"}]})
    async with serving(respond) as (url, seen):
        settings = {"headers": {"X-Own": "1"}, "params": {"t": "secret"}, "basic_auth": ("u", "p")}
        async with connected(url, **settings) as endpoint:
            result = await endpoint.run(call(key="会话:m:0"))
    request, body = seen[0]
    assert (list(result.events), list(result.responses)) == (events, [{"text": "好"}])
    assert body["next_action"] == "action_a"
    assert body["sender_id"] == body["tracker"]["sender_id"] == "c1"
    assert body["domain"] == DOMAIN.data
    assert body["version"].startswith("3.")
    assert request.headers["Idempotency-Key"] == "%E4%BC%9A%E8%AF%9D:m:0"
    assert request.headers["X-Own"] == "1"
    assert request.query["t"] == "secret"
    assert request.headers["Authorization"].startswith("Basic ")


async def test_with_a_selective_domain_only_those_who_need_it_get_it():
    respond = answering(200, {"events": [], "responses": []})
    async with serving(respond) as (url, seen), connected(url, selective_domain=True) as endpoint:
        await endpoint.run(call())
        await endpoint.run(call(needs_domain=True))
    assert ["domain" in body for _, body in seen] == [False, True]
    assert seen[0][1]["domain_digest"] == seen[1][1]["domain_digest"]


async def test_a_server_that_lacks_the_domain_gets_it_on_demand():
    async def respond(_request, body):
        if "domain" not in body:
            return web.json_response({"action_name": "action_a", "error": "no domain"}, status=449)
        return web.json_response({"events": [], "responses": [{"text": "ok"}]})

    async with serving(respond) as (url, seen), connected(url, selective_domain=True) as endpoint:
        result = await endpoint.run(call())
    assert [dict(r) for r in result.responses] == [{"text": "ok"}]
    assert len(seen) == 2


async def test_a_declining_action_is_no_failure():
    respond = answering(400, {"action_name": "action_a", "error": "not now"})
    async with serving(respond) as (url, _), connected(url) as endpoint:
        with pytest.raises(ActionRejected, match="not now"):
            await endpoint.run(call())


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (404, {"action_name": "action_a"}, "no action of this name"),
        (500, {"error": "ZeroDivisionError"}, "ZeroDivisionError"),
        (500, "<html>", "answered 500"),
        (400, {"error": "Invalid body request"}, "answered 400"),
        (200, "not json", "not a JSON object"),
        (200, [], "not a JSON object"),
        (200, {"events": ["x"]}, "lists of objects"),
        (200, {"responses": {"text": "x"}}, "lists of objects"),
    ],
)
async def test_whatever_else_comes_is_a_failure_with_its_reason(status, body, words):
    async with serving(answering(status, body)) as (url, _), connected(url) as endpoint:
        with pytest.raises(ActionFailed, match=words) as caught:
            await endpoint.run(call())
    assert not isinstance(caught.value, ActionRejected)


async def test_an_answer_of_null_fields_is_an_empty_one():
    respond = answering(200, {"events": None, "responses": None})
    async with serving(respond) as (url, _), connected(url) as endpoint:
        result = await endpoint.run(call())
    assert (list(result.events), list(result.responses)) == ([], [])


async def test_a_hanging_action_is_given_up_and_not_tried_again():
    async def respond(_request, _body):
        await asyncio.Event().wait()

    async with serving(respond) as (url, seen), connected(url, timeout_seconds=0.2) as endpoint:
        with pytest.raises(ActionFailed, match=r"no answer within 0\.2 s"):
            await endpoint.run(call())
    assert len(seen) == 1


async def test_a_broken_connection_is_tried_once_more_with_the_same_key():
    count = 0

    async def respond(request, _body):
        nonlocal count
        count += 1
        if count == 1:
            request.transport.close()
        return web.json_response({"events": [], "responses": []})

    async with serving(respond) as (url, seen), connected(url) as endpoint:
        await endpoint.run(call())
    keys = {request.headers["Idempotency-Key"] for request, _ in seen}
    assert (len(seen), len(keys)) == (2, 1)


async def test_a_server_that_is_down_is_unreachable():
    async with serving(answering(200, {})) as (url, _):
        pass
    async with connected(url) as endpoint:
        with pytest.raises(ActionUnreachable, match="cannot connect"):
            await endpoint.run(call())


async def redirected(request, _body):
    raise web.HTTPTemporaryRedirect(request.path_qs)


@pytest.mark.parametrize("is_up", [True, False])
async def test_no_failure_tells_the_secrets_in_an_address(is_up):
    async with serving(redirected) as (url, _):
        address = url if is_up else "http://127.0.0.1:1/webhook"
        with_secrets = address.replace("http://", "http://user:pa55word@") + "?key=s3cret"
        async with connected(with_secrets, params={"token": "t0ken"}) as endpoint:
            with pytest.raises(ActionFailed) as failure:
                await endpoint.run(call())
    assert not {"pa55word", "s3cret", "t0ken"} & set(re.split(r"\W+", str(failure.value)))


def test_certificates_that_cannot_be_read_stop_the_start(tmp_path):
    settings = ActionEndpoint(url="https://actions/webhook", ca_file=str(tmp_path / "none.pem"))
    with pytest.raises(ProjectError, match=r"cafile .*none\.pem.* cannot be used"):
        action_endpoint(settings, root=None)


@pytest.mark.parametrize("timeout", ["soon", -1, True])
def test_a_timeout_of_a_response_server_is_a_number(timeout):
    section = {"url": "http://words/nlg", "timeout": timeout}
    with pytest.raises(ProjectError, match="timeout"):
        response_generator(section, DOMAIN)


async def test_without_an_endpoint_there_is_nothing_to_call():
    assert action_endpoint(None, root=None) is None
    assert action_endpoint(ActionEndpoint(), root=None) is None
