"""Changes of a project's files are seen, editors' own files are not."""

import os
from pathlib import Path

import pytest

from kefu.project.watched import Change, WatchedProject, changes_between, is_editors_own


def project(root: Path) -> WatchedProject:
    (root / "data" / "nlu").mkdir(parents=True)
    (root / "actions").mkdir()
    (root / "config.yml").write_text("language: en\n")
    (root / "domain.yml").write_text("intents: []\n")
    (root / "data" / "nlu" / "order.yml").write_text("nlu: []\n")
    (root / "actions" / "__init__.py").write_text("")
    (root / "endpoints.yml").write_text("")
    return WatchedProject(
        root=root, actions_module="actions", settings=(root / "endpoints.yml", root / "connectors")
    )


def seen(watched: WatchedProject, change: object) -> list[tuple[str, str, str]]:
    before = watched.look()
    assert before.is_still_so()
    change()  # type: ignore[operator]
    found = changes_between(before, watched.look())
    assert not found or not before.is_still_so()
    return [(one.path.name, one.kind, one.how) for one in found]


def test_each_kind_of_file_is_seen(tmp_path: Path) -> None:
    watched = project(tmp_path)
    for path, kind in (
        ("config.yml", "training"),
        ("domain.yml", "training"),
        ("data/nlu/order.yml", "training"),
        ("actions/__init__.py", "actions"),
        ("endpoints.yml", "settings"),
    ):
        file = tmp_path / path
        assert seen(watched, lambda file=file: file.write_text("other: 1\n")) == [
            (file.name, kind, "changed")
        ]


def test_new_files_and_folders_are_seen(tmp_path: Path) -> None:
    watched = project(tmp_path)

    def add() -> None:
        folder = tmp_path / "data" / "new" / "deep"
        folder.mkdir(parents=True)
        (folder / "more.yml").write_text("nlu: []\n")
        (tmp_path / "actions" / "orders.py").write_text("")
        (tmp_path / "connectors").mkdir()
        (tmp_path / "connectors" / "sms.py").write_text("")

    assert sorted(seen(watched, add)) == [
        ("more.yml", "training", "new"),
        ("orders.py", "actions", "new"),
        ("sms.py", "settings", "new"),
    ]


def test_deleted_files_are_seen(tmp_path: Path) -> None:
    watched = project(tmp_path)
    gone = (tmp_path / "data" / "nlu" / "order.yml").unlink
    assert seen(watched, gone) == [("order.yml", "training", "gone")]


def test_a_file_replaced_within_the_clocks_resolution_is_seen(tmp_path: Path) -> None:
    watched = project(tmp_path)
    path = tmp_path / "data" / "nlu" / "order.yml"
    was = path.stat()

    def replace() -> None:
        other = path.with_name(".order.yml.new")
        other.write_text("nlu: {}\n")
        os.utime(other, ns=(was.st_atime_ns, was.st_mtime_ns))
        other.replace(path)

    assert seen(watched, replace) == [("order.yml", "training", "changed")]


EDITORS_OWN = (".order.yml.swp", "order.yml~", "#order.yml#", ".#order.yml", "order.yml.bak",
               "order.yml.tmp", "4913", "order.yml___jb_tmp___", ".order.yml.un~")  # fmt: skip


@pytest.mark.parametrize("name", EDITORS_OWN)
def test_what_editors_keep_is_not_seen(tmp_path: Path, name: str) -> None:
    watched = project(tmp_path)
    for folder in ("data/nlu", "actions", "."):
        path = tmp_path / folder / name
        assert seen(watched, lambda path=path: path.write_text("x")) == []
    assert is_editors_own(name)


@pytest.mark.parametrize("name", ["order.yml", "4913.yml", "faq#2.yml", "tmp.yml"])
def test_ordinary_names_are_the_projects(name: str) -> None:
    assert not is_editors_own(name)


def test_links_to_nowhere_are_not_there(tmp_path: Path) -> None:
    watched = project(tmp_path)
    assert seen(watched, lambda: (tmp_path / "data" / "x.yml").symlink_to("nowhere.yml")) == []


def test_a_project_without_folders_can_be_looked_at(tmp_path: Path) -> None:
    assert WatchedProject(root=tmp_path / "none").look().files == {}


def test_changes_say_what_happened(tmp_path: Path) -> None:
    assert str(Change(tmp_path / "a.yml", "training", "gone")).endswith("a.yml (gone)")
    assert str(Change(tmp_path / "a.yml", "training", "changed")).endswith("a.yml")


def test_named_files_elsewhere_are_seen_also_when_they_come_later(tmp_path: Path) -> None:
    watched = project(tmp_path / "bot")
    words, folder = tmp_path / "words.txt", tmp_path / "dictionaries"
    before = watched.look((words, folder))

    def now_changed() -> list[tuple[str, str, str]]:
        nonlocal before
        assert not before.is_still_so()
        earlier, before = before, watched.look((words, folder))
        changes = changes_between(earlier, before)
        return [(one.path.name, one.kind, one.how) for one in changes]

    words.write_text("one\n")
    assert now_changed() == [("words.txt", "training", "new")]
    words.write_text("one two\n")
    assert now_changed() == [("words.txt", "training", "changed")]
    folder.mkdir()
    (folder / "more.txt").write_text("three\n")
    assert now_changed() == [("more.txt", "training", "new")]
    (folder / "more.txt").unlink()
    assert now_changed() == [("more.txt", "training", "gone")]


def test_files_that_are_named_later_are_no_change(tmp_path: Path) -> None:
    watched = project(tmp_path / "bot")
    words = tmp_path / "words.txt"
    words.write_text("one\n")
    before = watched.with_named(watched.look(), (words,))
    assert before.is_still_so()
    assert not changes_between(before, watched.look((words,)))
