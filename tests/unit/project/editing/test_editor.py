"""What is changed in a project, and where."""

import shutil
from pathlib import Path

import pytest

from kefu.errors import EditRefused
from kefu.project.editing import ProjectEditor
from kefu.project.load import load_project

ROOT = Path(__file__).parents[4]
FILES = {
    "config.yml": """\
pipeline:
- name: ResponseSelector
  retrieval_intent: faq
policies:
- name: HandoffPolicy
  intents: {complain: angry}   # 投诉
""",
    "domain.yml": """\
intents:
# 寒暄
- greet
- faq:
    use_entities: []
- complain
entities: [city]
slots:
  task:
    type: text
    mappings:
    - type: from_intent
      intent: [greet, 'complain']
      not_intent: faq
      value: x
forms:
  f:
    ignored_intents: complain
    required_slots: [task]
actions: [utter_faq, action_greet]
responses:
  utter_greet:
  - text: 你好，greet
    buttons:
    - title: 投诉
      payload: '/complain{"city": "complain"}'
""",
    "data/nlu/talk.yml": """\
nlu:
- intent: "greet"
  examples: |
    - 你好
- intent: complain
  examples: |
    - complain
    - 投诉
""",
    "data/nlu/faq.yml": """\
nlu:
- intent: faq/ask_time
  examples: |
    - 几点开门
responses:
  utter_faq/ask_time:
  - text: 九点
""",
    "data/stories.yml": """\
stories:

- story: 投诉 complain
  steps:
    - or:
        - intent: complain  # 气
        - intent: greet
    - action: utter_greet
    - intent: faq
    - action: utter_faq

- story: 另一个
  steps:
    - intent: greet
    - action: utter_greet
rules:
- rule: 问
  condition:
  - slot_was_set:
    - task: complain
  steps:
  - intent: faq
  - action: utter_faq
""",
    "tests/test_stories.yml": """\
stories:
- story: t
  steps:
  - user: /complain
    intent: complain
  - user: 几点开门
    intent: faq/ask_time
  - action: utter_faq
""",
    "actions/actions.py": "INTENTS = (\"complain\", 'greet')\n",
}


@pytest.fixture
def project(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def texts(project):
    return {name: (project / name).read_text() for name in FILES}


def saved(project, change):
    editor = ProjectEditor(project)
    result = change(editor)
    editor.save()
    return result, {k: v for k, v in texts(project).items() if v != FILES[k]}


def test_an_intent_is_renamed_everywhere(project):
    found, changed = saved(project, lambda one: one.rename_intent("complain", "be_angry"))
    assert [(Path(place.file).name, place.line) for place in found] == [("actions.py", 1)]
    wanted = {
        "config.yml": [("{complain:", "{be_angry:")],
        "domain.yml": [
            ("- complain\n", "- be_angry\n"),
            ("'complain'", "'be_angry'"),
            ("ignored_intents: complain", "ignored_intents: be_angry"),
            ("payload: '/complain", "payload: '/be_angry"),
        ],
        "data/nlu/talk.yml": [("intent: complain", "intent: be_angry")],
        "data/stories.yml": [("intent: complain", "intent: be_angry")],
        "tests/test_stories.yml": [
            ("user: /complain", "user: /be_angry"),
            ("intent: complain", "intent: be_angry"),
        ],
    }
    assert set(changed) == set(wanted)
    for name, pairs in wanted.items():
        text = FILES[name]
        for old, new in pairs:
            text = text.replace(old, new)
        assert changed[name] == text


def test_a_retrieval_intent_takes_its_answers_along(project):
    _, changed = saved(project, lambda one: one.rename_intent("faq", "knowhow"))
    assert set(changed) == set(FILES) - {"actions/actions.py", "data/nlu/talk.yml"}
    for name, text in changed.items():
        assert text == FILES[name].replace("faq", "knowhow")


def test_one_answer_of_a_retrieval_intent_is_renamed(project):
    _, changed = saved(project, lambda one: one.rename_intent("faq/ask_time", "faq/ask_open"))
    assert set(changed) == {"data/nlu/faq.yml", "tests/test_stories.yml"}
    for name, text in changed.items():
        assert text == FILES[name].replace("ask_time", "ask_open")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("nobody", "x", "there is no intent 'nobody'"),
        ("greet", "complain", "there is an intent 'complain' already"),
        ("greet", "say hello", "no good name"),
        ("greet", "a/b", "both names have a slash"),
    ],
)
def test_what_is_no_renaming(project, old, new, says):
    with pytest.raises(EditRefused, match=says):
        ProjectEditor(project).rename_intent(old, new)


def test_a_broken_file_stops_a_renaming(project):
    (project / "data" / "stories.yml").write_text('stories: [{"intent: greet\n')
    editor = ProjectEditor(project)
    with pytest.raises(EditRefused, match=r"stories\.yml:1"):
        editor.rename_intent("greet", "hello")
    assert editor.changes == ()


def test_the_shipped_assistant_is_renamed_there_and_back(tmp_path):
    for name in ("data", "tests/stories"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("domain.yml", "config.yml"):
        shutil.copy(ROOT / name, tmp_path / name)
    before = load_project(tmp_path)
    for old, new in (("faq", "knowhow"), ("goods_problem", "broken"), ("affirm", "say_yes")):
        editor = ProjectEditor(tmp_path)
        editor.rename_intent(old, new)
        saved = editor.save()
        after = load_project(tmp_path)
        assert not after.has_errors
        assert len(after.problems) == len(before.problems)
        assert old not in after.project.domain.intents
        assert len(after.project.nlu.examples) == len(before.project.nlu.examples)
        editor.rename_intent(new, old)
        back = editor.save()
        assert {c.path: c.before for c in saved} == {c.path: c.after for c in back}


def test_an_example_goes_to_the_file_of_its_intent(project):
    path, changed = saved(project, lambda one: one.add_example("complain", "差评: 1"))
    assert path.name == "talk.yml"
    name = "data/nlu/talk.yml"
    assert changed == {name: FILES[name] + "    - 差评: 1\n"}


@pytest.mark.parametrize(
    ("intent", "file"),
    [("faq/ask_place", "faq.yml"), ("complain_again", "talk.yml"), ("xyz", "xyz.yml")],
)
def test_a_new_intent_goes_where_it_fits(project, intent, file):
    path, _ = saved(project, lambda one: one.add_example(intent, "新"))
    assert path == project / "data" / "nlu" / file
    again, _ = saved(project, lambda one: one.add_example(intent, "新的"))
    assert again == path
    found = [one for one in load_project(project).project.nlu.examples if one.full_intent == intent]
    assert [one.text for one in found] == ["新", "新的"]


def test_an_example_is_not_written_twice(project):
    with pytest.raises(EditRefused, match=r"talk\.yml:4: 'greet' has the example '你好' already"):
        ProjectEditor(project).add_example("greet", " 你好\n")


def test_an_example_moves(project):
    _, changed = saved(project, lambda one: one.move_example("complain", "complain", "greet"))
    assert changed["data/nlu/talk.yml"] == (
        'nlu:\n- intent: "greet"\n  examples: |\n    - 你好\n    - complain\n'
        "- intent: complain\n  examples: |\n    - 投诉\n"
    )


def test_an_annotation_is_changed(project):
    _, changed = saved(project, lambda one: one.change_example("greet", "你好", "[你](who)好"))
    assert "    - [你](who)好\n" in changed["data/nlu/talk.yml"]
    _, changed = saved(project, lambda one: one.remove_example("greet", "你好"))
    assert "你" not in changed["data/nlu/talk.yml"]


def test_an_example_that_is_not_there(project):
    with pytest.raises(EditRefused, match="'greet' has no example '早'"):
        ProjectEditor(project).remove_example("greet", "早")


STEPS = [{"intent": "greet"}, {"action": "utter_greet"}]


def test_stories_look_like_the_ones_above_them(project):
    _, changed = saved(project, lambda one: one.add_story("story", "新的", STEPS))
    text = FILES["data/stories.yml"].replace(
        "rules:\n",
        "\n- story: 新的\n  steps:\n    - intent: greet\n    - action: utter_greet\nrules:\n",
    )
    assert changed == {"data/stories.yml": text}


def test_rules_and_tests_go_to_their_files(project):
    condition = {"condition": [{"active_loop": "f"}]}
    editor = ProjectEditor(project)
    assert editor.add_story("rule", "新的", STEPS, more=condition).name == "stories.yml"
    user = [{"user": "你好: [x](y)", "intent": "greet"}, {"action": "utter_greet"}]
    assert editor.add_story("test", "新的", user).name == "test_stories.yml"
    editor.save()
    assert texts(project)["data/stories.yml"].endswith(
        "- rule: 新的\n  condition:\n  - active_loop: f\n  steps:\n"
        "  - intent: greet\n  - action: utter_greet\n"
    )
    assert texts(project)["tests/test_stories.yml"].endswith(
        '- story: 新的\n  steps:\n  - user: "你好: [x](y)"\n    intent: greet\n'
        "  - action: utter_greet\n"
    )


def test_a_story_goes_where_its_intents_are(project):
    rules = "- rule: {}\n  steps:\n  - intent: {}\n  - action: utter_greet\n"
    many = "".join(rules.format(n, "bye") for n in range(3))
    (project / "data" / "a.yml").write_text(f"rules:\n{many}")
    (project / "data" / "b.yml").write_text("rules:\n" + rules.format("x", "'complain'"))
    editor = ProjectEditor(project)
    steps = [{"intent": "complain"}, {"action": "utter_greet"}]
    assert editor.add_story("rule", "新的", steps) == project / "data" / "b.yml"
    assert (
        editor.add_story("rule", "旧的", [{"intent": "bye"}, {"action": "utter_x"}]).name == "a.yml"
    )
    assert editor.add_story("rule", "别的", [{"action": "utter_x"}]).name == "a.yml"


def test_a_project_without_stories_gets_a_file(project):
    (project / "data" / "stories.yml").unlink()
    (project / "tests" / "test_stories.yml").unlink()
    editor = ProjectEditor(project)
    assert editor.add_story("story", "新的", STEPS) == project / "data/stories.yml"
    assert editor.add_story("test", "新的", STEPS) == project / "tests/test_stories.yml"
    editor.add_story("story", "另", STEPS)
    editor.save()
    assert (
        (project / "data/stories.yml")
        .read_text()
        .startswith('version: "3.1"\n\nstories:\n- story: 新的\n')
    )


def test_the_domain_grows(project):
    editor = ProjectEditor(project)
    slot = {"type": "text", "mappings": [{"type": "from_entity", "entity": "city"}]}
    assert editor.add_to_domain("intents", "greet") is None
    assert editor.add_to_domain("intents", "faq") is None
    assert editor.add_to_domain("intents", "bye").name == "domain.yml"
    editor.add_to_domain("entities", "size", {"roles": ["from"]})
    editor.add_to_domain("slots", "city", slot)
    editor.add_to_domain("responses", "utter_bye", [{"text": "再见: #1"}])
    editor.save()
    text = FILES["domain.yml"].replace("- complain\n", "- complain\n- bye\n")
    text = text.replace("[city]", "[city, {size: {roles: [from]}}]")
    text = text.replace(
        "forms:\n",
        "  city:\n    type: text\n    mappings:\n"
        "    - type: from_entity\n      entity: city\nforms:\n",
    )
    text += '  utter_bye:\n  - text: "再见: #1"\n'
    assert texts(project)["domain.yml"] == text


def test_what_is_open_in_an_editor_counts(project):
    path = project / "data" / "nlu" / "talk.yml"
    text = FILES["data/nlu/talk.yml"] + "    - 太差了\n"
    editor = ProjectEditor(project, texts={path: text})
    editor.rename_intent("complain", "be_angry")
    (change,) = [one for one in editor.changes if one.path == path]
    assert change.edits() == [(4, 5, "- intent: be_angry\n")]
    assert change.before == text.encode()
