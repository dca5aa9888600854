"""What is saved answers; whatever is wrong with it, the last good model goes on."""

import asyncio
import shutil
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from kefu.app.assembly import open_app
from kefu.app.settings import AppSettings
from kefu.app.watching import Watcher
from kefu.errors import ProjectError
from kefu.project.settings import MEMORY
from kefu.project.watched import WatchedProject
from kefu.training.session import ProjectFiles, TrainingSession
from kefu.training.train import TrainingOptions
from tests.unit.app.test_assembly import said
from tests.unit.app.test_following_models import until
from tests.unit.training.test_session import CONFIG, DOMAIN, NLU, RULES, write_nlu


class Edited:
    """A running app whose project is edited."""

    def __init__(self, root, app):
        self.root = root
        self.app = app
        self.news = []
        self._heard = asyncio.Event()
        self.reloads = 0
        self.read = []

    def tell(self, news):
        self.news.append(news)
        self._heard.set()

    async def next(self, *kinds):
        """Return the next news of one of ``kinds`` that was not returned yet."""
        async with asyncio.timeout(60):
            while True:
                while self.news:
                    news = self.news.pop(0)
                    if news.kind in kinds:
                        return news
                self._heard.clear()
                await self._heard.wait()

    async def kept(self):
        """Return when the model that answers is written and noted."""
        follower = self.app.follower
        await until(lambda: _file(follower) == f"{follower.answering}.tar.gz")

    async def reload(self):
        self.reloads += 1
        if "wrong" in (self.root / "actions.py").read_text():
            raise ProjectError("actions.py:1: wrong")

    def domain(self, words):
        return DOMAIN.replace("Hi!", words)

    def save(self, words):
        (self.root / "domain.yml").write_text(self.domain(words), "utf-8")


def _file(follower):
    served = follower.shelf.record().served
    return served and served.file


@pytest.fixture
def root(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "config.yml").write_text(CONFIG, "utf-8")
    (tmp_path / "domain.yml").write_text(DOMAIN, "utf-8")
    (tmp_path / "data" / "rules.yml").write_text(RULES, "utf-8")
    (tmp_path / "actions.py").write_text("")
    write_nlu(tmp_path / "data" / "nlu.yml", NLU)
    return tmp_path


@asynccontextmanager
async def edited(root, session=None):
    settings = AppSettings(
        root=root,
        model=None,
        models_folder=root / "models",
        storage_url=MEMORY,
        has_channels=False,
    )
    async with open_app(settings) as app:
        here = Edited(root, app)
        options = TrainingOptions(out=root / "models", cache_folder=root / "cache")
        watcher = Watcher(
            WatchedProject(root=root, actions_module="actions", settings=(root / "endpoints.yml",)),
            session or TrainingSession(ProjectFiles(root=root), options),
            app.follower,
            here.tell,
            app.context.clock,
            reload_actions=here.reload,
        )
        watcher.on_read = here.read.append
        app.background.keep_going("watching", watcher.run)
        assert (await here.next("live", "watching", "failed")).kind != "failed"
        await here.kept()
        yield here


async def test_what_is_saved_answers_and_is_kept(root):
    async with edited(root) as here:
        assert await said(here.app) == ["Hi!"]
        here.save("Hello!")
        news = await here.next("live")
        assert news.files == (str(root / "domain.yml"),)
        assert await said(here.app) == ["Hello!"]
        await here.kept()
        record = here.app.follower.shelf.record()
        assert record.served.file == f"{news.model}.tar.gz"
        assert (root / "models" / record.served.file).is_file()


async def test_a_mistake_is_told_with_its_place_and_its_repair_is_seen(root):
    async with edited(root) as here:
        rules = root / "data" / "rules.yml"
        rules.write_text(RULES + "- rule: broken\n  steps: [{intent: greet\n", "utf-8")
        news = await here.next("invalid")
        (problem, *_) = news.problems
        assert "rules.yml:" in problem.place
        assert problem.message
        assert problem.advice
        assert news.model == here.app.follower.answering
        assert await said(here.app) == ["Hi!"]
        rules.write_text(RULES, "utf-8")
        news = await here.next("unchanged", "live")
        assert (news.kind, news.text) == ("unchanged", "the files are right again")
        assert await said(here.app) == ["Hi!"]


async def test_a_file_saved_by_halves_ends_as_the_whole(root):
    async with edited(root) as here:
        text = here.domain("Both halves!")
        (root / "domain.yml").write_text(text[: len(text) // 2], "utf-8")
        assert (await here.next("invalid")).problems
        assert await said(here.app) == ["Hi!"]
        (root / "domain.yml").write_text(text, "utf-8")
        await here.next("live")
        assert await said(here.app) == ["Both halves!"]


async def test_of_two_saves_at_once_the_last_answers(root):
    async with edited(root) as here:
        here.save("First!")
        here.save("Second!")
        await here.next("live")
        assert await said(here.app) == ["Second!"]
        assert [news for news in here.news if news.kind == "live"] == []


async def test_what_is_saved_during_a_training_is_trained_afterwards(root):
    options = TrainingOptions(out=root / "models", cache_folder=root / "cache")

    class Slow(TrainingSession):
        def retrain(self):
            found = super().retrain()
            if later:
                (root / "domain.yml").write_text(later.pop(), "utf-8")
            return found

    later = []
    async with edited(root, Slow(ProjectFiles(root=root), options)) as here:
        later.append(here.domain("Later!"))
        here.save("Sooner!")
        await here.next("live")
        await here.next("live")
        assert await said(here.app) == ["Later!"]


async def test_a_file_that_is_deleted_and_one_that_is_new(root):
    async with edited(root) as here:
        more = root / "data" / "more"
        more.mkdir()
        (more / "bye.yml").write_text(
            "rules:\n- rule: bye\n  steps: [{intent: leave}, {action: utter_hi}]\n", "utf-8"
        )
        await here.next("live")
        assert await said(here.app, "/leave") == ["Hi!"]
        (more / "bye.yml").unlink()
        news = await here.next("live")
        assert news.files[0].endswith("bye.yml (gone)")
        shutil.rmtree(more)
        (root / "domain.yml").unlink()
        assert (await here.next("invalid")).problems
        assert await said(here.app) == ["Hi!"]
        here.save("Back!")
        await here.next("live")
        assert await said(here.app) == ["Back!"]


async def test_a_dictionary_that_the_pipeline_names_is_watched(root):
    words = root.parent / f"{root.name}-words.txt"
    words.write_text("hello\n", "utf-8")
    tokenizer = f"JiebaTokenizer\n  dictionary_path: {words}"
    config = CONFIG.replace("WhitespaceTokenizer", tokenizer)
    async with edited(root) as here:
        (root / "config.yml").write_text(config, "utf-8")
        await here.next("live")
        words.write_text("hello\nworld\n", "utf-8")
        await here.next("live")
        words.write_text("hello\nworld\nagain\n", "utf-8")
        assert (await here.next("live")).files == (str(words),)
        assert await said(here.app) == ["Hi!"]


async def test_an_editor_that_writes_another_file_and_renames_it(root):
    async with edited(root) as here:
        (root / "domain.yml").rename(root / "domain.yml~")
        (root / ".domain.yml.swp").write_text("x")
        (root / "4913").write_text("")
        other = root / ".domain.yml.new"
        other.write_text(here.domain("Renamed!"), "utf-8")
        other.replace(root / "domain.yml")
        news = await here.next("live", "invalid")
        assert news.kind == "live"
        assert news.files == (str(root / "domain.yml"),)
        assert await said(here.app) == ["Renamed!"]


async def test_a_full_disk_is_told_and_the_new_model_answers_all_the_same(root, monkeypatch):
    async with edited(root) as here:
        before = here.app.follower.shelf.record().served

        def full(*_):
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr("kefu.model.archive.os.fsync", full)
            here.save("No room!")
            news = await here.next("failed")
            assert "No space left on device" in news.text
            assert await said(here.app) == ["No room!"]
            assert here.app.follower.shelf.record().served == before
        # There is room again, and the same is saved once more.
        (root / "domain.yml").touch()
        await here.next("live")
        await here.kept()


async def test_code_of_actions_is_loaded_anew_or_its_mistake_told(root):
    async with edited(root) as here:
        (root / "actions.py").write_text("right = 1\n")
        assert (await here.next("actions", "actions failed")).kind == "actions"
        (root / "actions.py").write_text("wrong\n")
        news = await here.next("actions", "actions failed")
        assert (news.kind, news.text) == ("actions failed", "actions.py:1: wrong")
        assert here.reloads == 2


async def test_what_only_a_restart_takes_in_is_said(root):
    async with edited(root) as here:
        (root / "endpoints.yml").write_text("nlg:\n")
        assert (await here.next("restart")).files == (str(root / "endpoints.yml") + " (new)",)


async def test_a_training_that_breaks_does_not_end_the_watch(root):
    options = TrainingOptions(out=root / "models", cache_folder=root / "cache")
    broken = []

    class Breaking(TrainingSession):
        def retrain(self):
            if broken:
                raise ZeroDivisionError(broken.pop())
            return super().retrain()

    async with edited(root, Breaking(ProjectFiles(root=root), options)) as here:
        broken.append("a component of one's own")
        here.save("Hello!")
        assert "a component of one's own" in (await here.next("failed")).text
        assert await said(here.app) == ["Hi!"]
        (root / "domain.yml").touch()
        await here.next("live")
        assert await said(here.app) == ["Hello!"]


async def test_a_rollback_lasts_until_something_is_saved(root):
    async with edited(root) as here:
        first = here.app.follower.answering
        here.save("Second!")
        await here.next("live")
        await here.kept()
        here.app.follower.shelf.roll_back()
        await until(lambda: here.app.follower.answering == first)
        assert await said(here.app) == ["Hi!"]
        (root / "domain.yml").touch()
        await here.next("unchanged")
        assert await said(here.app) == ["Hi!"]
        here.save("Third!")
        await here.next("live")
        assert await said(here.app) == ["Third!"]


async def test_two_who_train_the_same_folder_do_not_harm_one_another(root):
    async with edited(root) as here, edited(root) as there:
        here.save("Together!")
        await here.next("live")
        await there.next("live", "unchanged")
        assert await said(here.app) == ["Together!"]
        assert await said(there.app) == ["Together!"]
        assert all(model.metadata for model in here.app.follower.shelf.models())


class Correcting(TrainingSession):
    """Gives a corrected model first, and the same trained from scratch when asked for it."""

    exact = None
    is_ready = False

    def retrain(self):
        if self.is_ready:
            self.is_ready = False
            return self.exact
        found = super().retrain()
        if found.model is None or "Quick!" not in str(found.model.domain.responses):
            return found
        self.exact = found
        metadata = replace(found.model.metadata, fingerprint="c" * 64)
        path = found.model.path.with_name("corrected.tar.gz")
        model = replace(found.model, metadata=metadata, path=path)
        return replace(found, model=model, is_exact=False)

    def train_exactly(self):
        self.is_ready = True
        return True


async def test_what_was_only_corrected_gives_way_to_what_was_trained_from_scratch(root):
    options = TrainingOptions(out=root / "models", cache_folder=root / "cache")
    async with edited(root, Correcting(ProjectFiles(root=root), options)) as here:
        first = here.app.follower.answering
        here.save("Quick!")
        assert (await here.next("live")).model == "corrected"
        assert await said(here.app) == ["Quick!"]
        news = await here.next("exact")
        await here.kept()
        assert news.model not in {"corrected", first}
        assert await said(here.app) == ["Quick!"]
        await until(lambda: not (root / "models" / "corrected.tar.gz").exists())
        assert here.app.follower.shelf.roll_back().file == f"{first}.tar.gz"


async def test_who_wants_hears_what_the_files_have(root):
    async with edited(root) as here:
        domain = here.domain("Hello!").replace(
            "intents:", "slots: {s: {type: any, mappings: []}}\nintents:"
        )
        (root / "domain.yml").write_text(domain, "utf-8")
        await here.next("live")
        await until(lambda: any("s" in project.domain.slots for project in here.read))
        (root / "domain.yml").write_text("intents: [", "utf-8")
        await here.next("invalid")
        await until(lambda: "s" not in here.read[-1].domain.slots)
