import json
import tarfile

import pytest

from tests.integration.command import kefu


def models(project):
    return sorted(path.name for path in project.joinpath("models").glob("*.tar.gz"))


def replace(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_a_new_project_is_complete(trained_project):
    assert kefu("data", "validate", "--fail-on-warnings", cwd=trained_project).status == 0
    tested = kefu("test", "--fail-on-prediction-errors", cwd=trained_project)
    assert tested.status == 0, tested.out
    assert "all passed" in tested.out


def test_the_chinese_project_is_complete(tmp_path):
    assert kefu("init", "--no-prompt", "--train", "茶铺", cwd=tmp_path).status == 0
    tested = kefu("test", "--fail-on-prediction-errors", cwd=tmp_path / "茶铺")
    assert tested.status == 0, tested.out


def test_init_overwrites_nothing(trained_project):
    before = trained_project.joinpath("domain.yml").read_text()
    done = kefu("init", "--no-prompt", ".", cwd=trained_project)
    assert done.status == 1
    assert "already has" in done.err
    assert trained_project.joinpath("domain.yml").read_text() == before


def test_an_unchanged_project_is_not_trained_again(project):
    before = models(project)
    done = kefu("train", cwd=project)
    assert done.status == 0
    assert before[0] in done.out
    assert "Nothing has changed" in done.out
    assert models(project) == before


def test_changed_responses_change_only_the_domain_of_the_model(project):
    replace(project / "domain.yml", "Goodbye, and enjoy your tea!", "So long!")
    done = kefu("train", "--fixed-model-name", "new", cwd=project)
    assert done.status == 0
    assert done.out.count("unchanged") == 2
    said = kefu("shell", "models/new.tar.gz", cwd=project, said="/goodbye\n" * 20).out
    assert "So long!" in said
    assert "enjoy your tea" not in said


def test_only_the_changed_half_is_trained(project):
    replace(project / "data" / "nlu.yml", "- goodbye\n", "- goodbye\n    - farewell\n")
    done = kefu("train", cwd=project)
    lines = {line.split()[1]: line for line in done.out.splitlines() if "✓" in line}
    assert "unchanged" not in lines["understanding"]
    assert "unchanged" in lines["dialogue"]


def test_a_dry_run_says_what_would_be_trained_and_writes_nothing(project):
    before = models(project)
    assert kefu("train", "--dry-run", cwd=project).status == 0
    replace(project / "data" / "nlu.yml", "- goodbye\n", "- goodbye\n    - farewell\n")
    done = kefu("train", "--dry-run", cwd=project)
    assert (done.status, done.out.strip()) == (1, "To be trained: understanding.")
    assert kefu("train", "--dry-run", "--force", cwd=project).status == 8
    assert models(project) == before


def test_the_same_project_gives_the_same_bytes(project, monkeypatch):
    for seed in ("1", "2"):
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        kefu("train", "--force", "--fixed-model-name", f"m{seed}", cwd=project)
    first, second = (project.joinpath("models", f"m{n}.tar.gz").read_bytes() for n in "12")
    assert first == second


def test_a_damaged_cache_is_ignored(project):
    entries = list(project.joinpath(".kefu", "cache").iterdir())
    assert entries
    for entry in entries:
        entry.write_bytes(b"damaged")
    for model in project.joinpath("models").iterdir():
        model.unlink()
    done = kefu("train", cwd=project)
    assert done.status == 0
    assert "unchanged" not in done.out


def test_a_damaged_newest_model_is_replaced(project):
    project.joinpath("models", "zzz.tar.gz").write_bytes(b"damaged")
    done = kefu("train", cwd=project)
    assert done.status == 0
    assert "Trained" in done.out


def test_the_archive_holds_nothing_but_data(project):
    (name,) = models(project)
    with tarfile.open(project / "models" / name) as archive:
        members = archive.getmembers()
    assert {member.name.rpartition(".")[2] for member in members} <= {"json", "npy", "bin"}
    assert {member.mtime for member in members} == {0}


def test_halves_are_trained_on_their_own(project):
    assert kefu("train", "nlu", "--nlu", "data/nlu.yml", cwd=project).status == 0
    (name,) = [name for name in models(project) if name.startswith("nlu-")]
    parsed = kefu("shell", "nlu", f"models/{name}", cwd=project, said="where is my order\n").out
    assert json.loads(parsed)["intent"]["name"] == "check_order"
    assert kefu("train", "core", "--out", "core", cwd=project).status == 0
    (core,) = project.joinpath("core").iterdir()
    assert core.name.startswith("core-")
    assert "You are welcome" in kefu("shell", core, cwd=project, said="/thank\n").out


def test_errors_are_listed_and_nothing_is_written(project):
    replace(project / "data" / "rules.yml", "action: utter_welcome", "action: utter_welcme")
    replace(project / "data" / "stories.yml", "intent: affirm", "intent: afirm")
    before = models(project)
    done = kefu("train", cwd=project)
    assert done.status == 1
    assert "data/rules.yml:12:" in done.err
    assert "did you mean 'utter_welcome'" in done.err
    assert "data/stories.yml:" in done.err
    assert "Nothing was trained" in done.err
    assert models(project) == before
    assert kefu("data", "validate", cwd=project).status == 1


def test_an_empty_folder_is_told_what_to_do(tmp_path):
    for command in (["train"], ["data", "validate"]):
        done = kefu(*command, cwd=tmp_path)
        assert done.status == 1
        assert "kefu init" in done.err + done.out
    for command in (["run"], ["shell"], ["test", "nlu"]):
        done = kefu(*command, cwd=tmp_path)
        assert done.status == 1
        assert "kefu train" in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(project):
    done = kefu("train", "--out", "README.md/models", "--force", cwd=project)
    assert done.status == 1
    assert "README.md/models" in done.err


def test_a_model_of_rasa_is_named(project):
    foreign = project / "models" / "rasa.tar.gz"
    folder = project / "components"
    folder.mkdir()
    with tarfile.open(foreign, "w:gz") as archive:
        archive.add(folder, "components/train_DIETClassifier2")
    done = kefu("shell", foreign, cwd=project)
    assert done.status == 1
    assert "a model of Rasa 3" in done.err


@pytest.mark.parametrize("option", [[], ["--data", "data/nlu.yml", "data/rules.yml"]])
def test_several_data_files_are_given_as_for_rasa(project, option):
    done = kefu("train", *option, "--out", "elsewhere", "--force", cwd=project)
    assert done.status == 0, done.err
    assert len(list(project.joinpath("elsewhere").iterdir())) == 1
