"""``kefu visualize`` with good and bad input."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from kefu.cli.root import kefu
from kefu.errors import ProjectError

FILES = {
    "config.yml": "recipe: default.v1\nlanguage: en\npipeline:\n- name: WhitespaceTokenizer\n"
    "policies:\n- name: RulePolicy\n",
    "domain.yml": 'version: "3.1"\nintents: [greet]\nresponses:\n  utter_greet:\n  - text: hi\n',
    "data/rules.yml": 'version: "3.1"\nrules:\n- rule: greet\n  steps:\n  - intent: greet\n'
    "  - action: utter_greet\n",
}


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(text, "utf-8")


def visualize(*args):
    done = CliRunner().invoke(kefu, ["visualize", *args], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_the_page_is_in_the_language_of_the_project():
    assert visualize() == "Wrote 0 stories, 1 rule, 0 forms to graph.html.\n"
    page = Path("graph.html").read_text("utf-8")
    assert '<html lang="en">' in page
    assert "utter_greet" in page


def test_a_folder_for_the_page_is_made():
    visualize("--out", "pages/stories.html")
    assert Path("pages/stories.html").is_file()


def test_what_can_be_read_is_drawn_in_spite_of_errors():
    Path("data/broken.yml").write_text("stories:\n- story: a\n  steps:\n  - intent: [\n")
    Path("domain.yml").write_text("intents: [greet\n")
    assert "1 rule" in visualize()


def test_without_stories_there_is_no_page():
    Path("data/rules.yml").write_text("nlu: []\n")
    with pytest.raises(ProjectError, match="no stories or rules"):
        visualize()
    assert not Path("graph.html").exists()


def test_a_missing_path_is_named():
    with pytest.raises(ProjectError, match="there is no missing"):
        visualize("--stories", "missing")


def test_a_page_that_cannot_be_written_is_named():
    Path("graph.html").mkdir()
    with pytest.raises(ProjectError, match=r"graph\.html cannot be written"):
        visualize()
