"""Models of a folder: named, put into service, rolled back, whatever becomes of the files."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from kefu.errors import ModelError
from kefu.model.archive import write_archive
from kefu.model.metadata import ModelMetadata
from kefu.model.record import RECORD, read_record
from kefu.model.shelf import ModelShelf


class Hands:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.time = 1000.0

    def now(self) -> float:
        return self.time


def shelf_with(folder: Path, *names: str) -> ModelShelf:
    for number, name in enumerate(names, 1):
        add(folder, name, number)
    return ModelShelf(folder, Hands())


def add(folder: Path, name: str, written: int) -> Path:
    path = folder / f"{name}.tar.gz"
    write_archive(path, ModelMetadata(fingerprint=name * 40), {"domain": {}})
    os.utime(path, (written, written))
    return path


def named(shelf: ModelShelf) -> str:
    return shelf.choose().path.name.removesuffix(".tar.gz")


def test_without_a_word_the_newest_answers(tmp_path: Path) -> None:
    assert named(shelf_with(tmp_path, "a", "b")) == "b"


def test_what_was_put_into_service_answers_after_a_restart(tmp_path: Path) -> None:
    shelf = shelf_with(tmp_path, "a", "b", "c")
    shelf.serve(shelf.find("a"), "use")
    again = ModelShelf(tmp_path, Hands())
    assert named(again) == "a"
    assert "c.tar.gz is newer, but waits" in again.choose().note


def test_a_later_training_moves_on_and_says_so(tmp_path: Path) -> None:
    shelf = shelf_with(tmp_path, "a", "b")
    shelf.serve(shelf.find("a"), "use")
    add(tmp_path, "c", 3)
    assert named(shelf) == "c"
    assert "is newer than" in shelf.choose().note


def test_deleting_the_newest_does_not_move_on(tmp_path: Path) -> None:
    shelf = shelf_with(tmp_path, "a", "b", "c")
    shelf.serve(shelf.find("a"), "use")
    (tmp_path / "c.tar.gz").unlink()
    assert named(shelf) == "a"


def test_a_model_that_is_gone_is_replaced_by_the_newest(tmp_path: Path) -> None:
    shelf = shelf_with(tmp_path, "a", "b")
    shelf.serve(shelf.find("a"), "use")
    (tmp_path / "a.tar.gz").unlink()
    assert named(shelf) == "b"
    assert "is gone" in shelf.choose().note


def test_rolling_back_goes_on_backwards(tmp_path: Path) -> None:
    shelf = shelf_with(tmp_path, "a", "b", "c")
    for name in "abc":
        shelf.serve(shelf.find(name), "watch")
    assert shelf.roll_back().file == "b.tar.gz"
    assert shelf.roll_back().file == "a.tar.gz"
    with pytest.raises(ModelError, match="no model answered before"):
        shelf.roll_back()
    shelf.serve(shelf.find("c"), "use")
    assert shelf.roll_back().file == "a.tar.gz"


def test_rolling_back_leaves_out_what_was_deleted(tmp_path: Path) -> None:
    shelf = shelf_with(tmp_path, "a", "b", "c")
    for name in "abc":
        shelf.serve(shelf.find(name), "watch")
    (tmp_path / "b.tar.gz").unlink()
    assert shelf.roll_back().file == "a.tar.gz"


def test_times_grow_even_if_the_clock_stands_still(tmp_path: Path) -> None:
    shelf = shelf_with(tmp_path, "a", "b")
    first = shelf.serve(shelf.find("a"), "use")
    second = shelf.serve(shelf.find("b"), "use", lead=2.0)
    assert second.at > first.at
    assert second.switch_at == pytest.approx(second.at + 2.0)


def test_the_same_again_is_nothing_new(tmp_path: Path) -> None:
    shelf = shelf_with(tmp_path, "a")
    first = shelf.serve(shelf.find("a"), "start", only_new=True)
    assert shelf.serve(shelf.find("a"), "start", only_new=True) == first
    assert shelf.record().earlier == []


def test_names_are_found(tmp_path: Path) -> None:
    shelf = shelf_with(tmp_path, "20260101-calm-otter", "20260102-calm-panda")
    assert shelf.tag(shelf.find("otter"), "good") is None
    wanted = tmp_path / "20260101-calm-otter.tar.gz"
    for name in ("good", "otter", "20260101-calm-otter", wanted.name, str(wanted)):
        assert shelf.find(name) == wanted
    assert shelf.find("newest").name == "20260102-calm-panda.tar.gz"
    assert shelf.tag(shelf.find("panda"), "good") == wanted.name
    with pytest.raises(ModelError, match="fits 2 models"):
        shelf.find("calm")
    with pytest.raises(ModelError, match="'kefu model list' shows"):
        shelf.find("tiger")


def test_tags_go_and_say_when_their_model_is_gone(tmp_path: Path) -> None:
    shelf = shelf_with(tmp_path, "a")
    shelf.tag(shelf.find("a"), "good")
    (tmp_path / "a.tar.gz").unlink()
    with pytest.raises(ModelError, match="which is gone"):
        shelf.find("good")
    shelf.untag("good")
    with pytest.raises(ModelError, match="no model is called"):
        shelf.untag("good")


@pytest.mark.parametrize("name", ["newest", "x.tar.gz", " ", "a/b"])
def test_unfit_tags_are_refused(tmp_path: Path, name: str) -> None:
    shelf = shelf_with(tmp_path, "a")
    with pytest.raises(ModelError, match="cannot be called"):
        shelf.tag(shelf.find("a"), name)


def test_damaged_models_are_listed_and_not_served(tmp_path: Path) -> None:
    shelf = shelf_with(tmp_path, "a", "b")
    path = tmp_path / "b.tar.gz"
    path.write_bytes(path.read_bytes()[:20])
    found = {model.path.name: model for model in shelf.models()}
    assert found["b.tar.gz"].metadata is None
    assert found["a.tar.gz"].metadata is not None
    with pytest.raises(ModelError, match="cannot load this model"):
        shelf.serve(path, "use")
    assert shelf.record().served is None


@pytest.mark.parametrize("text", [b"", b"{", b'{"served": 3}', b"\xff\xfe"])
def test_a_damaged_record_says_nothing_and_is_written_anew(tmp_path: Path, text: bytes) -> None:
    shelf = shelf_with(tmp_path, "a")
    (tmp_path / RECORD).write_bytes(text)
    assert named(shelf) == "a"
    shelf.serve(shelf.find("a"), "use")
    assert shelf.record().served is not None


def test_a_full_disk_leaves_the_record_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = shelf_with(tmp_path, "a", "b")
    shelf.serve(shelf.find("a"), "use")
    before = (tmp_path / RECORD).read_bytes()

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("kefu.model.record.os.fsync", full)
    with pytest.raises(ModelError, match="No space left on device"):
        shelf.serve(shelf.find("b"), "use")
    assert (tmp_path / RECORD).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if "unfinished" in path.name] == []


def test_models_elsewhere_keep_their_path(tmp_path: Path) -> None:
    shelf = shelf_with(tmp_path / "models", "a")
    other = add(tmp_path / "other", "b", 9)
    served = shelf.serve(other, "use")
    assert served.file == str(other.resolve())
    assert shelf.choose().path == other.resolve()


def test_a_later_word_of_another_folder_is_adopted(tmp_path: Path) -> None:
    here = shelf_with(tmp_path / "here", "a", "b")
    there = shelf_with(tmp_path / "there", "a", "b")
    said = here.serve(here.find("a"), "use")
    assert there.adopt(said)
    assert not there.adopt(said)
    assert named(there) == "a"


def test_old_ones_are_dropped_but_not_what_is_dear(tmp_path: Path) -> None:
    shelf = shelf_with(tmp_path, *"abcdef")
    shelf.tag(shelf.find("a"), "good")
    shelf.serve(shelf.find("b"), "use")
    written = [tmp_path / f"{name}.tar.gz" for name in "abcde"]
    dropped = shelf.drop_old(written, keep=1)
    assert [path.name[0] for path in dropped] == ["c", "d"]
    assert sorted(path.name[0] for path in tmp_path.glob("*.tar.gz")) == ["a", "b", "e", "f"]


def test_many_at_once_lose_nothing(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    shelf = shelf_with(tmp_path, "a")
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda n: shelf.tag(tmp_path / "a.tar.gz", f"t{n}"), range(20)))
    assert len(read_record(tmp_path).tags) == 20
