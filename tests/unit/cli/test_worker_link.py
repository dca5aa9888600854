"""A worker's end of the pipes to its supervisor."""

import asyncio

from kefu.cli.worker_link import SupervisorLink
from kefu.cli.worker_messages import WorkerMessage


class Pipe:
    def write(self, line):
        pass


async def test_a_line_that_is_too_long_ends_the_link_in_order():
    reader, lost, heard = asyncio.StreamReader(limit=100), asyncio.Event(), []
    link = SupervisorLink(1, reader, Pipe(), lost.set)
    link.siblings.listen("x", lambda number, text: heard.append((number, text)))
    reader.feed_data(WorkerMessage(kind="pass", number=2, name="x", text="a").line())
    reader.feed_data(WorkerMessage(kind="nobody", number=2).line())
    reader.feed_data(b"x" * 400 + b"\n")
    await link.listen()
    assert lost.is_set()
    assert heard == [(2, "a"), (2, None)]
