"""Work that is given up at the end is not waited for."""

import asyncio
import threading

import pytest

from kefu.app.abandoned import AbandonedThreads


def test_a_loop_that_ends_does_not_wait():
    threads, may_end, has_ended = AbandonedThreads(), threading.Event(), threading.Event()

    def work():
        may_end.wait(30)
        has_ended.set()

    async def begin():
        task = asyncio.ensure_future(threads.run(work))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert not threads.are_busy
    asyncio.run(begin())
    assert threads.are_busy
    may_end.set()
    assert has_ended.wait(30)
    for thread in tuple(threads._threads):
        thread.join()
    assert not threads.are_busy


async def test_what_comes_of_it_is_given_back():
    def fails():
        raise ValueError("no")

    threads = AbandonedThreads()
    assert await threads.run(lambda: 7) == 7
    with pytest.raises(ValueError, match="no"):
        await threads.run(fails)
