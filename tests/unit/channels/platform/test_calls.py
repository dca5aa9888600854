"""What an errcode means; the calls themselves are tested against the simulators."""

import pytest

from kefu.channels.platform.calls import Answer
from kefu.errors import ChannelError, HeldBack, Refused


def answer(errcode):
    return Answer(call="send", errcode=errcode, errmsg="because", data={"msgid": "1"})


def required(errcode):
    return answer(errcode).require(held={45047}, refused={40003}, done={40058})


def test_what_was_done_now_or_before_gives_its_data():
    assert required(0) == required(40058) == {"msgid": "1"}
    assert answer(0).is_ok


@pytest.mark.parametrize(
    ("errcode", "error"), [(45047, HeldBack), (40003, Refused), (45009, ChannelError)]
)
def test_an_errcode_is_held_refused_or_tried_again(errcode, error):
    with pytest.raises(ChannelError, match=f"send: {errcode} because") as raised:
        required(errcode)
    assert type(raised.value) is error
