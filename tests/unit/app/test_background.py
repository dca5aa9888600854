import asyncio

import pytest

from kefu.app import background
from kefu.app.background import Background


async def test_tasks_end_with_the_block():
    ended = asyncio.Event()

    async def work():
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with Background() as running:
        running.spawn(work())
        await asyncio.sleep(0)
        assert not ended.is_set()
    assert ended.is_set()


async def test_a_failure_is_logged_and_harms_nothing(caplog):
    async def fail():
        raise RuntimeError("broken")

    async with Background() as running:
        await running.spawn(fail())
    assert "broken" in caplog.text


async def test_work_without_end_is_begun_again_after_a_failure(monkeypatch, caplog):
    monkeypatch.setattr(background, "_FIRST_PAUSE", 0.0)
    attempts = []
    done = asyncio.Event()

    async def work():
        attempts.append(1)
        if len(attempts) < 3:
            raise RuntimeError("broken")
        done.set()
        await asyncio.Event().wait()

    async with Background() as running:
        running.keep_going("work", work)
        await done.wait()
    assert len(attempts) == 3
    assert "begun again" in caplog.text


async def test_an_error_of_the_block_comes_out_as_it_is():
    async def fail():
        async with Background() as running:
            running.spawn(asyncio.Event().wait())
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        await fail()
