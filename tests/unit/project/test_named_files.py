"""What the settings of a pipeline name."""

from pathlib import Path

from kefu.project.named_files import named_contents, named_paths
from tests.unit.nlu.builders import component


def names(root: Path, **settings: object) -> list[str]:
    return [name for name, _ in named_contents([component("JiebaTokenizer", **settings)], root)]


def test_files_folders_and_lists_of_them_are_named(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("one")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "a.onnx").write_text("a")
    (tmp_path / "models" / ".part").write_text("b")
    assert names(tmp_path, dictionary_path="words.txt") == ["words.txt"]
    assert names(tmp_path, files=["words.txt", "none", 3], model="models") == [
        "words.txt",
        "models",
    ]


def test_another_content_has_another_digest(tmp_path: Path) -> None:
    named = [component("JiebaTokenizer", dictionary_path="words.txt")]
    found = []
    for text in ("one", "two", "one"):
        (tmp_path / "words.txt").unlink(missing_ok=True)
        (tmp_path / "words.txt").write_text(text)
        found += list(named_contents(named, tmp_path))
    assert found[0] == found[2] != found[1]


def test_signs_and_where_the_project_lies_are_no_files(tmp_path: Path) -> None:
    settings = {"a": "/", "b": ".", "c": "..", "d": "", "e": " ", "f": "a\0b", "g": "x" * 5000}
    assert names(tmp_path, **settings) == []
    paths = named_paths([component("X", symbol="/", near="../words.txt")], tmp_path)
    assert [name for name, _ in paths] == ["../words.txt"]
