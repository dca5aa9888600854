"""Responses from a server, with the domain's as a safety net."""

import pytest

from kefu.core.domain import Domain
from kefu.core.tracker import Tracker
from kefu.remote.endpoints import response_generator
from tests.integration.remote.test_action_server import answering, serving

DOMAIN = Domain.from_dict({"responses": {"utter_x": [{"text": "本地 {a}", "id": "x1"}]}})


async def generated(url, arguments=None):
    generator = response_generator({"url": url}, DOMAIN)
    try:
        return await generator.generate("utter_x", Tracker("c1", DOMAIN), "rest", arguments or {})
    finally:
        await generator.close()


async def test_the_server_is_asked_with_all_it_may_need():
    async with serving(answering(200, {"text": "远程"})) as (url, seen):
        assert await generated(url, {"a": 1}) == {"text": "远程"}
    body = seen[0][1]
    assert body["response"] == "utter_x"
    assert body["id"] == "x1"
    assert body["arguments"] == {"a": 1}
    assert body["channel"] == {"name": "rest"}
    assert body["tracker"]["sender_id"] == "c1"


@pytest.mark.parametrize(("status", "body"), [(500, "{}"), (200, "no json"), (200, "[]")])
async def test_when_the_server_fails_the_domain_answers(status, body, caplog):
    async with serving(answering(status, body)) as (url, _):
        message = await generated(url, {"a": 1})
    assert message["text"] == "本地 1"
    assert [r.fields["conversation_id"] for r in caplog.records if hasattr(r, "fields")] == ["c1"]


async def test_when_the_server_is_down_the_domain_answers():
    async with serving(answering(200, "{}")) as (url, _):
        pass
    assert (await generated(url, {"a": 1}))["text"] == "本地 1"


def test_without_a_server_the_domain_answers():
    generator = response_generator(None, DOMAIN)
    assert type(generator).__name__ == "TemplateResponses"
    assert type(response_generator({"url": "http://x"}, DOMAIN)).__name__ == "ResponseServer"
