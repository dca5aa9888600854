"""``kefu lsp`` as an editor uses it, with what is saved and what is not."""

import json

import pytest

from kefu.project.load import load_project
from tests.integration.editor import applied, editor

DOMAIN = """\
version: "3.1"
intents: [greet, order, ask]
entities: [city, dish]
slots:
  dish:
    type: text
    mappings:
      - type: from_entity
        entity: dish
  city:
    type: text
    mappings:
      - type: custom
forms:
  order_form:
    required_slots: [dish]
responses:
  utter_greet:
    - text: 你好😀，{dish}！
      buttons:
        - {title: Order, payload: /order}
  utter_ask_dish:
    - text: What?
actions: [action_cook]
"""
NLU = """\
version: "3.1"
nlu:
  - intent: greet
    examples: |
      - 你好
      - 😀😀 hello [上海](city)
  - intent: order
    examples: |
      - I want [noodles](dish)
      - bring [rice]{"entity": "dish"} please
  - intent: ask/price
    examples: |
      - how much
      - what does it cost
responses:
  utter_ask/price:
    - text: Five.
"""
RULES = """\
version: "3.1"
rules:
  - rule: greet
    steps:
      - intent: greet
      - action: utter_greet
  - rule: order
    steps:
      - intent: order
      - action: order_form
      - active_loop: order_form
  - rule: cook
    condition:
      - active_loop: order_form
      - slot_was_set:
          - dish: noodles
    steps:
      - action: order_form
      - active_loop: null
      - action: action_cook
  - rule: ask
    steps:
      - intent: ask
      - action: utter_ask
"""
CONFIG = """\
language: zh
pipeline:
  - name: JiebaTokenizer
  - name: CountVectorsFeaturizer
  - name: LogisticRegressionClassifier
  - name: CRFEntityExtractor
  - name: ResponseSelector
policies:
  - name: RulePolicy
"""
TESTS = """\
stories:
  - story: hello
    steps:
      - user: hello [上海](city)
        intent: greet
      - action: utter_greet
"""
FILES = {
    "domain.yml": DOMAIN,
    "data/nlu.yml": NLU,
    "data/rules.yml": RULES,
    "config.yml": CONFIG,
    "tests/test_stories.yml": TESTS,
    "desk.yml": "sensitive_intents: [order]\n",
    "actions/__init__.py": "",
    "actions/cook.py": 'class Cook:\n    def name(self):\n        return "action_cook"\n',
}


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "my 店"
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    assert not load_project(root).problems
    return root


@pytest.fixture
def here(root):
    with editor(root) as found:
        yield found


def labels(found):
    return [one["label"] for one in found]


def codes(found):
    return [one["code"] for one in found]


# problems as they are typed


def test_problems_of_unsaved_text_come_and_go(here):
    text = here.open("data/rules.yml")
    place = here.at("", text, "intent: greet|")["position"]
    span = {"start": {**place, "character": place["character"] - 5}, "end": place}
    here.change("data/rules.yml", {"range": span, "text": "gret"})
    (found,) = here.problems_of("data/rules.yml", wanted=lambda found: found)
    assert found["code"] == "story.unknown-intent"
    assert found["severity"] == 2
    assert "did you mean 'greet'" in found["message"]
    assert found["range"]["start"]["line"] == place["line"]
    here.change("data/rules.yml", {"text": text})
    here.problems_of("data/rules.yml", wanted=lambda found: not found)
    assert (here.root / "data/rules.yml").read_text("utf-8") == RULES


def test_places_count_as_editors_count(here):
    text = NLU.replace("[上海](city)", "[上海]{entity: city}")
    here.open("data/nlu.yml", text)
    found = here.problems_of("data/nlu.yml", wanted=lambda found: found)
    (problem,) = [one for one in found if one["code"] == "nlu.bad-annotation"]
    start = problem["range"]["start"]
    line = text.split("\n")[start["line"]]
    before = line.encode("utf-16-le")[: 2 * start["character"]].decode("utf-16-le")
    assert before.endswith("😀😀 hello ")


def test_a_syntax_error_is_a_problem_and_its_repair_is_seen(here):
    here.open("domain.yml", DOMAIN.replace("[greet, order, ask]", "[greet, order, ask"))
    assert "yaml.syntax" in codes(here.problems_of("domain.yml", wanted=lambda found: found))
    here.change("domain.yml", {"text": DOMAIN})
    here.problems_of("domain.yml", wanted=lambda found: not found)


def test_a_file_that_is_closed_is_what_it_is_on_the_disk(here):
    here.open("data/rules.yml", RULES.replace("intent: greet", "intent: gone"))
    here.problems_of("data/rules.yml", wanted=lambda found: found)
    uri = here.uri("data/rules.yml")
    here.tell("textDocument/didClose", textDocument={"uri": uri})
    here.problems_of("data/rules.yml", wanted=lambda found: not found)


def test_test_stories_and_settings_are_checked(here):
    here.open("tests/test_stories.yml", TESTS.replace("action:", "acton:"))
    found = here.problems_of("tests/test_stories.yml", wanted=lambda found: found)
    assert codes(found) == ["story.unknown-step"]
    here.open("desk.yml", "sensitive_intent: [order]\n")
    assert "desk.unknown-key" in codes(here.problems_of("desk.yml", wanted=lambda found: found))


def test_a_file_that_is_deleted_takes_its_problems_along(here):
    path = here.root / "data/more.yml"
    path.write_text("rules: [{rule: a, steps: [{intent: nobody}]}]\n")
    here.tell("workspace/didChangeWatchedFiles", changes=[])
    here.problems_of("data/more.yml", wanted=lambda found: found)
    path.unlink()
    here.tell("workspace/didChangeWatchedFiles", changes=[])
    here.problems_of("data/more.yml", wanted=lambda found: not found)


# completion

COMPLETED = [
    ("data/rules.yml", RULES, "intent: gr|eet", "greet"),
    ("data/rules.yml", RULES, "intent: |greet", "order"),
    ("data/rules.yml", RULES, "action: |utter_greet", "utter_greet"),
    ("data/rules.yml", RULES, "action: |utter_greet", "action_cook"),
    ("data/rules.yml", RULES, "active_loop: |order_form", "order_form"),
    ("data/rules.yml", RULES, "- di|sh: noodles", "dish"),
    ("data/rules.yml", RULES, "- ru|le: greet", "rule"),
    ("data/rules.yml", RULES, "- ac|tion: utter_greet", "action"),
    ("data/nlu.yml", NLU, "intent: or|der", "order"),
    ("data/nlu.yml", NLU, "hello [上海](ci|ty)", "city"),
    ("data/nlu.yml", NLU, '{"entity": "|dish"}', "dish"),
    ("data/nlu.yml", NLU, '[rice]{"|entity": "dish"}', "role"),
    ("domain.yml", DOMAIN, "type: |text", "categorical"),
    ("domain.yml", DOMAIN, "- type: |from_entity", "from_intent"),
    ("domain.yml", DOMAIN, "entity: |dish", "city"),
    ("domain.yml", DOMAIN, "required_slots: [|dish]", "city"),
    ("domain.yml", DOMAIN, "你好😀，{di|sh}", "dish"),
    ("domain.yml", DOMAIN, "payload: /or|der", "/order"),
    ("config.yml", CONFIG, "name: Jieba|Tokenizer", "JiebaTokenizer"),
    ("config.yml", CONFIG, "name: |RulePolicy", "MemoizationPolicy"),
    ("tests/test_stories.yml", TESTS, "hello [上海](|city)", "dish"),
    ("desk.yml", FILES["desk.yml"], "[or|der]", "order"),
]


def test_names_and_keys_are_completed(here):
    opened = set()
    for name, text, mark, wanted in COMPLETED:
        if name not in opened:
            here.open(name)
            opened.add(name)
        found = here.ask("textDocument/completion", **here.at(name, text, mark))
        assert wanted in labels(found), (mark, labels(found))


def test_what_is_typed_is_replaced_also_behind_wide_characters(here):
    text = NLU.replace("(city)", "(ci)")
    here.open("data/nlu.yml", text)
    found = here.ask("textDocument/completion", **here.at("data/nlu.yml", text, "[上海](ci|)"))
    (edit,) = [one["textEdit"] for one in found if one["label"] == "city"]
    assert applied(text, [edit]) == NLU


def test_a_new_name_is_completed_before_anything_is_saved(here):
    here.open("domain.yml", DOMAIN.replace("[greet, ", "[greet, goodbye, "))
    here.open("data/rules.yml")
    found = here.ask(
        "textDocument/completion", **here.at("data/rules.yml", RULES, "intent: |greet")
    )
    assert "goodbye" in labels(found)


def test_a_half_written_file_is_completed(here):
    text = RULES + "  - rule: more\n    steps:\n      - intent: \n"
    here.open("data/rules.yml", text)
    place = here.at("data/rules.yml", text + "\x00", "- intent: |\n\x00")
    assert "order" in labels(here.ask("textDocument/completion", **place))


def test_within_examples_no_keys_are_offered(here):
    here.open("data/nlu.yml")
    assert here.ask("textDocument/completion", **here.at("data/nlu.yml", NLU, "- 你|好")) == []


# where names are


def lines_of(found):
    return {(one["uri"].rpartition("/")[2], one["range"]["start"]["line"] + 1) for one in found}


@pytest.mark.parametrize(
    ("name", "mark", "wanted"),
    [
        ("data/rules.yml", "intent: gr|eet", {("nlu.yml", 3), ("domain.yml", 2)}),
        ("data/rules.yml", "action: utter_|greet", {("domain.yml", 18)}),
        ("data/rules.yml", "action: order_|form", {("domain.yml", 15)}),
        ("data/rules.yml", "- di|sh: noodles", {("domain.yml", 5)}),
        ("data/rules.yml", "action: action_|cook", {("cook.py", 3), ("domain.yml", 24)}),
        ("data/nlu.yml", "[上海](ci|ty)", {("domain.yml", 3)}),
        ("data/nlu.yml", "- 你|好", set()),
    ],
)
def test_definitions(here, name, mark, wanted):
    text = here.open(name)
    found = here.ask("textDocument/definition", **here.at(name, text, mark))
    assert lines_of(found) == wanted


def test_references(here):
    here.open("domain.yml")
    place = here.at("domain.yml", DOMAIN, "entities: [city, di|sh]")
    found = here.ask("textDocument/references", context={"includeDeclaration": True}, **place)
    assert lines_of(found) == {
        ("domain.yml", 3),
        ("domain.yml", 9),
        ("nlu.yml", 9),
        ("nlu.yml", 10),
    }
    place = here.at("domain.yml", DOMAIN, "[greet, or|der")
    found = here.ask("textDocument/references", context={"includeDeclaration": True}, **place)
    wanted = {
        ("domain.yml", 2),
        ("domain.yml", 21),
        ("nlu.yml", 7),
        ("rules.yml", 9),
        ("desk.yml", 1),
    }
    assert lines_of(found) == wanted


def test_hover_and_outline(here):
    here.open("data/rules.yml")
    hover = here.ask("textDocument/hover", **here.at("data/rules.yml", RULES, "intent: gr|eet"))
    assert "2 examples" in hover["contents"]["value"]
    hover = here.ask("textDocument/hover", **here.at("data/rules.yml", RULES, "utter_|greet"))
    assert "你好" in hover["contents"]["value"]
    uri = {"uri": here.uri("data/rules.yml")}
    names = [one["name"] for one in here.ask("textDocument/documentSymbol", textDocument=uri)]
    assert names == ["version", "rules", "greet", "order", "cook", "ask"]


# renaming


def renamed(here, name, mark, new):
    text = here.open(name)
    return here.answer("textDocument/rename", newName=new, **here.at(name, text, mark))


def apply(here, edit):
    for uri, edits in edit["changes"].items():
        (path,) = [here.root / name for name in FILES if here.uri(name) == uri]
        path.write_text(applied(path.read_text("utf-8"), edits), "utf-8")


@pytest.mark.parametrize(
    ("name", "mark", "new", "files"),
    [
        ("data/rules.yml", "intent: or|der", "buy", 4),
        ("data/rules.yml", "intent: as|k", "question", 3),
        ("data/nlu.yml", "[上海](ci|ty)", "town", 3),
        ("domain.yml", "  di|sh:\n    type", "meal", 2),
        ("data/rules.yml", "utter_|greet", "utter_hello", 3),
        ("data/rules.yml", "active_loop: order_|form", "meal_form", 2),
    ],
)
def test_names_are_renamed_in_all_files(here, name, mark, new, files):
    answer = renamed(here, name, mark, new)
    if "error" in answer:
        # Safe or not at all: a slot of the name of what asks for it is not renamed alone.
        assert new == "meal"
        assert "safely" in answer["error"]["message"]
        return
    assert len(answer["result"]["changes"]) == files
    before = load_project(here.root)
    apply(here, answer["result"])
    after = load_project(here.root)
    assert after.project is not None
    assert [one.code for one in after.problems] == [one.code for one in before.problems]
    assert new in str(after.project.domain.data)


@pytest.mark.parametrize(
    ("mark", "new", "told"),
    [
        ("intent: or|der", "greet", "already"),
        ("intent: or|der", "two words", "no good"),
        ("utter_|greet", "hello", "begins with 'utter_'"),
        ("action_|cook", "action_bake", "Python"),
        ("rule: gr|eet", "x", "no name"),
    ],
)
def test_what_cannot_be_renamed_is_said(here, mark, new, told):
    answer = renamed(here, "data/rules.yml", mark, new)
    assert told in answer["error"]["message"]


def test_what_is_renamed_is_told_before(here):
    text = here.open("data/rules.yml")
    found = here.ask(
        "textDocument/prepareRename", **here.at("data/rules.yml", text, "intent: gr|eet")
    )
    assert found["placeholder"] == "greet"
    assert (
        here.ask("textDocument/prepareRename", **here.at("data/rules.yml", text, "st|eps")) is None
    )


def test_renaming_reads_what_is_not_saved(here):
    text = RULES + "  - rule: twice\n    steps: [{intent: order}, {action: utter_greet}]\n"
    here.open("data/rules.yml", text)
    place = here.at("data/rules.yml", text, "intent: or|der")
    edit = here.ask("textDocument/rename", newName="buy", **place)
    after = applied(text, edit["changes"][here.uri("data/rules.yml")])
    assert "intent: order" not in after
    assert after.count("intent: buy") == 2


# repairs


def test_a_name_is_declared_by_a_quick_fix(here):
    text = RULES.replace("intent: greet", "intent: goodbye")
    here.open("data/rules.yml", text)
    found = here.problems_of("data/rules.yml", wanted=lambda found: found)
    actions = here.ask(
        "textDocument/codeAction",
        textDocument={"uri": here.uri("data/rules.yml")},
        range=found[0]["range"],
        context={"diagnostics": found},
    )
    (action,) = actions
    assert "Declare 'goodbye'" in action["title"]
    after = applied(DOMAIN, action["edit"]["changes"][here.uri("domain.yml")])
    here.open("domain.yml", after)
    here.problems_of(
        "data/rules.yml", wanted=lambda found: "story.unknown-intent" not in codes(found)
    )


# whatever comes


def test_the_server_goes_on_whatever_comes(here):
    here.send_raw(b"{this is not json")
    assert here.until(lambda one: "error" in one)["error"]["code"] == -32700
    here.send_raw(b"[1, 2]")
    assert here.until(lambda one: "error" in one)["error"]["code"] == -32600
    here.process.stdin.write(b"Nonsense\r\n")
    assert here.answer("no/suchMethod")["error"]["code"] == -32601
    assert here.answer("textDocument/hover")["error"]["code"] == -32602
    here.send(id="x", method="textDocument/hover", params=[1])
    assert here.until(lambda one: one.get("id") == "x")["error"]["code"] == -32602
    here.tell("textDocument/didChange", textDocument={"uri": here.uri("never/opened.yml")})
    here.tell("textDocument/didOpen")
    here.tell("$/cancelRequest", id=5)
    far = {"line": 10**6, "character": 10**6}
    for uri in (here.uri("missing.yml"), "untitled:Untitled-1", here.uri("data/nlu.yml")):
        given = {"textDocument": {"uri": uri}, "position": far}
        assert here.ask("textDocument/definition", **given) == []
        here.ask("textDocument/completion", **given)
    (here.root / "domain.yml").write_bytes(b"\xff\xfe\x00")
    here.open("data/rules.yml")
    here.problems_of("domain.yml", wanted=lambda found: "file.not-utf-8" in codes(found))
    (here.root / "domain.yml").unlink()
    here.tell("workspace/didChangeWatchedFiles", changes=[])
    here.problems_of("domain.yml", wanted=lambda found: "project.no-domain" in codes(found))


def test_its_end_is_orderly(here):
    assert here.ask("shutdown") is None
    assert here.answer("textDocument/hover")["error"]["code"] == -32600
    here.tell("exit")
    assert here.process.wait(60) == 0


def test_an_editor_that_is_gone_ends_it(root):
    with editor(root) as here:
        here.process.stdin.close()
        assert here.process.wait(60) == 1
        here.process.stdin = None


def test_nothing_is_answered_before_the_beginning(root):
    with editor(root, starts=False) as here:
        assert here.answer("textDocument/hover")["error"]["code"] == -32002
        assert here.ask("initialize", rootUri=root.as_uri())["serverInfo"]["name"] == "kefu"


def test_the_project_may_lie_below_the_folder_that_is_open(root):
    with editor(root.parent, starts=False) as here:
        folders = [{"uri": (root.parent / name).as_uri(), "name": name} for name in ("x", "")]
        here.ask("initialize", rootUri=root.parent.as_uri(), workspaceFolders=folders)
        name = f"{root.name}/data/rules.yml"
        here.open(name, RULES.replace("intent: greet", "intent: gret"))
        found = here.problems_of(name, wanted=lambda found: found)
        assert codes(found) == ["story.unknown-intent"]
        assert json.dumps(found)
