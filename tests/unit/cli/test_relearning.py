"""Nobody on a terminal waits for a long training where a model could answer."""

import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from kefu.cli import relearning
from kefu.cli.loop_thread import LoopThread
from kefu.cli.relearning import Relearning
from kefu.core.domain import Domain
from kefu.errors import EditRefused
from kefu.policies.ensemble import Ensemble
from kefu.project.project import Project
from kefu.training.session import ProjectFiles, Retrained

PATIENT = 30


class Models:
    def __init__(self):
        self.current = None
        self.done = []

    async def load(self, path):
        self.done.append(("load", str(path)))

    def around(self, model):
        return model

    def use(self, model):
        self.done.append(("use", model))


class Session:
    def __init__(self, result, is_slow):
        self.result = result
        self.may_end = threading.Event()
        self.has_ended = threading.Event()
        if not is_slow:
            self.may_end.set()

    def prepare(self):
        self.is_ready = True

    def retrain(self):
        assert self.may_end.wait(PATIENT)
        self.has_ended.set()
        return self.result


@pytest.fixture
def begun(monkeypatch):
    monkeypatch.setattr(relearning.sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(relearning, "PATIENCE", 0.01)

    def begin(session, newest):
        monkeypatch.setattr(relearning, "TrainingSession", lambda *_, **__: session)
        monkeypatch.setattr(relearning, "_newest_model", lambda: newest)
        models = Models()
        return models, Relearning(thread, SimpleNamespace(models=models), ProjectFiles())

    with LoopThread() as thread:
        yield begin


def news_of(learning):
    """Wait until the training has ended, and return whether there is news of it."""
    for _ in range(PATIENT * 100):
        if learning.take_news():
            return True
        threading.Event().wait(0.01)
    return False


def test_the_model_there_is_answers_until_the_training_has_ended(begun, capsys):
    session = Session(Retrained(status="trained", model="new"), is_slow=True)
    models, learning = begun(session, Path("models/old.tar.gz"))
    learning.begin(None)
    assert models.done == [("load", "models/old.tar.gz")]
    assert not learning.take_news()
    session.may_end.set()
    assert news_of(learning)
    assert models.done[1:] == [("use", "new")]
    assert not learning.take_news()
    assert "models/old.tar.gz answers until" in capsys.readouterr().out


def test_files_with_errors_are_told_when_they_were_read(begun):
    session = Session(Retrained(status="invalid"), is_slow=True)
    models, learning = begun(session, Path("models/old.tar.gz"))
    learning.begin(None)
    session.may_end.set()
    with pytest.raises(EditRefused):
        news_of(learning)
    assert models.done == [("load", "models/old.tar.gz")]


def test_without_a_model_the_training_is_waited_for(begun):
    session = Session(Retrained(status="trained", model="new"), is_slow=True)
    models, learning = begun(session, None)
    threading.Timer(0.05, session.may_end.set).start()
    learning.begin(None)
    assert models.done == [("use", "new")]


def test_a_model_that_was_asked_for_is_not_replaced_before_a_correction(begun):
    session = Session(Retrained(status="trained", model="new"), is_slow=False)
    models, learning = begun(session, None)
    learning.begin(Path("models/mine.tar.gz"))
    assert session.has_ended.wait(PATIENT)
    assert not learning.take_news()
    learning.learn()
    assert learning.take_news()
    assert models.done == [("use", "new")]


def test_lines_are_looked_up_in_what_the_training_has_read(begun, monkeypatch):
    session = Session(Retrained(status="trained", model="new"), is_slow=False)
    domain = Domain.from_dict({})
    session.draft = Project(domain=domain)
    models, learning = begun(session, None)
    models.current = SimpleNamespace(model=SimpleNamespace(ensemble=Ensemble(domain, ())))
    monkeypatch.setattr(ProjectFiles, "load", lambda self: pytest.fail("read again"))
    assert learning.origins() is learning.origins() is not None
