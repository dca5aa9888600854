"""Channel rest: Rasa's bodies in, Rasa's messages out, clear refusals."""

import json

import pytest

from kefu.channels.rest import RestConnector
from kefu.errors import ChannelError, Unavailable
from tests.unit.channels.fakes import EchoDoor, FakeRequest, a_context


def a_request(body, **options):
    return FakeRequest(body=json.dumps(body).encode(), **options)


async def test_the_answer_is_the_list_of_the_bots_messages():
    response = await RestConnector(EchoDoor()).webhook(a_request({"sender": "a", "message": "hi"}))
    assert response.status == 200
    assert json.loads(response.body) == [{"recipient_id": "a", "text": "hi"}]


async def test_a_stream_has_a_line_for_each_message():
    request = a_request({"sender": "a", "message": "one\n\ntwo"}, query={"stream": "true"})
    response = await RestConnector(EchoDoor()).webhook(request)
    assert response.content_type == "text/event-stream"
    lines = [json.loads(piece) async for piece in response.stream]
    assert [line["text"] for line in lines] == ["one", "two"]


async def test_the_message_carries_what_the_body_says():
    door = EchoDoor()
    body = {"sender": 17, "message": "hi", "metadata": {"k": 1}, "input_channel": "app"}
    await RestConnector(door).webhook(a_request(body))
    (message,) = door.messages
    assert message.conversation_id == "17"
    assert message.input_channel == "app"
    assert message.output_channel == "collector"
    assert message.metadata == {"k": 1}
    assert message.message_id is None


async def test_without_a_sender_the_conversation_is_called_default():
    door = EchoDoor()
    await RestConnector(door).webhook(a_request({"message": "hi"}))
    assert door.messages[0].conversation_id == "default"


@pytest.mark.parametrize(
    ("body", "headers"),
    [({"message_id": "m1"}, {}), ({}, {"idempotency-key": "m1"})],
    ids=["in the body", "as a header"],
)
async def test_a_message_id_belongs_to_its_sender(body, headers):
    door = EchoDoor()
    for sender in ("a", "b"):
        request = a_request({"sender": sender, "message": "hi", **body}, headers=headers)
        await RestConnector(door).webhook(request)
    assert [message.message_id for message in door.messages] == ["a:m1", "b:m1"]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (b"{", "Failed when parsing body as json"),
        (b"", "Failed when parsing body as json"),
        (b"\xff", "Failed when parsing body as json"),
        (b"[]", "must be a JSON object, not a list"),
        (b"{}", "'message' is missing"),
        (b'{"message": 5}', "'message' must be a string"),
        (b'{"message": "x", "sender": ["a"]}', "'sender' must be a string"),
        (b'{"message": "x", "sender": true}', "'sender' must be a string"),
        (b'{"message": "x", "sender": "' + b"a" * 256 + b'"}', "longer than 255"),
        (b'{"message": "x", "metadata": "y"}', "'metadata' must be an object"),
        (b'{"message": "x", "message_id": 5}', "'message_id' must be a string"),
        (b'{"message": "x", "input_channel": 5}', "'input_channel' must be a string"),
    ],
)
async def test_a_wrong_body_is_refused_with_what_is_wrong(body, wrong):
    door = EchoDoor()
    with pytest.raises(ChannelError, match=wrong):
        await RestConnector(door).webhook(FakeRequest(body=body))
    assert door.messages == []


async def test_a_message_that_cannot_be_taken_is_not_answered():
    door = EchoDoor()
    door.is_down = True
    with pytest.raises(Unavailable):
        await RestConnector(door).webhook(a_request({"message": "hi"}))


def test_settings_of_other_peoples_projects_are_ignored_with_a_warning(caplog):
    assert RestConnector.from_settings({"cors_origins": "*"}, a_context()).name == "rest"
    assert "cors_origins is ignored; 'kefu run --cors' sets origins" in caplog.text
