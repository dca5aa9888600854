"""Projects of former versions become projects that validate; nothing else changes."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from kefu.cli.root import kefu
from kefu.errors import EditRefused
from kefu.project.editing import writing
from kefu.project.load import load_project, load_test_stories
from kefu.project.migration.applying import BACKUPS, Changed, apply, recover, undo
from kefu.project.migration.plan import Scope, plan_migration
from kefu.project.story_data import LoopStep, OrStep, UserStep
from kefu.training.validation import find_problems
from tests.unit.project.migration.old_projects import HALF_MIGRATED, RASA_1, RASA_2


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def written(files):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")

    return written


def contents():
    """Return all files but the backups."""
    return {
        str(path): path.read_text("utf-8")
        for path in sorted(Path().rglob("*"))
        if path.is_file() and ".kefu" not in path.parts
    }


def migrate():
    plan = plan_migration(Scope())
    if not plan.is_empty:
        apply(plan.changes, Path(), "now")
    return plan


def told(plan):
    return [f"{place}: {text}" for place, text in plan.done]


def grave():
    return [str(p) for p in find_problems(load_project()) if p.severity != "note"]


@pytest.mark.parametrize("files", [RASA_1, RASA_2, HALF_MIGRATED], ids=["1", "2", "half"])
def test_what_comes_out_validates_and_stays_as_it_is(write, files):
    write(files)
    assert load_project().has_errors
    assert migrate().changes
    assert grave() == []
    before = contents()
    assert migrate().is_empty
    assert contents() == before


# Rasa 1


@pytest.fixture
def from_1(write):
    write(RASA_1)
    return migrate()


def test_comments_and_order_of_the_domain_stay(from_1):
    domain = Path("domain.yml").read_text("utf-8")
    assert domain.startswith('# 小店\nversion: "3.1"\n\nintents:\n  - greet   # 打招呼\n  - bye\n')
    assert "  # 哪国菜\n  cuisine:\n    type: any   # 不影响对话\n    mappings:\n" in domain
    assert '  utter_help:\n    - text: "可以订餐"\n' in domain


def test_forms_of_python_code_say_which_slots_they_ask_for(from_1):
    domain = load_project().project.domain
    assert domain.forms["table_form"].required_slots == ("cuisine", "num", "feedback")
    names = ("cuisine", "num", "feedback")
    cuisine, num, feedback = (domain.slots[name].mappings for name in names)
    assert list(cuisine) == [
        {"type": "from_entity", "entity": "cuisine", "not_intent": "chitchat",
         "conditions": [{"active_loop": "table_form"}]},
    ]  # fmt: skip
    assert [mapping["type"] for mapping in num] == ["from_entity", "from_text"]
    assert "conditions" not in num[0], "filled by its name everywhere, as Rasa 1 did"
    assert [mapping["type"] for mapping in feedback] == ["from_intent", "from_text"]
    left = {str(place): text for place, text in from_1.left}
    assert "FormValidationAction named validate_table_form" in left["actions/actions.py:4"]
    assert "session_expiration_time: 0" in left["domain.yml"]


def test_examples_with_all_their_marks_are_kept(from_1):
    nlu = load_project(parts=["nlu"]).project.nlu
    assert len(nlu.examples) == 15
    by_text = {example.text: example for example in nlu.examples}
    (two,) = by_text["两个人吃饭"].entities
    assert (two.entity, two.value) == ("num", "2")
    (from_,) = by_text["从上海来"].entities
    assert (from_.role, from_.group) == ("from", "1")
    assert nlu.synonyms["四川菜"] == "川菜"
    assert nlu.lookups["cuisine"] == ("川菜", "粤菜")
    assert nlu.regexes == (("num", "[0-9]+"),)
    assert [v["text"] for v in nlu.responses["utter_chitchat/name"]] == ["我是小店", "叫我小店"]
    text = Path("data/nlu.yml").read_text("utf-8")
    assert "# 问候\n# 客气\n- intent: greet\n" in text


def test_stories_keep_checkpoints_alternatives_forms_and_entities(from_1):
    stories = {story.name: story for story in load_project().project.stories.stories}
    assert stories["你好"].steps[-1].name == stories["再说"].steps[0].name == "asked"
    alternatives = stories["再说"].steps[1]
    assert isinstance(alternatives, OrStep)
    assert [step.intent for step in alternatives.alternatives] == ["bye", "chitchat"]
    first, _, begins, slots, ends, last = stories["订餐"].steps
    assert isinstance(first, UserStep)
    assert [(e["entity"], e["value"]) for e in first.entities] == [
        ("num", 2), ("cuisine", "川菜"), ("cuisine", "粤菜"),
    ]  # fmt: skip
    assert (begins.name, slots.name, slots.value) == ("table_form", "cuisine", "川菜")
    assert isinstance(ends, LoopStep)
    assert ends.name is None
    assert last.name == "action_order"
    assert ("data/stories.md:14", "left out") in [(str(p), t[:8]) for p, t in from_1.left]


def test_test_stories_are_converted_too(from_1):
    stories, problems = load_test_stories("tests")
    assert not problems
    (story,) = stories.stories
    assert [step.text for step in story.steps if isinstance(step, UserStep)] == [
        "你好", "想吃川菜",
    ]  # fmt: skip


def test_policies_become_rules_and_thresholds(from_1):
    project = load_project().project
    rules = {rule.name: [step.intent or step.name for step in rule.steps[:1]] for rule in
             project.stories.rules}  # fmt: skip
    assert set(rules) == {"Ask again before giving up", "help: utter_help"}
    policies = {policy.name: policy.settings for policy in project.config.policies}
    assert list(policies) == ["MemoizationPolicy", "TEDPolicy", "RulePolicy"]
    assert policies["RulePolicy"] == {
        "core_fallback_threshold": 0.2, "core_fallback_action_name": "action_order",
    }  # fmt: skip
    names = [component.name for component in project.config.pipeline]
    assert names[0] == "JiebaTokenizer"
    assert project.config.pipeline[-1].settings == {"threshold": 0.4, "ambiguity_threshold": 0.1}
    assert "TEDPolicy   # 学出来的" in Path("config.yml").read_text("utf-8")


def test_settings_are_named_as_they_are_now(from_1):
    text = Path("endpoints.yml").read_text("utf-8")
    assert "  type: redis\n" in text
    assert "  queues:\n    # 队列\n  - events\n" in text
    assert "rasa:\n  url" in Path("credentials.yml").read_text("utf-8")


def test_markdown_that_is_no_training_data_stays(from_1):
    assert Path("data/knowledge.md").exists()
    assert not Path("data/nlu.md").exists()


def test_a_rule_that_a_story_contradicts_is_not_written(write):
    story = "## h\n* help\n  - utter_bye\n"
    write({**RASA_1, "data/more.md": story})
    plan = migrate()
    assert any("a story answers the intent with 'utter_bye'" in text for _, text in plan.left)
    assert grave() == []


# Rasa 2


def test_mappings_move_from_forms_to_slots(write):
    write(RASA_2)
    plan = migrate()
    text = Path("domain/forms.yml").read_text("utf-8")
    assert "  # the only form\n  order_form:\n" in text
    assert "  order_form:\n    # free text\n    ignored_intents:\n" in text
    assert "  size:            # S, M or L\n    type: text\n" in text
    domain = load_project().project.domain
    assert domain.forms["order_form"].required_slots == ("size", "note")
    assert list(domain.forms["order_form"].ignored_intents) == ["greet"]
    assert list(domain.slots["note"].mappings) == [
        {"type": "from_text",
         "conditions": [{"active_loop": "order_form", "requested_slot": "note"}]},
    ]  # fmt: skip
    assert list(domain.slots["city"].mappings) == [{"type": "from_entity", "entity": "city"}]
    assert domain.slots["city"].type == "text"
    assert (
        "domain/forms.yml:6: slot 'city': type rasa.core.slots.TextSlot -> text; "
        "filled by from_entity city"
    ) in told(plan)


def test_stories_of_yaml_are_put_right_in_place(write):
    write(RASA_2)
    migrate()
    text = Path("data/stories.yml").read_text("utf-8")
    assert "  - active_loop: order_form\n  - active_loop: null\n" in text
    assert "- action: action_deactivate_loop\n" in text
    assert "    - city: Rome\n" in text
    config = Path("config.yml").read_text("utf-8")
    assert "- name: DucklingEntityExtractor\n  url: http://localhost:8000\n" in config
    assert "- name: FallbackClassifier\n  threshold: 0.5\n" in config


def test_two_forms_with_the_same_mapping_are_two_conditions(write):
    domain = HALF_MIGRATED["domain.yml"].replace("forms:\n", (
        "forms:\n  other_form:\n    size:\n    - type: from_text\n"
    ))  # fmt: skip
    write({**HALF_MIGRATED, "domain.yml": domain})
    migrate()
    mappings = load_project().project.domain.slots["size"].mappings
    assert [one["active_loop"] for one in mappings[1]["conditions"]] == ["other_form", "order_form"]


def test_a_slot_that_a_form_asks_for_is_declared(write):
    domain = HALF_MIGRATED["domain.yml"] + "    colour:\n    - type: from_text\n"
    write({**HALF_MIGRATED, "domain.yml": domain})
    migrate()
    assert load_project().project.domain.slots["colour"].type == "text"


def test_entities_that_fill_no_slots_keep_to_that(write):
    domain = RASA_2["domain/base.yml"] + "config:\n  store_entities_as_slots: false\n"
    write({**RASA_2, "domain/base.yml": domain})
    migrate()
    assert "store_entities" not in Path("domain/base.yml").read_text("utf-8")
    assert load_project().project.domain.slots["city"].mappings[0]["type"] == "custom"


def test_a_present_project_is_left_alone(write):
    write({**HALF_MIGRATED, "domain.yml": HALF_MIGRATED["domain.yml"].partition("forms:")[0]
           .replace("mappings: []", "mappings:\n    - type: from_text")
           .replace("unfeaturized", "any"),
           "data/rules.yml": 'version: "3.1"\nrules: []\n'})  # fmt: skip
    before = contents()
    plan = plan_migration(Scope())
    assert (plan.is_empty, plan.done, plan.left) == (True, [], [])
    assert contents() == before


# JSON and odd files


def test_json_becomes_yaml(write):
    example = {
        "text": "去 [x] 北京和上海", "intent": "go/to",
        "entities": [{"start": 6, "end": 8, "value": "beijing", "entity": "city"},
                     {"start": 9, "end": 11, "value": "上海", "entity": "city"}],
    }  # fmt: skip
    data = {
        "common_examples": [example],
        "entity_synonyms": [{"value": "beijing", "synonyms": ["京城"]}],
        "regex_features": [{"name": "zip", "pattern": "\\d+"}],
        "lookup_tables": [{"name": "city", "elements": ["北京"]}],
    }
    write({**HALF_MIGRATED, "data/old.json": json.dumps({"rasa_nlu_data": data})})
    before = load_project(parts=["nlu"]).project.nlu
    migrate()
    after = load_project(parts=["nlu"]).project.nlu
    assert set(after.examples) == set(before.examples)
    assert after.synonyms == before.synonyms
    assert (after.regexes, after.lookups) == (before.regexes, before.lookups)
    assert not Path("data/old.json").exists()


LUIS = {
    "luis_schema_version": "3.0",
    "utterances": [
        {"text": "去北京", "intent": "go", "entities": [
            {"entity": "city", "startPos": 1, "endPos": 2, "role": "to"}]},
        {"text": "", "intent": "go"},
    ],
    "closedLists": [{"name": "drink", "subLists": [
        {"canonicalForm": "可乐", "list": ["cola", "肥宅水"]}]}],
    "regex_entities": [{"name": "zip", "regexPattern": "[0-9]{6}"}],
}  # fmt: skip
WIT = {"utterances": [{"text": "去北京", "intent": "go", "entities": [
    {"entity": "city:to", "start": 1, "end": 3, "body": "北京"}]}]}  # fmt: skip
PHRASES = [{"data": [{"text": "去"}, {"text": "北京", "meta": "@city", "alias": "city"}]}]
ENTRIES = [{"value": "可乐", "synonyms": ["可乐", "cola"]}]


def test_json_of_other_tools_becomes_yaml(write):
    files = {"luis": LUIS, "wit": WIT, "go_usersays_zh": PHRASES, "drink_entries_zh": ENTRIES}
    given = {f"data/{name}.json": json.dumps(content) for name, content in files.items()}
    write({**HALF_MIGRATED, **given})
    plan = migrate()
    assert ("data/luis.json", "left out") in [(str(p), text[:8]) for p, text in plan.left]
    nlu = load_project(parts=["nlu"]).draft.nlu
    roles = {one.role for example in nlu.examples if example.text == "去北京"
             for one in example.entities if one.value == "北京"}  # fmt: skip
    assert roles == {"to", None}
    assert {example.intent for example in nlu.examples} == {"go", "greet", "order"}
    assert nlu.synonyms == {"cola": "可乐", "肥宅水": "可乐"}
    assert "cola" in nlu.lookups["drink"]
    assert nlu.regexes == (("zip", "[0-9]{6}"),)
    assert not list(Path("data").glob("*.json"))


def test_a_trigger_of_a_former_name_is_a_rule_of_the_present_one(write):
    domain = RASA_1["domain.yml"].replace("triggers: utter_help", "triggers: respond_chitchat")
    write({**RASA_1, "domain.yml": domain})
    assert "data/rules.yml: added the rule 'help: utter_chitchat'" in "".join(told(migrate()))


def test_files_that_cannot_be_migrated_are_named_and_stay(write):
    write(HALF_MIGRATED)
    Path("data/gbk.md").write_bytes("## intent:问候\n- 你好\n".encode("gb18030"))
    Path("data/agent.json").write_text('{"supportedLanguages": ["zh"]}')
    Path("domain.yml").write_text("intents: [greet\nforms:\n- f\n")
    plan = migrate()
    assert Path("data/gbk.md").exists()
    assert Path("data/agent.json").exists()
    left = {str(place): text for place, text in plan.left}
    assert "not UTF-8" in left["data/gbk.md"]
    assert "another tool" in left["data/agent.json"]
    assert "no YAML, or has errors" in left["domain.yml"]


def test_a_new_file_takes_no_name_that_is_taken(write):
    write({**RASA_1, "data/nlu.yml": 'version: "3.1"\nnlu: []\n'})
    migrate()
    assert Path("data/nlu.yml").read_text() == 'version: "3.1"\nnlu: []\n'
    assert "intent: greet" in Path("data/nlu_md.yml").read_text("utf-8")


def test_windows_line_ends_stay(write):
    write(RASA_2)
    path = Path("domain/forms.yml")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    migrate()
    data = path.read_bytes()
    assert data.count(b"\n") == data.count(b"\r\n") > 20
    assert grave() == []


# backup and crashes


def test_planning_changes_nothing(write):
    write(RASA_1)
    assert told(plan_migration(Scope()))
    assert contents() == RASA_1


def test_undoing_brings_everything_back(write):
    write(RASA_1)
    migrate()
    assert undo(Path()) is not None
    assert contents() == RASA_1
    assert undo(Path()) is None


def test_what_was_edited_since_is_not_overwritten(write):
    write(RASA_1)
    migrate()
    Path("data/nlu.yml").write_text("mine")
    with pytest.raises(Changed, match=r"data/nlu\.yml"):
        undo(Path())
    assert Path("data/nlu.yml").read_text() == "mine"


@pytest.mark.parametrize("after", range(12))
def test_an_error_in_the_middle_leaves_the_originals(write, monkeypatch, after):
    write(RASA_1)
    plan = plan_migration(Scope())
    real, count = writing._put, 0

    def failing(change, prepared):
        nonlocal count
        count += 1
        if count == after + 1:
            raise OSError(28, "No space left on device", str(change.path))
        real(change, prepared)

    monkeypatch.setattr(writing, "_put", failing)
    if after < len(plan.changes):
        with pytest.raises(EditRefused, match="No space"):
            apply(plan.changes, Path(), "now")
        assert contents() == RASA_1
    else:
        apply(plan.changes, Path(), "now")
        assert grave() == []


class Killed(BaseException):
    pass


@pytest.mark.parametrize("after", [0, 3, 7])
def test_who_was_killed_in_the_middle_starts_again_from_the_originals(write, monkeypatch, after):
    write(RASA_1)
    plan = plan_migration(Scope())
    real, count = writing._put, 0

    def dying(change, prepared):
        nonlocal count
        count += 1
        if count > after:
            raise Killed
        real(change, prepared)

    monkeypatch.setattr(writing, "_put", dying)
    with pytest.raises(Killed):
        apply(plan.changes, Path(), "now")
    monkeypatch.setattr(writing, "_put", real)
    assert recover(Path()) == [Path(BACKUPS, "now")]
    assert contents() == RASA_1
    assert recover(Path()) == []
    migrate()
    assert grave() == []


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("domain/forms.yml", "- type: from_text", "- intent: greet"),
        ("domain/forms.yml", "forms:", "forms: null\nother:"),
        ("domain/forms.yml", "      size:\n      - type: from_entity\n        entity: size\n",
         "      size: null\n"),
        ("domain/base.yml", "entities: [size, city]", "entities: {size: null, city: []}"),
        ("domain/base.yml", "- greet\n", "- greet:\n- 7\n- [a]\n"),
        ("domain/base.yml", "responses:", "templates: text\nresponses:"),
        ("config.yml", "- name: RulePolicy  # mine", "- 1\n- {}\n- RulePolicy"),
        ("config.yml", "- name: CountVectorsFeaturizer", "- name: [a]\n- CountVectorsFeaturizer"),
        ("config.yml", "pipeline:", "pipeline: 3\nother:"),
        ("data/stories.yml", "  - intent: order\n", "  - order\n  - intent: [order]\n"),
        ("data/stories.yml", "stories:", "stories: text\nother:"),
    ],
)  # fmt: skip
def test_what_is_written_strangely_stops_no_migration(write, name, old, new):
    assert old in RASA_2[name]
    write({**RASA_2, name: RASA_2[name].replace(old, new, 1)})
    migrate()
    assert migrate().is_empty


def test_entities_that_no_annotation_can_say_lose_as_little_as_possible(write):
    entities = [
        {"start": 0, "end": 2, "value": "a}b", "entity": "city"},
        {"start": 1, "end": 3, "value": "京城", "entity": "town"},
    ]
    example = {"text": "北京城", "intent": "go", "entities": entities}
    write({"data/old.json": json.dumps({"rasa_nlu_data": {"common_examples": [example]}})})
    migrate()
    (found,) = load_project(parts=["nlu"]).draft.nlu.examples
    assert [(one.entity, one.value) for one in found.entities] == [("city", "ab")]


def test_a_file_of_ascii_escapes_is_migrated_and_stays_one(write):
    slots = RASA_2["domain/forms.yml"].replace("  size: ", "  \\u5927\\u5c0f:\n  size: ", 1)
    write({**RASA_2, "domain/forms.yml": slots})
    assert "slot '大小': type None -> text; filled by custom" in "\n".join(told(migrate()))
    after = contents()["domain/forms.yml"]
    assert after.isascii()
    assert "  \\u5927\\u5c0f:\n    type: text\n" in after
    assert grave() == []


def test_numbers_of_buttons_become_texts_and_nothing_else_changes(write):
    buttons = (
        "    buttons:\n    - title: 1   # one\n      payload: 1\n    - {title: yes, payload: 2.5}\n"
    )
    old = "  utter_ask_size:\n  - text: which size?\n"
    write({**RASA_2, "domain/base.yml": RASA_2["domain/base.yml"].replace(old, old + buttons)})
    plan = migrate()
    assert "domain/base.yml:15: button of 'utter_ask_size': title 1 -> \"1\"" in told(plan)
    after = contents()["domain/base.yml"]
    assert '    - title: "1"   # one\n      payload: "1"\n' in after
    assert '    - {title: yes, payload: "2.5"}\n' in after
    assert grave() == []


def test_a_form_that_ends_in_quotes_ends(write):
    stories = RASA_1["data/stories.md"].replace('form{"name": null}', 'form{"name": "null"}')
    assert stories != RASA_1["data/stories.md"]
    write({**RASA_1, "data/stories.md": stories})
    migrate()
    assert grave() == []


def test_forms_get_the_policy_that_runs_them(write):
    config = "language: en\npipeline: supervised_embeddings\npolicies:\n- name: TEDPolicy  # mine\n"
    write({**RASA_2, "config.yml": config})
    assert "config.yml:3: added RulePolicy, which runs the forms" in told(migrate())
    assert contents()["config.yml"].endswith("- name: TEDPolicy  # mine\n- name: RulePolicy\n")


def test_a_featurizer_that_nobody_can_have_is_replaced(write):
    config = RASA_2["config.yml"].replace(
        "pipeline:\n", "pipeline:\n- name: ConveRTFeaturizer\n  model_url: x\n"
    )
    write({**RASA_2, "config.yml": config})
    migrate()
    assert "pipeline:\n- name: StaticEmbeddingFeaturizer\n" in contents()["config.yml"]
    assert grave() == []


# the command


def command(*arguments, status=0):
    done = CliRunner().invoke(kefu, ["data", "migrate", *arguments], catch_exceptions=False)
    assert done.exit_code == status, done.output
    return done.output


def test_a_dry_run_says_what_would_be_valid_and_changes_nothing(write):
    write(RASA_2)
    said = command("--dry-run")
    assert contents() == RASA_2
    assert said.endswith("Nothing was changed: this was a dry run.\nThe project would be valid.\n")
    assert "The project is valid." in command()


def test_a_dry_run_says_what_would_be_wrong_where_it_would_be(write):
    broken = RASA_1["data/stories.md"] + "\n## broken\n* greet\n  - action_nowhere\n"
    write({**RASA_1, "data/stories.md": broken})
    said = command("--dry-run", status=1).partition("would find then:\n")[2]
    assert contents() == {**RASA_1, "data/stories.md": broken}
    assert said.startswith("data/stories.yml:")
    assert "'action_nowhere' is not in the domain" in said
    assert command(status=1).partition("finds now:\n")[2] == said
    assert command(status=1).partition("finds now:\n")[2] == said


def test_components_that_are_not_to_be_had_are_the_trainers_decision(write):
    config = RASA_2["config.yml"].replace("WhitespaceTokenizer", "own.MyTokenizer")
    config = config.replace("policies:\n", "policies:\n- name: own.MyPolicy\n- name: FlowPolicy\n")
    write({**RASA_2, "config.yml": config})
    said = command("--dry-run", status=1)
    assert "own.MyTokenizer cannot be used: components of other people's code" in said
    assert "own.MyPolicy cannot be used: policies of other people's code" in said
    assert "FlowPolicy belongs to Rasa Pro" in said
    assert "3 errors" in said
    assert "0 errors, 3 warnings" in command("--dry-run", "--allow-missing-components")
