"""The linter: what it finds, mends and leaves."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from kefu.cli.root import kefu
from kefu.errors import EditRefused
from kefu.project.load import load_project

PROJECT = {
    "config.yml": "recipe: default.v1\nlanguage: zh\npipeline:\n- name: JiebaTokenizer\n"
    "- name: CountVectorsFeaturizer\n- name: DIETClassifier\npolicies:\n- name: RulePolicy\n",
    "domain.yml": """\
version: "3.1"

intents:
- greet   # 打招呼
- order

entities: [city]

responses:
  utter_greet:
  - text: 您好

session_config:
  session_expiration_time: 60
""",
    "data/nlu.yml": """\
version: "3.1"
nlu:
- intent: greet
  examples: |
    - 你好
    - 在吗
- intent: order
  examples: |
    - 去[北京](city)
    - 买票
""",
    "data/rules.yml": """\
version: "3.1"
rules:
- rule: 你好
  steps:
  - intent: greet
  - action: utter_greet
- rule: 买
  steps:
  - intent: order
  - action: utter_greet
""",
}


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in PROJECT.items():
        write(name, text)
    return tmp_path


def write(name, text):
    path = Path(name)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode("utf-8"))


def change(name, old, new):
    text = Path(name).read_bytes().decode("utf-8")
    assert old in text
    write(name, text.replace(old, new))


def read(name):
    return Path(name).read_bytes().decode("utf-8")


def lint(*args, status=0):
    done = CliRunner().invoke(kefu, ["lint", *args], catch_exceptions=False)
    assert done.exit_code == status, done.output
    return done.output


def found(*args, status=0):
    """Return (place, code, how it can be mended) of all findings."""
    body = json.loads(lint("--format", "json", *args, status=status))
    return [(f"{one['file']}:{one['line']}", one["code"], one["fix"]) for one in body["problems"]]


def test_a_tidy_project_has_no_findings(project):
    assert "No problems found" in lint()
    before = {name: read(name) for name in PROJECT}
    lint("--fix", "all")
    assert {name: read(name) for name in PROJECT} == before


def test_blanks_go_where_they_mean_nothing(project):
    change("data/nlu.yml", "    - 你好\n", "    - 你好\t\u3000\n")
    change("domain.yml", "- order\n", "- order  \n")
    assert found() == [
        ("data/nlu.yml:5", "lint.trailing-blanks", "safe"),
        ("domain.yml:5", "lint.trailing-blanks", "safe"),
    ]
    assert "2 problems mended." in lint("--fix")
    assert {name: read(name) for name in PROJECT} == PROJECT


def test_blanks_within_what_the_bot_says_stay(project):
    change("domain.yml", "  - text: 您好\n", "  - text: |\n      您好  \n      再见\n")
    change("domain.yml", "intents:\n", "intents:  \n")
    assert [place for place, *_ in found()] == ["domain.yml:3"]
    lint("--fix")
    assert "      您好  \n" in read("domain.yml")


def test_a_version_is_added_or_put_right(project):
    change("data/rules.yml", 'version: "3.1"\n', "# 规则\n")
    change("data/nlu.yml", 'version: "3.1"', "version: '2.0'  # 旧")
    change("domain.yml", 'version: "3.1"', "version: 3.1")
    assert [code for _, code, _ in found()] == [
        "lint.old-version", "lint.no-version", "lint.old-version",
    ]  # fmt: skip
    lint("--fix")
    assert read("data/rules.yml").startswith('# 规则\nversion: "3.1"\n\nrules:\n')
    assert read("data/nlu.yml").startswith('version: "3.1"  # 旧\nnlu:')
    assert read("domain.yml") == PROJECT["domain.yml"]


def test_a_newer_version_is_not_lowered(project):
    write("data/new.yml", 'version: "4.0"\nnlu: []\n')
    assert ("data/new.yml:1", "lint.old-version", None) in found()


def test_the_second_of_two_same_examples_goes(project):
    change("data/nlu.yml", "    - 买票\n", "    - 买票\n    - 去[北京](city)\n    - 去北京\n")
    place, code, fix = found("--only", "lint.duplicate-example")[0]
    assert (place, code, fix) == ("data/nlu.yml:11", "lint.duplicate-example", "safe")
    lint("--fix")
    text = read("data/nlu.yml")
    assert text.count("去[北京](city)") == 1
    assert "    - 去北京\n" in text, "one that is marked otherwise is another example"


def test_a_same_example_of_another_intent_is_only_told(project):
    change("data/nlu.yml", "    - 买票\n", "    - 买票\n    - 你好\n")
    assert ("data/nlu.yml:11", "nlu.duplicate-in-intents", None) in found()
    before = read("data/nlu.yml")
    lint("--fix")
    assert read("data/nlu.yml") == before


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("去【上海】（city）", "去[上海](city)"),
        ("去[上海]（city）", "去[上海](city)"),
        ("去［上海］(city)", "去[上海](city)"),
        ("去[上海]{“entity”：“city”，“role”：“to”}", '去[上海]{"entity":"city","role":"to"}'),
    ],
)
def test_full_width_annotations_are_written_right(project, written, meant):
    change("data/nlu.yml", "    - 买票\n", f"    - 买票\n    - {written}\n")
    status = int("{" in written)
    assert ("data/nlu.yml:11", "lint.wide-annotation", "safe") in found(status=status)
    lint("--fix")
    assert f"    - {meant}\n" in read("data/nlu.yml")


@pytest.mark.parametrize("text", ["【重要】（急）", "订单（city）", "【上海】（站名）"])
def test_brackets_that_mark_no_entity_stay(project, text):
    change("data/nlu.yml", "    - 买票\n", f"    - 买票\n    - {text}\n")
    assert "lint.wide-annotation" not in str(found())


def test_what_is_used_and_not_declared_is_declared(project):
    change("data/nlu.yml", "    - 买票\n", "    - 买票[三](number)张\n- intent: refund\n"
           "  examples: |\n    - 退票\n    - 不要了\n")  # fmt: skip
    change(
        "data/rules.yml",
        "rules:\n",
        """\
rules:
- rule: 退
  steps:
  - intent: refund
  - slot_was_set:
    - paid: true
  - action: action_pay_back
  - action: utter_sorry
""",
    )
    assert {(code, fix) for _, code, fix in found(status=1)} == {
        ("nlu.unknown-intent", "safe"), ("nlu.unknown-entity", "safe"),
        ("story.unknown-intent", "safe"), ("story.unknown-slot", "safe"),
        ("story.unknown-action", "safe"), ("story.unknown-response", "safe"),
    }  # fmt: skip
    output = lint("--fix")
    assert "declared 'refund' in the 'intents'" in output
    assert "lint.unwritten-response" in output
    domain = load_project().project.domain
    assert {"refund"} <= set(domain.intents)
    assert {"number"} <= set(domain.entities)
    assert domain.slots["paid"].type == "bool"
    assert "action_pay_back" in domain.action_names
    text = read("domain.yml")
    assert "- greet   # 打招呼\n- order\n- refund\n" in text
    assert text.endswith("session_config:\n  session_expiration_time: 60\n") or (
        "session_config:\n  session_expiration_time: 60\n" in text
    )


def test_a_misspelled_name_is_not_declared(project):
    change("data/rules.yml", "- intent: order", "- intent: ordre")
    assert ("data/rules.yml:9", "story.unknown-intent", None) in found()
    lint("--fix")
    assert read("domain.yml") == PROJECT["domain.yml"]


def test_unused_names_are_only_told(project):
    change("domain.yml", "- order\n", "- order\n- bye\n")
    lint("--fix")
    assert "- bye\n" in read("domain.yml")


def test_a_diff_shows_and_changes_nothing(project):
    change("domain.yml", "- order\n", "- order  \n")
    change("data/nlu.yml", "- intent: order", "- intent: travel")
    before = {name: read(name) for name in PROJECT}
    shown = lint("--diff", status=1)
    assert "-- order  \n+- order\n" in shown
    assert "+- travel\n" in shown
    assert {name: read(name) for name in PROJECT} == before
    assert lint("--diff", "--only", "lint.duplicate-example") == ""


# passing over


@pytest.mark.parametrize("codes", ["lint.unmarked-value", "lint", "x, lint.unmarked-value", "*"])
def test_a_comment_above_an_item_covers_the_item(project, codes):
    marked = "".join(f"    - 第{n}次去[北京](city)\n" for n in range(9))
    change("data/nlu.yml", "    - 买票\n", f"{marked}- intent: greet\n  examples: |\n    - 北京\n")
    assert [code for _, code, _ in found()] == ["lint.unmarked-value"]
    change("data/nlu.yml", "- intent: greet\n  examples: |\n    - 北京",
           f"# kefu: ignore[{codes}]\n- intent: greet\n  examples: |\n    - 北京")  # fmt: skip
    assert found() == []


def test_a_comment_behind_a_line_covers_that_line(project):
    change("domain.yml", "- order\n", "- order\n- bye # kefu: ignore[domain]\n- later\n")
    assert {place for place, *_ in found()} == {"domain.yml:7"}


def test_a_comment_can_cover_a_file(project):
    change("domain.yml", "- order\n", "- order\n- bye\n")
    write("domain.yml", "# kefu: ignore-file[domain]\n" + read("domain.yml"))
    assert found() == []


def test_another_code_is_not_covered(project):
    change("domain.yml", "- order\n", "- order\n- bye # kefu: ignore[nlu]\n")
    assert len(found()) == 2


# formats and status


def test_the_status_says_how_grave_it_is(project):
    change("domain.yml", "- order\n", "- order\n- bye\n")
    lint()
    lint("--fail-on-warnings")
    lint("--fail-on-notes", status=1)
    lint("--fail-on-notes", "--ignore", "domain")
    change("data/rules.yml", "- rule: 买", "- rule: [买]")
    lint(status=1)


def test_github_is_told_in_its_words(project):
    change("data/nlu.yml", "    - 买票\n", "    - 买票\n    - 去【北京】（city）: 100%, 好\n")
    (line,) = lint("--format", "github").splitlines()
    assert line.startswith("::warning file=data/nlu.yml,line=11,col=8,title=lint.wide-annotation::")


def test_a_file_with_errors_is_told_and_left(project):
    write("data/broken.yml", "nlu:\n- intent: [a\n  examples: |\n    - x  \n")
    output = lint("--fix", status=1)
    assert "data/broken.yml" in output
    assert read("data/broken.yml").endswith("    - x  \n")


def test_a_name_that_cannot_be_declared_stays_among_the_findings(project):
    change("data/nlu.yml", "- intent: order", '- intent: "a {b} c"')
    output = lint("--fix")
    assert "nlu.unknown-intent" in output
    assert "fixed:" not in output
    assert read("domain.yml") == PROJECT["domain.yml"]


def test_a_file_that_cannot_be_written_is_named(project, monkeypatch):
    change("domain.yml", "- order\n", "- order  \n")

    def full(change, prepared):
        raise OSError(28, "No space left on device", str(change.path))

    monkeypatch.setattr("kefu.project.editing.writing._put", full)
    with pytest.raises(EditRefused, match=r"cannot write domain\.yml: No space left"):
        lint("--fix")
    assert "- order  \n" in read("domain.yml")


def test_repairs_that_move_lines_are_all_counted(project):
    change("data/nlu.yml", 'version: "3.1"\n', "")
    change("data/nlu.yml", "    - 买票\n", "    - 买票\n    - 买票\t\n    - 去【上海】（city）\n")
    output = lint("--fix")
    assert output.count("fixed:") == 4
    assert "No problems" not in output
    assert "No problems found" in lint()
