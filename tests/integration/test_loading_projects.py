"""Projects on disk: which files are read, and how the parts come together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kefu.cli.project_settings import read_settings
from kefu.errors import ProjectError
from kefu.project.desk_options import DeskOptions
from kefu.project.load import (
    load_credentials,
    load_endpoints,
    load_project,
    load_test_stories,
)
from tests.unit.project.builder import CONFIG, DOMAIN, NLU, RULES


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return write(
        tmp_path,
        {
            "config.yml": CONFIG,
            "domain.yml": DOMAIN,
            "data/nlu.yml": NLU,
            "data/more/rules.yaml": RULES,
        },
    )


def codes(loaded):
    return [problem.code for problem in loaded.problems]


def test_the_usual_layout_is_found(root):
    loaded = load_project()
    assert loaded.problems == ()
    assert len(loaded.project.nlu.examples) == 4
    assert len(loaded.project.stories.rules) == 2
    assert [path.name for path in loaded.project.files] == [
        "config.yml",
        "domain.yml",
        "rules.yaml",
        "nlu.yml",
    ]


def test_a_file_may_hold_everything(root):
    write(root, {"all.yml": NLU + RULES})
    loaded = load_project(data="all.yml")
    assert (len(loaded.project.nlu.examples), len(loaded.project.stories.rules)) == (4, 2)


def test_a_domain_may_be_a_folder(root):
    (root / "domain.yml").unlink()
    write(
        root, {"domain/a.yml": DOMAIN, "domain/b/c.yml": "intents: [extra]", "domain/x.yml": "a: 1"}
    )
    loaded = load_project()
    assert "extra" in loaded.project.domain.intents
    assert codes(loaded) == ["domain.intent-without-examples", "domain.unused-intent"]


def test_places_are_relative_to_the_working_directory(root, monkeypatch):
    write(root, {"domain.yml": DOMAIN + "responces: {}\n"})
    assert load_project().problems[0].place.file == "domain.yml"
    monkeypatch.chdir(root / "data")
    assert load_project("..").problems[0].place.file == str(root / "domain.yml")


def test_hidden_folders_results_and_environments_are_not_read(root):
    broken = "nlu: [\n"
    write(
        root,
        {
            ".git/nlu.yml": broken,
            "results/failed_test_stories.yml": broken,
            "venv/pyvenv.cfg": "",
            "venv/nlu.yml": broken,
            "data/.backup/nlu.yml": broken,
        },
    )
    assert load_project(data=".").project is not None


def test_other_yaml_files_among_the_data_are_none_of_our_business(root):
    write(root, {"data/docker.yml": "services: {a: [\n", "data/README.md": "# Data\n\n* one\n"})
    assert load_project().problems == ()


def test_a_data_file_with_a_misspelled_section_is_told(root):
    write(root, {"data/typo.yml": "version: '3.1'\nstorys:\n- story: a\n"})
    (problem,) = load_project().problems
    assert (problem.code, problem.place.line) == ("project.unknown-section", 2)


@pytest.mark.parametrize(
    "text", ["## intent:greet\n- hi\n", "## happy path\n* greet\n  - utter_greet\n"]
)
def test_markdown_of_rasa_1_is_recognised(root, text):
    write(root, {"old/data.md": text})
    alone = load_project(data="old")
    beside = load_project(data=["data", "old"])
    assert alone.project is None
    assert "kefu data migrate" in alone.problems[0].advice
    assert [p.severity for p in beside.problems] == ["warning"]


def test_nlu_data_in_json_is_read(root):
    data = {
        "rasa_nlu_data": {
            "common_examples": [
                {
                    "text": "去帝都",
                    "intent": "order",
                    "entities": [{"start": 1, "end": 3, "value": "北京", "entity": "number"}],
                }
            ],
            "entity_synonyms": [{"value": "上海", "synonyms": ["魔都"]}],
            "regex_features": [{"name": "n", "pattern": "[0-9]+"}],
            "lookup_tables": [{"name": "city", "elements": ["北京"]}],
            "sentiment_examples": [{"text": "太差了", "sentiment": "negative"}],
        }
    }
    write(root, {"data/more.json": json.dumps(data), "data/other.json": "[1]"})
    nlu = load_project().project.nlu
    assert nlu.examples[0].entities[0].value == "北京"
    assert nlu.synonyms == {"帝都": "北京", "魔都": "上海"}
    assert nlu.lookups == {"city": ("北京",)}
    assert [(e.text, e.sentiment) for e in nlu.sentiments] == [("太差了", "negative")]


def test_halves_of_characters_in_json_are_replaced_and_told(root):
    text = r"a\uD83D\uDE00 \ud83d退"
    example = f'{{"text": "{text}", "intent": "greet"}}'
    write(root, {"data/more.json": f'{{"rasa_nlu_data": {{"common_examples": [{example}]}}}}'})
    loaded = load_project()
    (example,) = [one for one in loaded.project.nlu.examples if one.text.startswith("a")]
    assert example.text == "a😀 \ufffd退"
    (problem,) = [one for one in loaded.problems if one.code == "nlu.half-character"]
    assert problem.severity == "warning"
    assert problem.message.startswith("1 escape such as")


@pytest.mark.parametrize("item", [{"text": "太差了"}, {"sentiment": "negative"}, {"text": 1}])
def test_an_incomplete_sentiment_in_json_is_told(root, item):
    data = {"rasa_nlu_data": {"common_examples": [], "sentiment_examples": [item]}}
    write(root, {"data/more.json": json.dumps(data)})
    assert "nlu.bad-json" in codes(load_project())


def test_a_lookup_table_in_a_file_is_read_or_missed(root):
    table = {"name": "city", "elements": "cities.txt"}
    data = {"rasa_nlu_data": {"common_examples": [], "lookup_tables": [table]}}
    write(root, {"data/more.json": json.dumps(data)})
    (problem,) = load_project().problems
    assert (problem.code, problem.severity) == ("nlu.no-lookup-file", "warning")
    write(root, {"data/cities.txt": "北京\n上海\n"})
    assert load_project().project.nlu.lookups == {"city": ("北京", "上海")}


def test_every_missing_file_is_told_at_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    loaded = load_project()
    assert sorted(codes(loaded)) == [
        "project.no-config",
        "project.no-domain",
        "project.no-training-data",
    ]
    assert loaded.project is None


def test_a_missing_file_is_told_once_and_not_judged(root):
    forms = "forms:\n  ask_form:\n    required_slots: [number]\n"
    write(root, {"domain.yml": DOMAIN + forms})
    loaded = load_project(config="other.yml", data=["nowhere"])
    errors = [problem for problem in loaded.problems if problem.severity == "error"]
    assert [problem.code for problem in errors] == ["project.no-such-file", "project.no-config"]


def test_the_domain_keeps_the_format_version_it_names(root):
    domain = DOMAIN.replace('"3.1"', '"3.0"')
    write(root, {"domain.yml": domain})
    assert load_project().project.domain.data["version"] == "3.0"
    write(root, {"domain.yml": domain.replace('version: "3.0"\n', "")})
    assert load_project().project.domain.data["version"] == "3.1"


def test_problems_of_all_files_are_found_in_one_run(root):
    write(
        root,
        {
            "config.yml": CONFIG + "recipe: x\n",
            "domain.yml": DOMAIN + "slots: {}\n",
            "data/nlu.yml": NLU + "- intnt: a\n",
            "data/more/rules.yaml": RULES + "- rule: a\n  steps:\n  - intent: [\n",
        },
    )
    loaded = load_project()
    assert [problem.place.file for problem in loaded.problems] == [
        "config.yml",
        "data/more/rules.yaml",
        "data/nlu.yml",
        "domain.yml",
    ]


def test_a_file_that_is_not_utf_8_is_told(root):
    (root / "data/nlu.yml").write_bytes(NLU.encode("gb18030"))
    assert "file.not-utf-8" in codes(load_project())


def test_parts_can_be_read_alone(root):
    (root / "domain.yml").unlink()
    loaded = load_project(parts={"config", "nlu"})
    assert loaded.problems == ()
    assert loaded.project.stories.rules == ()
    (root / "data/nlu.yml").unlink()
    assert load_project(parts={"stories"}).project is not None


def test_end_to_end_texts_become_actions(root):
    write(
        root,
        {"data/e2e.yml": "stories:\n- story: s\n  steps:\n  - user: 你好呀\n  - bot: 您好呀\n"},
    )
    domain = load_project().project.domain
    assert domain.e2e_actions == ("您好呀",)
    assert "您好呀" in domain.action_index


def test_answers_in_nlu_files_and_in_the_domain_come_together(root):
    write(
        root,
        {
            "data/faq.yml": "nlu:\n- intent: faq/a\n  examples: |\n    - 甲\n- intent: faq/b\n"
            "  examples: |\n    - 乙\nresponses:\n  utter_faq/a:\n  - text: 答甲\n",
            "domain.yml": DOMAIN.replace("[greet, order]", "[greet, order, faq]")
            + "  utter_faq/b:\n  - text: 答乙\n",
        },
    )
    project = load_project().project
    assert set(project.nlu.responses) == {"utter_faq/a", "utter_faq/b"}
    assert set(project.nlu.responses) < set(project.domain.responses)
    assert project.domain.retrieval_intents == {"faq"}
    assert "utter_faq" in project.domain.action_index


def test_settings_are_read_with_the_environment(root, monkeypatch):
    monkeypatch.setenv("SHOP_TOKEN", "t0ken")
    write(
        root,
        {
            "endpoints.yml": 'action_endpoint: {url: "http://h/", token: "${SHOP_TOKEN}"}',
            "credentials.yml": "rest:\nweb:\n  secret: ${SHOP_NOT_SET}\n",
        },
    )
    endpoints, problems = load_endpoints("endpoints.yml")
    assert endpoints.action.params == {"token": "t0ken"}
    assert problems == ()
    _, problems = load_credentials("credentials.yml")
    assert [problem.code for problem in problems] == ["yaml.missing-variable"]
    assert load_endpoints("nowhere.yml") == (type(endpoints)(), ())


def test_test_stories_are_found_by_name_or_given(root):
    story = "stories:\n- story: {}\n  steps:\n  - user: |\n      你好\n    intent: greet\n"
    write(root, {"tests/test_a.yml": story.format("a"), "tests/b.yml": story.format("b")})
    named, problems = load_test_stories("tests")
    given, _ = load_test_stories("tests/b.yml")
    assert [s.name for s in named.stories] == ["a"]
    assert [s.name for s in given.stories] == ["b"]
    assert problems == ()
    assert [p.code for p in load_test_stories("nowhere")[1]] == ["project.no-such-file"]


def test_responses_that_the_actions_name_count_as_used(root):
    write(
        root,
        {
            "domain.yml": DOMAIN
            + "  utter_done:\n  - text: '{amount}'\n  utter_lost:\n  - text: x\n",
            "actions/reply.py": "dispatcher.utter_message(response='utter_done', amount=1)\n",
        },
    )
    (problem,) = load_project().problems
    assert "utter_lost" in problem.message


def test_sentences_of_stories_with_their_intent_are_examples(root):
    write(
        root,
        {
            "data/e2e.yml": "stories:\n- story: s\n  steps:\n  - intent: order\n"
            "    user: 看看 [C3](number)\n  - action: utter_order\n  - user: 没有意图\n"
            "  - action: utter_greet\n"
        },
    )
    loaded = load_project()
    example = loaded.project.nlu.examples[-1]
    assert (example.text, example.intent, example.place.line) == ("看看 C3", "order", 4)
    assert example.entities[0].value == "C3"
    assert len(load_project(parts={"nlu"}).draft.nlu.examples) == 4


def test_settings_files_may_be_missing_unless_they_were_asked_for(root):
    usual, other = Path("endpoints.yml"), Path("other.yml")
    assert not read_settings(
        endpoints=usual, credentials=Path("credentials.yml")
    ).credentials.channels
    with pytest.raises(ProjectError, match=r"there is no file other\.yml — check --endpoints"):
        read_settings(endpoints=other)
    with pytest.raises(ProjectError, match=r"there is no file other\.yml — check --credentials"):
        read_settings(endpoints=usual, credentials=other)


def test_the_desk_is_read_where_it_is_asked_for(root):
    assert read_settings(endpoints=Path("endpoints.yml")).desk == DeskOptions()
    Path("desk.yml").write_text("skills: {no_such_intent: [退货]}\ntyping_preview: true\n", "utf-8")
    assert read_settings(endpoints=Path("endpoints.yml")).desk.typing_preview
    loaded = load_project(desk=Path("desk.yml"))
    assert [problem.code for problem in loaded.problems] == ["desk.unknown-intent"]
    assert loaded.project.desk.typing_preview
    assert not load_project().problems
    Path("desk.yml").write_text("typing_preview: maybe\n", "utf-8")
    with pytest.raises(ProjectError, match="put right first"):
        read_settings(endpoints=Path("endpoints.yml"))


def test_the_shop_has_a_desk(monkeypatch):
    monkeypatch.chdir(Path(__file__).parents[2])
    loaded = load_project(desk=Path("desk.yml"))
    assert not loaded.problems
    assert loaded.project.desk.demand("return_goods").group == "售后"
    assert loaded.project.desk.tiers.of("金卡") == 2
