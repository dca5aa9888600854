"""Examples are added, removed and changed whatever the file looks like."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.errors import EditRefused
from kefu.project.editing import annotated, examples
from kefu.project.editing.scalars import one_line
from kefu.project.editing.source import SourceFile
from kefu.project.nlu_data import EntityAnnotation
from kefu.project.nlu_file import NluCollector
from kefu.project.problems import Report
from kefu.project.yaml import parse

BLOCK = """\
nlu:
- intent: greet   # 寒暄
  examples: |
    - 你好
    -  您好\t呀

- intent: bye
  examples: |
    - 再见
"""
LISTED = """\
nlu:
  - intent: greet
    examples:
      - text: 你好
        metadata: {sentiment: good}
      # 多行
      - text: |
          您好
  - intent: bye
    examples:
    - text: "再见"
"""


def source_of(text):
    return SourceFile.of(Path("nlu.yml"), "nlu.yml", text.encode())


def read_back(source):
    report = Report()
    collector = NluCollector(report)
    collector.add(parse(source.text.replace("\r\n", "\n"), "nlu.yml", report))
    return [(example.intent, example.text) for example in collector.data().examples]


def test_a_block_grows_behind_its_last_example():
    after = examples.add_example(source_of(BLOCK), "greet", "早上好")
    assert after.text == BLOCK.replace("呀\n", "呀\n    - 早上好\n")


def test_a_list_grows_behind_its_last_item():
    after = examples.add_example(source_of(LISTED), "greet", "早: 上好")
    assert after.text == LISTED.replace(
        "          您好\n", '          您好\n      - text: "早: 上好"\n'
    )


def test_without_a_final_line_end_there_is_none_afterwards():
    after = examples.add_example(source_of(BLOCK.rstrip("\n")), "bye", "拜拜")
    assert after.text == BLOCK + "    - 拜拜"


def test_crlf_stays_crlf():
    after = examples.add_example(source_of(BLOCK.replace("\n", "\r\n")), "bye", "拜拜")
    assert after.text == (BLOCK + "    - 拜拜\n").replace("\n", "\r\n")


def test_a_new_intent_is_written_below_the_others():
    after = examples.add_example(source_of(BLOCK), "thanks", "谢谢")
    assert after.text == BLOCK + "\n- intent: thanks\n  examples: |\n    - 谢谢\n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "nlu:\n- intent: bye\n  examples: |\n    - 再见\n"),
        ("# 空\n", "# 空\n\nnlu:\n- intent: bye\n  examples: |\n    - 再见\n"),
        ("nlu:\n", "nlu:\n- intent: bye\n  examples: |\n    - 再见\n"),
        ("nlu: []  # 以后\n", "nlu:  # 以后\n- intent: bye\n  examples: |\n    - 再见\n"),
        ("nlu:\n- intent: bye\n", "nlu:\n- intent: bye\n  examples: |\n    - 再见\n"),
        ("nlu:\n- intent: bye\n  examples:\n", "nlu:\n- intent: bye\n  examples: |\n    - 再见\n"),
        (
            "nlu:\n- intent: bye\n  examples: |\n",
            "nlu:\n- intent: bye\n  examples: |\n    - 再见\n",
        ),
        (
            'nlu:\n- intent: bye\n  examples: ""\n',
            "nlu:\n- intent: bye\n  examples: |\n    - 再见\n",
        ),
        (
            'nlu:\n- intent: bye\n  examples: "- 拜拜"\n',
            'nlu:\n- intent: bye\n  examples: "- 拜拜\\n- 再见\\n"\n',
        ),
        (
            "nlu:\n- intent: bye\n  examples: [{text: 拜拜}]\n",
            "nlu:\n- intent: bye\n  examples: [{text: 拜拜}, {text: 再见}]\n",
        ),
        (
            "nlu:\n- intent: bye\n  examples: |2-\n    - 拜拜\n\n\nresponses: {}\n",
            "nlu:\n- intent: bye\n  examples: |2-\n    - 拜拜\n    - 再见\n\n\nresponses: {}\n",
        ),
    ],
)
def test_first_examples(text, wanted):
    assert examples.add_example(source_of(text), "bye", "再见").text == wanted


def test_in_a_file_of_ascii_chinese_is_escaped_as_the_rest():
    text = "nlu:\n- intent: bye\n  examples: |\n    - \\u518d\\u89c1\n"
    after = examples.add_example(source_of(text), "bye", "拜拜")
    assert after.text == text + "    - \\u62dc\\u62dc\n"
    assert [one.text for one in examples.examples_of(after, "bye")] == ["再见", "拜拜"]


def test_removing_takes_the_line_and_nothing_else():
    source = source_of(BLOCK)
    first, _ = examples.examples_of(source, "greet")
    assert examples.remove_example(source, first).text == BLOCK.replace("    - 你好\n", "")


def test_removing_an_item_takes_its_metadata_along():
    source = source_of(LISTED)
    first, _ = examples.examples_of(source, "greet")
    gone = "      - text: 你好\n        metadata: {sentiment: good}\n"
    assert examples.remove_example(source, first).text == LISTED.replace(gone, "")


def test_removing_the_last_line_of_a_file_without_line_end():
    source = source_of(BLOCK.rstrip("\n"))
    (only,) = examples.examples_of(source, "bye")
    after = examples.remove_example(source, only)
    assert after.text == BLOCK.replace("\n    - 再见\n", "")


def test_changing_keeps_the_space_behind_the_dash():
    source = source_of(BLOCK)
    _, second = examples.examples_of(source, "greet")
    after = examples.change_example(source, second, "[您好](who)")
    assert after.text == BLOCK.replace("-  您好\t呀", "-  [您好](who)")


@pytest.mark.parametrize(
    "text",
    [
        "nlu:\n- intent: bye\n  examples: >\n    - 拜拜\n    - 再见\n",
        "nlu:\n- intent: bye\n  examples: &e |\n    - 拜拜\n- intent: ciao\n  examples: *e\n",
        "nlu:\n- intent: bye\n  examples: |\n    - 拜拜\n  examples: |\n    - 再见\n",
        "nlu:\n- intent: bye\n  examples: |\n   - 拜\n  - 再见\n",
        "nlu:\n- intent: bye\n  examples: |2\n      - 拜拜\n",
        "- intent: bye\n",
        "nlu: {intent: bye}\n",
        "nlu:\n- intent: bye\n...\n---\nnlu: []\n",
    ],
)
def test_what_cannot_be_proven_is_refused(text):
    with pytest.raises(EditRefused, match=r"nlu\.yml"):
        examples.add_example(source_of(text), "bye", "走了")


def test_what_is_no_utf_8_is_refused():
    with pytest.raises(EditRefused, match="not UTF-8, it looks like GB18030"):
        SourceFile.of(Path("nlu.yml"), "nlu.yml", "你好".encode("gb18030"))


@pytest.mark.parametrize("text", ["", "  \n ", "\x00"])
def test_nothing_is_no_example(text):
    with pytest.raises(EditRefused, match="cannot be empty"):
        examples.add_example(source_of(BLOCK), "bye", text)


@given(text=st.text(min_size=1, max_size=30), layout=st.sampled_from([BLOCK, LISTED]))
def test_any_message_is_read_back_as_it_was(text, layout):
    wanted = one_line(text)
    if not wanted:
        return
    source = examples.add_example(source_of(layout), "bye", annotated(wanted))
    assert ("bye", wanted) in read_back(source)


@given(data=st.data(), text=st.text(st.characters(exclude_categories=["C", "Z"]), min_size=2))
def test_annotations_are_read_back_as_they_were(data, text):
    cut = data.draw(st.integers(1, len(text) - 1))
    name = data.draw(st.sampled_from(["city", "商品", "a:b"]))
    value = data.draw(st.sampled_from([text[:cut], "别的", 'a"b']))
    role = data.draw(st.sampled_from([None, "from"]))
    entity = EntityAnnotation(entity=name, value=value, start=0, end=cut, role=role)
    try:
        source = annotated(text, [entity])
    except EditRefused:
        assert set("[]{}()\\:") & set(text + name + value)
        return
    after = examples.add_example(source_of(BLOCK), "bye", source)
    assert ("bye", text.strip("\n\r ")) in read_back(after)


def test_entities_that_overlap_are_refused():
    both = [
        EntityAnnotation(entity="a", value="你好", start=0, end=2),
        EntityAnnotation(entity="b", value="好呀", start=1, end=3),
    ]
    with pytest.raises(EditRefused, match="overlap"):
        annotated("你好呀", both)


def test_several_entities_of_the_same_words():
    both = [
        EntityAnnotation(entity="city", value="上海", start=1, end=3, role="from"),
        EntityAnnotation(entity="place", value="上海市", start=1, end=3),
    ]
    assert annotated("从上海走", both) == (
        '从[上海][{"entity": "city", "role": "from"}, {"entity": "place", "value": "上海市"}]走'
    )
