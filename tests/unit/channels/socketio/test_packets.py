"""Packets of Engine.IO and Socket.IO as text."""

import pytest

from kefu.channels.socketio.packets import SocketPacket, decode_payload, encode_payload
from kefu.errors import ChannelError

PACKETS = ["40", '42["user_uttered",{"message":"你好😀"}]', "2probe"]


@pytest.mark.parametrize("version", [3, 4])
def test_what_is_written_is_read_again(version):
    assert decode_payload(encode_payload(PACKETS, version).encode(), version) == PACKETS


def test_old_lengths_are_counted_as_javascript_counts():
    assert encode_payload(["4😀", "2"], 3) == "3:4😀1:2"
    assert encode_payload(["4😀", "2"], 4) == "4😀\x1e2"


@pytest.mark.parametrize(
    ("body", "version"),
    [
        (b"", 4),
        (b"\x1e", 4),
        (b"4a\x1e\x1e4b", 4),
        (b"\xff", 4),
        (b"\x1e".join([b"2"] * 101), 4),
        (b"4a", 3),
        (b"5:4a", 3),
        (b"0:", 3),
        (b":4a", 3),
        (b"99999999999999:4a", 3),
        (b"-1:4a", 3),
    ],
)
def test_what_is_no_list_of_packets_is_refused(body, version):
    with pytest.raises(ChannelError):
        decode_payload(body, version)


@pytest.mark.parametrize(
    ("text", "packet"),
    [
        ("0", SocketPacket(kind=0)),
        ('0{"token":"t"}', SocketPacket(kind=0, data={"token": "t"})),
        ("0/chat,", SocketPacket(kind=0, namespace="/chat")),
        ("0/chat?token=x,", SocketPacket(kind=0, namespace="/chat")),
        ("0/chat", SocketPacket(kind=0, namespace="/chat")),
        ('2["a",{"b":"/c,d"}]', SocketPacket(kind=2, data=["a", {"b": "/c,d"}])),
        ('212["a"]', SocketPacket(kind=2, id=12, data=["a"])),
        ('2/chat,7["a"]', SocketPacket(kind=2, namespace="/chat", id=7, data=["a"])),
        ("1/chat,", SocketPacket(kind=1, namespace="/chat")),
        ("3", SocketPacket(kind=3)),
    ],
)
def test_packets_are_read(text, packet):
    assert SocketPacket.decoded(text) == packet


@pytest.mark.parametrize(
    "text", ["", "9", "x", "2[", '2["\ud800"]', "2" + "[" * 5000, '51-["a",{}]']
)
def test_what_is_no_packet_is_refused(text):
    with pytest.raises(ChannelError):
        SocketPacket.decoded(text)


@pytest.mark.parametrize("data", [None, {}, [], [1], "a", [{"a": 1}]])
def test_an_event_has_a_name(data):
    with pytest.raises(ChannelError, match="begins with its name"):
        _ = SocketPacket(kind=2, data=data).event


def test_packets_are_written():
    packet = SocketPacket(kind=2, namespace="/chat", id=7, data=["a", {"b": "你"}])
    assert packet.encoded() == '42/chat,7["a",{"b":"你"}]'
    assert SocketPacket(kind=0).encoded() == "40"
