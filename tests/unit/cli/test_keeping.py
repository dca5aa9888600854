"""What a trainer writes is remembered, whatever becomes of the training."""

from types import SimpleNamespace

import pytest

from kefu.cli.keeping import Keeping
from kefu.errors import EditRefused
from kefu.training.session import ProjectFiles


@pytest.fixture
def keeping(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "nlu.yml").write_text("nlu:\n- intent: greet\n  examples: |\n    - hi\n")
    (tmp_path / "domain.yml").write_text("intents:\n- greet\n")

    def keep(outcome):
        def learn():
            raise outcome

        learning = SimpleNamespace(files=ProjectFiles(root=tmp_path), learn=learn, is_core=False)
        talk = SimpleNamespace(turns=1, corrections=0)
        return Keeping(talk, learning, "talk", end_to_end=False), tmp_path / "data" / "nlu.yml"

    return keep


def test_an_interrupted_training_leaves_files_that_are_known_to_be_changed(keeping):
    kept, file = keeping(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        kept.example("greet", "hello")
    assert kept.has_changed
    assert "- hello" in file.read_text()


def test_what_cannot_be_learned_is_put_back(keeping):
    kept, file = keeping(EditRefused("no"))
    before = file.read_text()
    with pytest.raises(EditRefused, match="not kept, for then"):
        kept.example("greet", "hello")
    assert not kept.has_changed
    assert file.read_text() == before
