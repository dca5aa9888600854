"""The graph of stories: what is put together, and what the page is told."""

import json
import re

import pytest

from kefu.evaluation.page.writing import LANGUAGES, write_page
from kefu.evaluation.story_page.content import story_content
from kefu.evaluation.story_page.graph import build_graph
from kefu.project.problems import Report
from kefu.project.stories_file import StoryCollector
from kefu.training.validation import find_problems
from tests.unit.project.builder import document, project

EVIL = "</script><script>alert(1)</script> {{policy}} \u2028"
DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)
DOMAIN = """
version: "3.1"
intents: [greet, bye, order, never]
entities: [number]
slots:
  number:
    type: text
    mappings:
    - type: from_entity
      entity: number
forms:
  order_form:
    ignored_intents: [greet]
    required_slots: [number]
responses:
  utter_greet:
  - text: 您好
  utter_bye:
  - text: 再见
  utter_ask_number:
  - text: 单号？
  utter_spare:
  - text: 没人用
"""
NLU = """
nlu:
- intent: greet
  examples: |
    - 你好
    - 在吗
- intent: bye
  examples: |
    - 再见
    - 拜
"""


def graph(text, **options):
    collector = StoryCollector(Report())
    collector.add(document(text, "s.yml")[0])
    data = collector.data()
    return build_graph((*data.stories, *data.rules), **options)


def drawn(built, roots=None):
    """Return the tree as nested lists of names."""

    def below(number):
        node = built.nodes[number]
        name = node.label.name or node.label.kind
        if node.goes_to >= 0:
            return [f"{name} → {node.goes_to}"]
        return [name, *(below(child) for child in node.children)]

    return [below(root) for root in (built.roots if roots is None else roots)]


def stories(*all_steps):
    return "stories:\n" + "".join(
        f"- story: s{number}\n  steps:\n" + "".join(f"  - {step}\n" for step in steps)
        for number, steps in enumerate(all_steps)
    )


def test_stories_that_begin_alike_are_one_until_they_differ():
    built = graph(stories(
        ["intent: greet", "action: utter_greet", "intent: bye"],
        ["intent: greet", "action: utter_greet", "intent: order"],
        ["intent: bye"],
    ))  # fmt: skip
    assert drawn(built) == [["greet", ["utter_greet", ["bye"], ["order"]]], ["bye"]]
    assert built.nodes[0].stories == [0, 1]
    assert [place.line for place in built.nodes[0].places] == [4, 9]


def test_what_differs_in_entities_or_slots_is_not_put_together():
    built = graph(stories(
        ["intent: greet\n    entities:\n    - number: 1"],
        ["intent: greet"],
        ["slot_was_set:\n    - number: a"],
        ["slot_was_set:\n    - number: null"],
    ))  # fmt: skip
    assert [(node.label.name, node.label.detail) for node in built.nodes] == [
        ("greet", "number = 1"), ("greet", ""), ("number", "a"), ("number", "null"),
    ]  # fmt: skip


def test_a_story_stands_behind_the_checkpoint_it_begins_at():
    built = graph(stories(
        ["intent: greet", "checkpoint: asked"],
        ["intent: bye", "checkpoint: asked"],
        ["checkpoint: asked", "action: utter_bye"],
        ["checkpoint: asked", "intent: order", "checkpoint: asked"],
    ))  # fmt: skip
    first, second = drawn(built)
    assert first == ["greet", ["asked", ["utter_bye"], ["order", ["asked → 1"]]]]
    assert second == ["bye", ["asked → 1"]]


def test_a_checkpoint_that_nothing_leads_to_begins_a_story():
    built = graph(stories(["checkpoint: lost", "action: utter_bye"], ["checkpoint: a",
                  "action: utter_x", "checkpoint: a"]))  # fmt: skip
    lost, circle = drawn(built)
    assert lost == ["lost", ["utter_bye"]]
    assert circle == ["a", ["utter_x", ["a", ["utter_x", ["a → 4"]]]]], "a circle is drawn once"


def test_the_same_last_turns_are_drawn_once_with_a_history():
    text = stories(
        ["intent: greet", "action: utter_greet", "intent: bye", "action: utter_bye"],
        ["intent: order", "action: utter_greet", "intent: bye", "action: utter_x"],
    )
    assert drawn(graph(text))[1] == ["order", ["utter_greet", ["bye", ["utter_x"]]]]
    built = graph(text, max_history=1)
    assert drawn(built) == [
        ["greet", ["utter_greet", ["bye", ["utter_bye"], ["utter_x"]]]],
        ["order", ["utter_greet", ["bye → 2"]]],
    ]
    assert built.nodes[2].stories == [0, 1]


def test_rules_stand_apart_with_their_conditions():
    built = graph(
        stories(["intent: greet"])
        + "rules:\n- rule: r\n  condition:\n  - active_loop: order_form\n"
        "  conversation_start: true\n  steps:\n  - intent: greet\n  - active_loop: null\n"
    )
    assert drawn(built) == [["greet"]]
    assert drawn(built, built.rule_roots) == [["start", ["order_form", ["greet", ["end"]]]]]
    assert [node.label.kind for node in built.nodes][1:] == ["start", "if", "intent", "end"]


def test_alternatives_are_one_step():
    built = graph(stories(["or:\n    - intent: greet\n    - intent: bye"]))
    assert drawn(built) == [["greet | bye"]]


# what the page is told


def content(text, **options):
    loaded = project(domain=DOMAIN, nlu=NLU, stories=text)
    found = loaded.project or loaded.draft
    return story_content(found, find_problems(loaded), **options)


RULE = "rules:\n- rule: greet\n  steps:\n  - intent: greet\n  - action: utter_greet\n"


def test_a_story_that_a_rule_contradicts_is_marked_where_they_part():
    data = content(RULE + stories(["intent: greet", "action: utter_bye"]))
    contradictions = [n for n, one in enumerate(data["problems"]) if one[1] == "rule.contradiction"]
    assert contradictions
    marked = {node[1] for node in data["nodes"] if set(contradictions) & set(node[5])}
    assert "utter_bye" in marked
    assert data["stories"][0][4], "the story has part in it"


def test_loose_checkpoints_and_unused_names_are_told():
    data = content(RULE + stories(["intent: bye", "action: utter_bye", "checkpoint: nowhere"]))
    codes = {one[1] for one in data["problems"]}
    assert "story.loose-checkpoint" in codes
    (node,) = [node for node in data["nodes"] if node[1] == "nowhere"]
    assert node[5]
    unused = {(kind, message.split("'")[1]) for kind, message, *_ in data["unused"]}
    assert {("intent", "never"), ("response", "utter_spare"), ("examples", "order")} <= unused


def test_texts_examples_and_forms_are_there_with_their_places():
    data = content(RULE)
    assert data["intents"]["greet"][0] == 2
    text, file, line = data["intents"]["greet"][1][0]
    assert (text, data["files"][file], line) == ("你好", "nlu.yml", 5)
    assert data["responses"]["utter_greet"][0] == ["您好"]
    (form,) = data["forms"]
    assert form["name"] == "order_form"
    assert form["slots"] == [["number", "utter_ask_number", ["from_entity · entity: number"]]]
    assert form["ignored"] == ["greet"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_keeps_texts_as_texts_and_asks_for_nothing(tmp_path, language):
    data = content(RULE)
    data["responses"]["utter_greet"] = [[EVIL], 0, 1]
    path = tmp_path / "graph.html"
    write_page(path, data, language=language, package="kefu.evaluation.story_page")
    page = path.read_text("utf-8")
    assert page.count("<script") == 2
    assert "http" not in page.replace("http-equiv", "").replace("http://www.w3.org/2000/svg", "")
    assert json.loads(DATA.search(page)[1])["responses"]["utter_greet"][0] == [EVIL]


def test_both_languages_say_the_same_things(tmp_path):
    write_page(tmp_path / "g.html", content(RULE), language="zh",
               package="kefu.evaluation.story_page")  # fmt: skip
    words = json.loads(DATA.search((tmp_path / "g.html").read_text("utf-8"))[1])["words"]
    assert set(words["zh"]) == set(words["en"])
    holes = {language: {key: sorted(re.findall(r"\{(\w+)\}", text)) for key, text in own.items()}
             for language, own in words.items()}  # fmt: skip
    assert holes["zh"] == holes["en"]
