"""Where an export that was interrupted goes on."""

import pytest

from kefu.app.export import KeptPlace, PlaceFile, broker_name
from kefu.errors import KefuError
from kefu.gateway.exporting import ExportPlace
from kefu.project.settings import EventBroker

ASKED = ("file events.log", None, None, 0.0, ["a"])


@pytest.fixture
def kept(tmp_path):
    """Return a file with a place in it."""
    file = PlaceFile(tmp_path, ASKED)
    file.write(
        KeptPlace(
            before=7.0, process_id="p", place=ExportPlace(conversation_id="安", seq=3, published=2)
        )
    )
    return file


def test_the_same_question_finds_its_place_and_another_one_none(tmp_path, kept):
    found = PlaceFile(tmp_path, ASKED).read()
    assert (found.before, found.process_id, found.place.conversation_id) == (7.0, "p", "安")
    others = (*ASKED[:-1], ["b"]), ("file other.log", *ASKED[1:]), (*ASKED[:1], 1.0, *ASKED[2:])
    for other in others:
        assert PlaceFile(tmp_path, other).read() is None
    assert [path.suffix for path in kept.path.parent.iterdir()] == [".json"]


def test_what_is_done_is_forgotten(tmp_path, kept):
    kept.remove()
    kept.remove()
    assert PlaceFile(tmp_path, ASKED).read() is None


@pytest.mark.parametrize("content", [b"", b'{"before": 1', b"[]", b"\xff"])
def test_a_place_that_cannot_be_read_is_told(kept, content):
    kept.path.write_bytes(content)
    with pytest.raises(KefuError, match="begin anew with --restart"):
        kept.read()


def test_a_place_that_cannot_be_kept_is_told(tmp_path):
    (tmp_path / "exports").touch()
    file, place = PlaceFile(tmp_path, ASKED), ExportPlace()
    with pytest.raises(KefuError, match="cannot be kept"):
        file.write(KeptPlace(before=1.0, process_id="", place=place))


def test_a_brokers_name_has_no_password():
    broker = EventBroker(
        kind="rabbitmq", address="amqp://u:secret@host:5672/v", queues=("one", "two")
    )
    assert broker_name(broker) == "rabbitmq amqp://host:5672/v (one, two)"
    kafka = EventBroker(kind="kafka", address="a:9092,b:9092", topic="t")
    assert broker_name(kafka) == "kafka a:9092,b:9092 (t)"
