"""Files are replaced as a whole, all or none, and never over what somebody else wrote."""

import errno
import os
from pathlib import Path

import pytest

from kefu.errors import EditRefused, FileChanged
from kefu.project.editing import FileChange, ProjectEditor, edit_project
from kefu.project.editing.source import TextEdit

NLU = "nlu:\n- intent: greet\n  examples: |\n    - 你好\n"
DOMAIN = "intents:\n- greet\n"


@pytest.fixture
def project(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "nlu.yml").write_bytes(NLU.encode())
    (tmp_path / "domain.yml").write_bytes(DOMAIN.encode())
    return tmp_path


def nlu_of(project):
    return (project / "data" / "nlu.yml").read_text()


def names_in(project):
    return sorted(path.name for path in project.rglob("*") if path.is_file())


def test_permissions_stay(project):
    (project / "data" / "nlu.yml").chmod(0o640)
    edit_project(project, lambda editor: editor.add_example("greet", "您好"))
    assert (project / "data" / "nlu.yml").stat().st_mode & 0o7777 == 0o640
    assert nlu_of(project) == NLU + "    - 您好\n"


def test_a_new_file_has_the_usual_permissions(project):
    mask = os.umask(0o027)
    try:
        edit_project(project, lambda one: one.add_example("bye", "再见", file="data/bye.yml"))
    finally:
        os.umask(mask)
    made = project / "data" / "bye.yml"
    assert made.stat().st_mode & 0o7777 == 0o640
    assert made.read_text() == (
        'version: "3.1"\n\nnlu:\n- intent: bye\n  examples: |\n    - 再见\n'
    )


def test_a_link_stays_a_link(project, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "nlu.yml"
    (project / "data" / "nlu.yml").rename(elsewhere)
    (project / "data" / "nlu.yml").symlink_to(elsewhere)
    edit_project(project, lambda editor: editor.add_example("greet", "您好"))
    assert (project / "data" / "nlu.yml").is_symlink()
    assert elsewhere.read_text() == NLU + "    - 您好\n"


def test_what_somebody_else_wrote_is_not_overwritten(project):
    editor = ProjectEditor(project)
    editor.add_example("greet", "您好")
    editor.add_to_domain("intents", "bye")
    (project / "domain.yml").write_text("intents:\n- greet\n- hello\n")
    with pytest.raises(FileChanged, match=r"domain\.yml was changed by somebody else"):
        editor.save()
    assert nlu_of(project) == NLU


def test_who_loses_the_race_does_it_again(project):
    calls = []

    def change(editor):
        calls.append(editor)
        editor.add_example("greet", "您好")
        if len(calls) == 1:  # the other trainer is a little faster
            edit_project(project, lambda other: other.add_example("greet", "早上好"))

    edit_project(project, change)
    assert len(calls) == 2
    assert nlu_of(project) == NLU + "    - 早上好\n    - 您好\n"


def test_the_race_is_not_run_for_ever(project):
    count = iter(range(100))

    def change(editor):
        editor.add_example("greet", "您好")
        (project / "data" / "nlu.yml").write_text(NLU + f"# {next(count)}\n")

    with pytest.raises(FileChanged):
        edit_project(project, change)


def test_a_full_disk_changes_nothing(project, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("kefu.project.editing.writing.os.fsync", full)
    before = names_in(project)
    with pytest.raises(EditRefused, match=r"nlu\.yml: No space left on device; nothing changed"):
        edit_project(project, lambda editor: editor.add_example("greet", "您好"))
    assert names_in(project) == before
    assert nlu_of(project) == NLU


def test_when_the_second_file_fails_the_first_is_put_back(project, monkeypatch):
    replace = Path.replace

    def broken(self, target):
        if target.name == "domain.yml":
            raise OSError(errno.EIO, "Input/output error")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", broken)
    editor = ProjectEditor(project)
    editor.add_example("greet", "您好")
    editor.add_to_domain("intents", "bye")
    before = names_in(project)
    with pytest.raises(EditRefused, match=r"domain\.yml: Input/output error; nothing changed"):
        editor.save()
    assert (nlu_of(project), (project / "domain.yml").read_text()) == (NLU, DOMAIN)
    assert names_in(project) == before


def test_saved_changes_are_undone(project):
    editor = ProjectEditor(project)
    editor.add_example("greet", "您好")
    editor.add_example("bye", "再见", file="data/new.yml")
    saved = editor.save()
    assert editor.changes == ()
    editor.undo(saved)
    assert nlu_of(project) == NLU
    assert names_in(project) == ["domain.yml", "nlu.yml"]


def test_what_was_changed_since_is_not_undone(project):
    editor = ProjectEditor(project)
    editor.add_example("greet", "您好")
    saved = editor.save()
    edit_project(project, lambda other: other.add_example("greet", "早上好"))
    with pytest.raises(FileChanged):
        editor.undo(saved)
    assert nlu_of(project) == NLU + "    - 您好\n    - 早上好\n"


def test_a_change_tells_its_lines_and_its_diff():
    change = FileChange(path=Path("a"), name="a.yml", before=b"x\ny\nz\n", after=b"x\nY\nz\nw")
    assert change.edits() == [(3, 3, "w"), (1, 2, "Y\n")]
    assert change.diff().splitlines()[2:] == ["@@ -1,3 +1,4 @@", " x", "-y", "+Y", " z", "+w",
                                              "\\ No newline at end of file"]  # fmt: skip


def test_an_edit_that_makes_a_file_unreadable_is_refused(project):
    editor = ProjectEditor(project)
    path = project / "data" / "nlu.yml"
    line = editor.source(path).line_start(2)
    with pytest.raises(EditRefused, match="not be readable any more"):
        editor.patch(path, [TextEdit(line, line, "  }: [\n")])
    editor.patch(path, [TextEdit(line, line, "# mine\n")])
    editor.add_example("greet", "您好")
    (change,) = editor.save()
    assert "# mine" in change.diff()
    assert "您好" in change.diff()
