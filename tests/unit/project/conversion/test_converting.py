"""Data of one format is the same data in another; what cannot be said is told."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from kefu.cli.root import kefu
from kefu.errors import ProjectError
from kefu.project.conversion.as_written import written_section
from kefu.project.conversion.nlu_formats import read_nlu_data, written_nlu, written_responses
from kefu.project.conversion.nlu_items import nlu_items
from kefu.project.conversion.story_formats import read_plain_stories, written_stories
from kefu.project.load import load_project

NLU = """\
version: "3.1"
nlu:
- intent: order
  examples: |
    - 去[北京](city)
    - 从[上海]{"entity": "city", "role": "from"}到[京]{"entity": "city", "value": "北京"}
    - 买 \\[两\\](张)票
- intent: faq/name
  examples: |
    - 你叫什么
    - 你是谁
- synonym: 北京
  examples: |
    - 首都
- regex: zip
  examples: |
    - \\d{6}
- lookup: city
  examples: |
    - 北京
    - 上海
responses:
  utter_faq/name:
  - text: 我是小店
  - text: "一\\n二"
"""
STORIES = """\
version: "3.1"
stories:
- story: one
  steps:
  - checkpoint: begin
    slot_was_set:
    - paid: true
  - or:
    - intent: greet
    - intent: order
      entities:
      - city: 北京
      - city: 上海
  - action: order_form
  - active_loop: order_form
  - slot_was_set:
    - city: 北京
    - size: null
  - active_loop: null
  - user: 你好
    intent: greet
  - action: utter_greet
  - checkpoint: end
- story: roles
  steps:
  - intent: order
    entities:
    - city: 北京
      role: to
  - action: utter_greet
rules:
- rule: two
  steps:
  - intent: greet
  - action: utter_greet
"""


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    Path("data/nlu.yml").write_text(NLU, "utf-8")
    Path("data/stories.yml").write_text(STORIES, "utf-8")


def run(*args, status=0):
    try:
        done = CliRunner().invoke(kefu, ["data", *map(str, args)], catch_exceptions=False)
    except ProjectError as error:
        assert status == 1
        return str(error)
    assert done.exit_code == status, done.output
    return done.output


def nothing(*what):
    raise AssertionError(what)


@pytest.mark.parametrize("form", ["yaml", "json", "md"])
def test_examples_are_the_same_in_every_format(form):
    before, _ = read_nlu_data([Path("data/nlu.yml")], nothing)
    target = Path("new." + {"yaml": "yml"}.get(form, form))
    run("convert", "nlu", "-f", form, "--out", target)
    after, problems = read_nlu_data([target], nothing)
    assert not problems
    assert after.examples == before.examples
    assert after.synonyms == before.synonyms
    assert (after.regexes, after.lookups) == (before.regexes, before.lookups)
    assert written_nlu(after, form, nlu_items([target])) == target.read_text("utf-8")


@pytest.mark.parametrize("form", ["yaml", "md"])
def test_answers_are_the_same_in_every_format(form):
    run("convert", "responses", "-f", form, "--out", "new")
    (target,) = Path("new/data").iterdir()
    data, _ = read_nlu_data([target], nothing)
    assert [one["text"] for one in data.responses["utter_faq/name"]] == ["我是小店", "一\n二"]
    assert written_responses(data, form, [target]) == target.read_text("utf-8")


def test_stories_survive_markdown_as_far_as_it_can_say_them():
    output = run("convert", "stories", "-f", "md", "--out", "new.md")
    assert "data/stories.yml:24: left out, Markdown cannot say it" in output
    assert "data/stories.yml:32: left out, Markdown has no rules: 'two'" in output
    run("convert", "stories", "--data", "new.md", "--out", "back.yml")
    before, _ = read_plain_stories(Path("data/stories.yml"), nothing)
    after, _ = read_plain_stories(Path("back.yml"), nothing)
    assert after[0].content == before[0].content
    assert [story.name for story in after] == ["one", "roles"]


def test_stories_as_yaml_are_what_they_were():
    run("convert", "stories", "--out", "new")
    before, _ = read_plain_stories(Path("data/stories.yml"), nothing)
    after, _ = read_plain_stories(Path("new/data/stories.yml"), nothing)
    assert [one.content for one in after] == [one.content for one in before]
    assert written_stories(after, "yaml", nothing) == Path("new/data/stories.yml").read_text()


COMMENTED = """\
# the file

version: "3.1"   # of Rasa
nlu:
# about greetings
- intent: greet   # often
  examples: |
    - 你好
    - 在吗
    - 您好

# goods
- intent: order
  examples:
  # the first
  - text: 买[茶](goods)
    metadata: 1
  - text: 来一壶
  # the third
  - text: 要杯茶
  metadata: {mood: happy}
- {intent: bye, examples: "- 再见\\n- 拜拜\\n"}
- synonym: 茶
  examples: |
    - tea
# the end
"""


def test_comments_and_layout_of_yaml_stay_as_they_are():
    Path("data/nlu.yml").write_text(COMMENTED, "utf-8")
    run("convert", "nlu", "--out", "new.yml")
    after = Path("new.yml").read_text("utf-8").splitlines()
    content = [line for line in COMMENTED.splitlines() if line.strip() and "version" not in line]
    kept = [line for line in after if line.strip() and "version" not in line]
    assert sorted(kept) == sorted(content)
    assert kept[:3] == ["nlu:", "# the file", "# about greetings"]
    assert kept[3:] == content[3:]


def test_comments_go_to_markdown_and_back():
    Path("data/nlu.yml").write_text(COMMENTED, "utf-8")
    run("convert", "nlu", "-f", "md", "--out", "new.md")
    assert "<!-- goods -->\n## intent:order\n- 买[茶](goods)\n" in Path("new.md").read_text("utf-8")
    run("convert", "nlu", "--data", "new.md", "--out", "back.yml")
    assert "# goods\n- intent: order\n" in Path("back.yml").read_text("utf-8")
    output = run("convert", "nlu", "-f", "json", "--out", "new.json")
    assert "data/nlu.yml: left out, JSON has none: 4 lines of comments" in output


def test_comments_of_stories_stay_and_go_to_markdown():
    stories = STORIES.replace("- story: roles", "# two roles\n- story: roles   # a story", 1)
    Path("data/stories.yml").write_text(stories, "utf-8")
    run("convert", "stories", "--out", "new")
    assert "\n# two roles\n- story: roles   # a story\n" in Path("new/data/stories.yml").read_text()
    run("convert", "stories", "-f", "md", "--out", "new.md")
    assert "<!-- two roles -->\n## roles\n" in Path("new.md").read_text()


def test_an_item_that_lives_by_an_anchor_elsewhere_is_written_out():
    text = "stories:\n- story: a\n  steps: &x\n  - intent: greet\n- story: b\n  steps: *x\n"
    Path("data/stories.yml").write_text(text)
    run("convert", "stories", "--out", "new.yml")
    assert written_section(Path("new.yml"), "stories")[1].lines == [
        "- story: b", "  steps:", "  - intent: greet",
    ]  # fmt: skip


def test_nothing_to_convert_and_missing_files_are_told():
    assert "there is no missing" in run("convert", "nlu", "--data", "missing", status=1)
    Path("other").mkdir()
    assert "nothing to convert" in run("convert", "stories", "--data", "other", status=1)
    Path("data/bad.yml").write_text("nlu:\n- intent: [\n")
    assert "have to be put right first" in run("convert", "nlu", status=1)
    assert not Path("converted_data/data/bad.yml").exists()


def test_a_file_is_not_overwritten_by_itself():
    output = run("convert", "nlu", "--data", "data/nlu.yml", "--out", "data/nlu.yml", status=1)
    assert "choose another --out" in output
    assert Path("data/nlu.yml").read_text("utf-8") == NLU


def test_policies_are_converted_alone():
    Path("domain.yml").write_text(
        'version: "2.0"\nintents:\n- help:\n    triggers: utter_help\nresponses:\n'
        "  utter_help:\n  - text: help\n"
    )
    Path("config.yml").write_text("language: en\npipeline: []\npolicies:\n- name: MappingPolicy\n")
    output = run("convert", "config", "--out", "data/mine.yml")
    assert "data/mine.yml: added the rule 'help: utter_help'" in output
    assert Path("domain.yml").read_text().startswith('version: "2.0"\nintents:\n- help\n')
    assert Path("data/nlu.yml").read_text("utf-8") == NLU
    assert "RulePolicy" in Path("config.yml").read_text()


# splitting


def examples(count, intents=3):
    return "nlu:\n" + "".join(
        f"- intent: i{n}\n  examples: |\n"
        + "".join(f"    - {n} {k} [x](e)\n" for k in range(count))
        for n in range(intents)
    )


def test_each_intent_is_divided_by_itself():
    Path("data/nlu.yml").write_text(examples(10))
    output = run("split", "nlu", "--training-fraction", "0.7", "--random-seed", 1, "--out", "s")
    assert output.splitlines()[1].split() == ["training_data.yml", "21", "3", "21"]
    train, _ = read_nlu_data([Path("s/training_data.yml")], nothing)
    test, _ = read_nlu_data([Path("s/test_data.yml")], nothing)
    for name in ("i0", "i1", "i2"):
        assert sum(one.intent == name for one in train.examples) == 7
        assert sum(one.intent == name for one in test.examples) == 3
    whole = load_project(parts=["nlu"]).draft.nlu.examples
    assert {*train.examples, *test.examples} == set(whole)
    assert not Path("s/responses.yml").exists()


def test_each_example_keeps_what_is_said_of_it():
    Path("data/nlu.yml").write_text(COMMENTED, "utf-8")
    run("split", "nlu", "--random-seed", 2, "--training-fraction", "0.6", "--out", "s")
    texts = [Path("s", f"{part}_data.yml").read_text("utf-8") for part in ("training", "test")]
    for line in ("    - 在吗", "  # the first\n  - text: 买[茶](goods)\n    metadata: 1\n",
                 "  # the third\n  - text: 要杯茶\n"):  # fmt: skip
        assert sum(line in text for text in texts) == 1
    for text in texts:
        assert "# goods\n- intent: order\n" in text
        assert text.count("  metadata: {mood: happy}\n") == 1
        assert text.count("- 再见") + text.count("- 拜拜") == 1
    data, problems = read_nlu_data(map(Path, ("s/training_data.yml", "s/test_data.yml")), nothing)
    whole, _ = read_nlu_data([Path("data/nlu.yml")], nothing)
    assert not problems
    assert {*map(repr, _meant(data))} == {*map(repr, _meant(whole))}


def _meant(data):
    return [(one.text, one.full_intent, one.entities, one.metadata) for one in data.examples]


def test_a_seed_divides_in_the_same_way_and_another_one_otherwise():
    Path("data/nlu.yml").write_text(examples(20))
    for seed, out in ((1, "a"), (1, "b"), (2, "c")):
        run("split", "nlu", "--random-seed", seed, "--out", out)
    texts = [Path(out, "test_data.yml").read_text() for out in "abc"]
    assert texts[0] == texts[1] != texts[2]


def test_answers_go_with_both_and_a_single_example_is_learned_from():
    Path("data/nlu.yml").write_text(NLU.replace("    - 你是谁\n", ""), "utf-8")
    output = run("split", "nlu", "--out", "s")
    assert "they have one example only: faq/name" in output
    assert "utter_faq/name" in Path("s/responses.yml").read_text("utf-8")
    assert "synonym" in Path("s/training_data.yml").read_text("utf-8")
    assert "synonym" not in Path("s/test_data.yml").read_text("utf-8")


def test_stories_are_divided_and_rules_are_learned():
    run("split", "stories", "--training-fraction", "0.5", "--out", "s")
    train, _ = read_plain_stories(Path("s/train_stories.yml"), nothing)
    test, _ = read_plain_stories(Path("s/test_stories.yml"), nothing)
    assert sorted(one.name for one in [*train, *test]) == ["one", "roles", "two"]
    assert [one.name for one in train if one.is_rule] == ["two"]
    assert len(test) == 1


@pytest.mark.parametrize("fraction", ["0", "1", "1.5", "x"])
def test_a_fraction_that_cannot_be_is_refused(fraction):
    run("split", "nlu", "--training-fraction", fraction, status=2)


def test_nothing_to_divide_is_told():
    Path("data/nlu.yml").write_text("nlu: []\n")
    assert "no examples to divide" in run("split", "nlu", status=1)
    assert "there is no missing" in run("split", "stories", "--stories", "missing", status=1)
