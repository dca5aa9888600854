"""Processes answer with the same model, and keep the last good one whatever happens."""

import asyncio
import os
import threading
from contextlib import asynccontextmanager
from functools import partial

import pytest

from kefu.app.following_models import ModelFollower, SharedWord
from kefu.clock import SystemClock
from kefu.errors import ModelError
from kefu.model.location import SUFFIX
from kefu.model.shelf import ModelShelf
from kefu.storage.memory import open_memory
from kefu.storage.memory.bus import MemoryBus
from tests.unit.app.test_assembly import a_model


class Models:
    """Holds a model, as :class:`kefu.app.models.ServedModels` does, without a bot around it."""

    def __init__(self):
        self.current = None
        self.used = []

    async def prepared(self, path):
        from kefu.model.load import load_model

        return self.around(await asyncio.to_thread(load_model, path))

    def around(self, model):
        return Prepared(model)

    def use(self, prepared):
        self.current = prepared
        self.used.append(None if prepared is None else prepared.name)


class Prepared:
    def __init__(self, model):
        self.model = model
        self.file = str(model.path)
        self.model_id = model.metadata.model_id
        self.name = model.path.name.removesuffix(SUFFIX)
        self.is_closed = False

    async def close(self):
        self.is_closed = True


@asynccontextmanager
async def process(folder, start=None, shared=None, *, is_alone=True):
    models = Models()
    if start is not None:
        models.current = await models.prepared(folder / f"{start}{SUFFIX}")
    shelf = ModelShelf(folder)
    follower = ModelFollower(models, shelf, SystemClock(), shared, is_alone=is_alone)
    await follower.begin()
    running = asyncio.get_running_loop().create_task(follower.run())
    try:
        yield models, follower
    finally:
        running.cancel()
        await asyncio.wait([running])


async def until(condition):
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - files have no events
            await asyncio.sleep(0.01)


@pytest.fixture
def folder(tmp_path):
    for number, name in enumerate(("one", "two", "three"), 1):
        path = a_model(tmp_path / "models", name, f"Hi from {name}!")
        os.utime(path, (number, number))
    return tmp_path / "models"


async def test_the_word_of_a_command_is_followed(folder):
    shelf = ModelShelf(folder)
    async with process(folder, "three") as (models, _):
        assert shelf.record().served.file == "three.tar.gz"
        shelf.serve(shelf.find("one"), "use")
        await until(lambda: models.used == ["one"])
        shelf.roll_back()
        await until(lambda: models.used == ["one", "three"])


async def test_several_processes_of_a_folder_change_at_the_same_time(folder):
    times = {}
    async with (
        process(folder, "three", is_alone=False) as (first, follower),
        process(folder, "three", is_alone=False) as (second, _),
    ):
        loop = asyncio.get_running_loop()
        for models in (first, second):
            use = models.use

            def timed(prepared, use=use, models=models):
                times[id(models)] = loop.time()
                use(prepared)

            models.use = timed
        await follower.load(folder / "one.tar.gz")
        await until(lambda: second.used == ["one"])
    assert first.used == ["one"]
    a, b = times.values()
    assert abs(a - b) < 0.5


async def test_machines_with_folders_of_their_own_tell_one_another(folder, tmp_path):
    other = tmp_path / "other"
    for name in ("one", "three"):
        path = a_model(other, name, f"Hi from {name}!")
        os.utime(path, (1, 1))
    states = open_memory().channel_state
    here, there = MemoryBus(), MemoryBus()
    here.join(there)
    there.join(here)
    clock = SystemClock()
    async with (
        process(folder, "three", SharedWord(states, here, clock)) as (first, _),
        process(other, "three", SharedWord(states, there, clock)) as (second, there_too),
    ):
        ModelShelf(folder).serve(folder / "one.tar.gz", "use")
        await until(lambda: (first.used, second.used) == (["one"], ["one"]))
        # What this machine lacks changes nothing here, and says why.
        ModelShelf(folder).serve(folder / "two.tar.gz", "use")
        await until(lambda: first.used == ["one", "two"])
        await until(lambda: there_too.trouble is not None)
        assert "let the machines share the folder" in there_too.trouble
        assert second.used == ["one"]
        ModelShelf(folder).serve(folder / "three.tar.gz", "use")
        await until(lambda: second.used == ["one", "three"])
        await until(lambda: ModelShelf(other).record().served.file == "three.tar.gz")


async def test_a_restart_elsewhere_begins_with_what_is_said(folder, tmp_path):
    other = tmp_path / "other"
    for name in ("one", "three"):
        path = a_model(other, name, f"Hi from {name}!")
        os.utime(path, (1, 1))
    states, clock = open_memory().channel_state, SystemClock()
    async with process(folder, "three", SharedWord(states, MemoryBus(), clock)) as (first, _):
        ModelShelf(folder).serve(folder / "one.tar.gz", "use")
        await until(lambda: first.used == ["one"])
        word = SharedWord(states, MemoryBus(), clock)
        async with asyncio.timeout(20):
            while (await word.get()).file != "one.tar.gz":  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    async with process(other, "three", SharedWord(states, MemoryBus(), clock)) as (second, _):
        await until(lambda: second.used == ["one"])


async def test_a_truncated_archive_leaves_the_present_model_and_is_tried_again(folder):
    shelf = ModelShelf(folder)
    path = folder / "one.tar.gz"
    whole = path.read_bytes()
    async with process(folder, "three") as (models, follower):
        shelf.serve(path, "use")
        path.write_bytes(whole[: len(whole) // 2])
        current = models.current
        await until(lambda: models.used or follower.trouble)
        if follower.trouble:  # not loaded in the moment between
            assert models.current is current
            assert "cannot load this model" in follower.trouble
        path.write_bytes(whole)
        shelf.serve(path, "use")
        await until(lambda: models.used and models.used[-1] == "one")
        assert follower.trouble is None


async def test_a_damaged_model_cannot_be_asked_for(folder):
    path = folder / "one.tar.gz"
    path.write_bytes(path.read_bytes()[:100])
    async with process(folder, "three") as (models, follower):
        with pytest.raises(ModelError, match="cannot load this model"):
            await follower.load(path)
        assert models.used == []
        assert ModelShelf(folder).record().served.file == "three.tar.gz"


async def test_a_folder_that_cannot_be_written_keeps_the_present_model(folder, monkeypatch):
    async with process(folder, "three") as (models, follower):

        def full(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("kefu.model.record.os.fsync", full)
        with pytest.raises(ModelError, match="No space left"):
            await follower.load(folder / "one.tar.gz")
        assert models.used == []


async def test_unloading_is_followed(folder):
    async with (
        process(folder, "three") as (first, follower),
        process(folder, "three") as (second, _),
    ):
        await follower.unload()
        await until(lambda: (first.used, second.used) == ([None], [None]))


async def test_a_model_trained_here_answers_before_it_is_written_and_is_kept(folder):
    from kefu.model.load import load_model

    told = []
    async with process(folder, "three") as (models, follower):
        model = load_model(folder / "one.tar.gz")

        def write():
            assert models.used == ["one"]
            return model.path

        await (await follower.use_trained(model, write, lambda: told.append(1)))
        assert ModelShelf(folder).record().served.file == "one.tar.gz"
    assert (models.used, told) == (["one"], [1])


async def test_a_full_disk_does_not_take_away_what_was_trained_here(folder):
    from kefu.model.load import load_model

    def write():
        raise OSError(28, "No space left on device")

    async with process(folder, "three") as (models, follower):
        model = load_model(folder / "one.tar.gz")
        kept = await follower.use_trained(model, write, lambda: None)
        with pytest.raises(ModelError, match="lost at a restart: No space left"):
            await kept
        assert models.used == ["one"]
        assert ModelShelf(folder).record().served.file == "three.tar.gz"


async def test_while_an_archive_is_written_another_model_may_answer_and_what_was_said_lasts(folder):
    from kefu.model.load import load_model

    may_go_on = threading.Event()

    def written(model):
        assert may_go_on.wait(30)
        return model.path

    async with process(folder, "three") as (models, follower):
        kept = []
        for name in ("one", "two"):
            model = load_model(folder / f"{name}.tar.gz")
            write = partial(written, model)
            kept.append(await follower.use_trained(model, write, lambda: None))
            assert models.used[-1] == name
        asked = asyncio.ensure_future(follower.load(folder / "three.tar.gz"))
        assert ModelShelf(folder).record().served.file == "three.tar.gz"
        may_go_on.set()
        await asyncio.gather(*kept, asked)
        record = ModelShelf(folder).record()
        assert [one.file for one in record.earlier[-2:]] == ["one.tar.gz", "two.tar.gz"]
        assert record.served.file == "three.tar.gz"
        assert models.used == ["one", "two", "three"]


async def test_with_others_a_full_disk_leaves_all_with_the_same_model(folder):
    from kefu.model.load import load_model

    def write():
        raise OSError(28, "No space left on device")

    async with process(folder, "three", is_alone=False) as (models, follower):
        model = load_model(folder / "one.tar.gz")
        with pytest.raises(OSError, match="No space left"):
            await follower.use_trained(model, write, lambda: None)
        assert models.used == []
