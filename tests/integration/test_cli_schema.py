"""``kefu schema`` gives what an editor needs, also of a project with mistakes."""

import json

import pytest

from kefu.app.schemas import SchemaKeeper
from kefu.project.editing import ProjectEditor
from kefu.project.load import load_project
from kefu.project.schema import KINDS
from tests.integration.command import kefu


@pytest.fixture
def project(tmp_path):
    kefu("init", "--no-prompt", "--language", "en", tmp_path / "shop", cwd=tmp_path)
    return tmp_path / "shop"


def test_a_new_project_has_its_schemas_and_the_settings_that_name_them(project):
    settings = json.loads((project / ".vscode/settings.json").read_text())
    for schema in settings["yaml.schemas"]:
        assert json.loads((project / schema).read_text())["$schema"]
    assert ".vscode/schemas/" in (project / ".gitignore").read_text()


def test_all_one_and_files(project):
    every = json.loads(kefu("schema", cwd=project).out)
    assert list(every) == list(KINDS)
    one = json.loads(kefu("schema", "--kind", "nlu", cwd=project).out)
    assert one == every["nlu"]
    assert "10 of 10" in kefu("schema", "--out", "schemas", cwd=project).out
    assert "0 of 10" in kefu("schema", "--out", "schemas", cwd=project).out


def test_what_cannot_be_done_is_said(project):
    refused = kefu("schema", "--kind", "poems", cwd=project)
    assert refused.status == 2
    assert "possible: domain" in refused.err
    (project / "taken").write_text("")
    refused = kefu("schema", "--out", "taken", cwd=project)
    assert refused.status == 1
    assert "taken" in refused.err


def test_a_project_with_mistakes_gives_what_can_be_read(project):
    path = project / "data" / "nlu.yml"
    path.write_text(path.read_text() + '\n- intent: "broken\n')
    text = kefu("schema", "--kind", "stories", cwd=project).out
    assert json.loads(text)
    assert '"goodbye"' in text


def test_without_a_project_the_keys_are_there(tmp_path):
    assert (
        "pipeline" in json.loads(kefu("schema", "--kind", "config", cwd=tmp_path).out)["properties"]
    )


def test_schemas_follow_the_names_of_the_project(project):
    keeper = SchemaKeeper(project)
    path = project / ".vscode/schemas/stories.json"
    path.unlink()
    keeper.update(load_project(project).project)
    assert "brand_new" not in path.read_text()
    editor = ProjectEditor(project)
    editor.add_to_domain("intents", "brand_new")
    editor.save()
    keeper.update(load_project(project).draft)
    assert "brand_new" in path.read_text()


def test_no_schemas_where_no_editor_is_set_up(project):
    import shutil

    shutil.rmtree(project / ".vscode")
    SchemaKeeper(project).update(load_project(project).project)
    assert not (project / ".vscode").exists()


def test_a_folder_that_cannot_be_written_stops_nothing(project, caplog):
    import shutil

    shutil.rmtree(project / ".vscode/schemas")
    (project / ".vscode/schemas").write_text("")
    SchemaKeeper(project).update(load_project(project).project)
    assert "not renewed" in caplog.text
