import asyncio

import pytest

from kefu.errors import Unavailable
from kefu.gateway.lanes import Lanes


async def test_jobs_of_one_conversation_run_in_order_and_one_at_a_time():
    lanes, seen, running = Lanes(), [], 0

    def job(number):
        async def run():
            nonlocal running
            running += 1
            assert running == 1
            await asyncio.sleep(0)
            seen.append(number)
            running -= 1
            return number

        return run

    futures = [lanes.submit("a", job(number)) for number in range(10)]
    assert await asyncio.gather(*futures) == list(range(10))
    assert seen == list(range(10))
    assert not lanes.is_busy("a")
    assert lanes.waiting == 0


async def test_a_job_that_raises_does_not_stop_the_next():
    lanes = Lanes()

    async def fail():
        raise ValueError("no")

    async def work():
        return "done"

    first, second = lanes.submit("a", fail), lanes.submit("a", work)
    with pytest.raises(ValueError, match="no"):
        await first
    assert await second == "done"


async def test_a_caller_who_leaves_does_not_cancel_the_job():
    lanes, gate = Lanes(), asyncio.Event()
    ended = []

    async def work():
        await gate.wait()
        ended.append(1)

    call = asyncio.ensure_future(lanes.run("a", work))
    await asyncio.sleep(0)
    call.cancel()
    gate.set()
    await lanes.idle()
    assert ended == [1]


async def test_closing_lets_jobs_finish_and_takes_no_more():
    lanes, gate = Lanes(), asyncio.Event()

    async def work():
        await gate.wait()
        return "done"

    future = lanes.submit("a", work)
    closing = asyncio.ensure_future(lanes.close())
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        lanes.submit("b", work)
    with pytest.raises(Unavailable):
        lanes.check_open()
    gate.set()
    await closing
    assert future.result() == "done"


async def test_closing_cancels_what_does_not_finish_in_time():
    lanes = Lanes()
    futures = [lanes.submit("a", asyncio.Event().wait) for _ in range(3)]
    await asyncio.sleep(0)
    await lanes.close(timeout=0)
    assert all(future.cancelled() for future in futures)
    assert lanes.waiting == 0
