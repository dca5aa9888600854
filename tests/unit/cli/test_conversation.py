import asyncio
from contextlib import asynccontextmanager

import pytest

from kefu.cli.conversation import Terminal
from kefu.cli.loop_thread import LoopThread
from kefu.core.messages import Reply

BUTTONS = ({"title": "Yes", "payload": "/affirm"}, {"title": "No", "payload": "/deny"})


async def test_buttons_are_numbered_and_chosen_by_number(capsys):
    terminal = Terminal()
    await terminal.send(
        Reply(recipient_id="a", text="Sure?", buttons=BUTTONS), delivery_id=1, recipient="a"
    )
    assert capsys.readouterr().out.splitlines() == ["Sure?", "  1: Yes", "  2: No"]
    assert terminal.meant_by("2") == "/deny"


async def test_buttons_of_several_replies_are_numbered_on(capsys):
    terminal = Terminal()
    for number in (1, 2):
        reply = Reply(recipient_id="a", buttons=BUTTONS[number - 1 : number])
        await terminal.send(reply, delivery_id=number, recipient="a")
    assert "2: No" in capsys.readouterr().out
    assert terminal.meant_by("2") == "/deny"


async def test_a_number_without_such_a_button_is_a_message():
    terminal = Terminal()
    assert terminal.meant_by("1") == "1"
    await terminal.send(Reply(recipient_id="a", buttons=BUTTONS), delivery_id=1, recipient="a")
    assert terminal.meant_by("3") == "3"
    assert terminal.meant_by("0") == "0"


async def test_old_buttons_are_gone_with_the_next_reply():
    terminal = Terminal()
    await terminal.send(Reply(recipient_id="a", buttons=BUTTONS), delivery_id=1, recipient="a")
    terminal.meant_by("hello")
    await terminal.send(Reply(recipient_id="a", text="hi"), delivery_id=2, recipient="a")
    assert terminal.meant_by("1") == "1"


async def test_whatever_a_reply_holds_is_shown(capsys):
    reply = Reply(
        recipient_id="a",
        image="http://x/y.png",
        attachment={"type": "file"},
        elements=({"title": "e"},),
        custom={"k": "词"},
    )
    await Terminal().send(reply, delivery_id=1, recipient="a")
    out = capsys.readouterr().out
    for part in ("Image: http://x/y.png", '{"type": "file"}', '{"title": "e"}', '{"k": "词"}'):
        assert part in out


def test_a_loop_thread_enters_and_leaves_in_one_task():
    tasks = []

    @asynccontextmanager
    async def manager():
        tasks.append(asyncio.current_task())
        yield "value"
        tasks.append(asyncio.current_task())

    async def double(number):
        return 2 * number

    with LoopThread() as thread:
        with thread.entered(manager()) as value:
            assert value == "value"
            assert thread.run(double(4)) == 8
            assert len(tasks) == 1
        assert tasks[0] is tasks[1]


def test_what_goes_wrong_in_a_loop_thread_comes_out():
    @asynccontextmanager
    async def manager():
        raise KeyError("cannot begin")
        yield

    async def fail():
        raise ValueError("failed")

    with LoopThread() as thread:
        with pytest.raises(KeyError, match="cannot begin"), thread.entered(manager()):
            pass
        with pytest.raises(ValueError, match="failed"):
            thread.run(fail())
