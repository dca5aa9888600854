"""Values of entities that stand unmarked: which are found, and how they are marked."""

from pathlib import Path

import pytest

from kefu.project.annotations import plain_stretches, read_annotations
from kefu.project.editing.staging import StagedFiles
from kefu.project.lint.annotations import annotation, annotation_findings
from kefu.project.lint.unmarked import Mark, find_unmarked
from kefu.project.nlu_file import NluCollector
from kefu.project.problems import Report
from kefu.project.yaml import parse

MARKED = "".join(f"    - 第{n}个[耳机](product)\n" for n in range(9))


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(examples, more="", name="nlu.yml"):
        text = f"nlu:\n- intent: ask\n  examples: |\n{examples}{more}"
        Path(name).write_bytes(text.encode("utf-8"))
        collector = NluCollector(Report())
        collector.add(parse(text.removeprefix("\ufeff"), name, Report(), environment={}))
        return collector.data()

    return write


def fixed(nlu, name="nlu.yml"):
    sources = StagedFiles()
    sources.patch(name, [edit for one in annotation_findings(nlu, sources) for edit in one.edits])
    sources.save()
    return Path(name).read_bytes().decode("utf-8")


def test_a_value_marked_in_nine_of_ten_places_is_found_in_the_tenth(file):
    nlu = file(MARKED + "    - 买耳机\n")
    (found,) = find_unmarked(nlu)
    assert (found.word, found.entity, found.marked, found.occurrences) == ("耳机", "product", 9, 10)
    assert (found.example.text, found.start, found.end) == ("买耳机", 1, 3)


def test_below_that_share_nothing_is_said(file):
    assert find_unmarked(file(MARKED + "    - 买耳机\n    - 卖耳机\n")) == []


def test_the_place_is_the_word_itself_and_the_rest_of_the_file_stays(file):
    text = MARKED + "    - [2](number)个耳机 # 不是注释\n"
    nlu = file(text, "# 完\n")
    (found,) = annotation_findings(nlu, StagedFiles())
    assert str(found.problem.place) == "nlu.yml:13:19"
    assert fixed(nlu).endswith("    - [2](number)个[耳机](product) # 不是注释\n# 完\n")


def test_marking_twice_changes_nothing_more(file):
    first = fixed(file(MARKED + "    - 买耳机\n"))
    assert fixed(file(first.partition("|\n")[2])) == first


def test_two_words_of_one_example_are_both_marked(file):
    nlu = file(MARKED + MARKED.replace("第", "这") + "    - 耳机配耳机\n")
    assert "- [耳机](product)配[耳机](product)\n" in fixed(nlu)


def test_windows_line_ends_and_a_byte_order_mark_stay(file, tmp_path):
    nlu = file(MARKED + "    - 买耳机\n")
    path = tmp_path / "nlu.yml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    text = fixed(nlu)
    assert text.startswith("\ufeffnlu:\r\n")
    assert text.endswith("- 买[耳机](product)\r\n")
    assert "\n" not in text.replace("\r\n", "")


def test_the_longest_known_word_is_meant(file):
    nlu = file(
        MARKED
        + MARKED.replace("耳机", "蓝牙耳机")
        + "    - 买蓝牙耳机\n    - 说蓝牙[耳机](product)\n"
    )
    assert [found.word for found in find_unmarked(nlu)] == ["蓝牙耳机"]


def test_a_part_of_a_latin_word_or_number_is_not_meant(file):
    nlu = file(MARKED.replace("耳机", "SF") + "    - 单号SF123\n    - 查SF\n")
    assert [found.example.text for found in find_unmarked(nlu)] == ["查SF"]


def test_values_and_roles_are_written_out(file):
    mark = '{"entity": "city", "role": "from"}'
    nlu = file(f"    - 从[北京]{mark}走\n" * 1 + MARKED.replace("(product)", mark) + "    - 耳机\n")
    assert f"- [耳机]{mark}\n" in fixed(nlu)
    assert annotation("sf", Mark(entity="carrier", value="顺丰")) == (
        '[sf]{"entity": "carrier", "value": "顺丰"}'
    )


def test_a_word_marked_in_two_ways_is_told_but_not_marked(file):
    both = MARKED + MARKED.replace("第", "这").replace("(product)", "(gift)")
    nlu = file(both + "    - 买耳机\n")
    (found,) = annotation_findings(nlu, StagedFiles())
    assert not found.edits
    assert "several ways" in found.problem.advice


LOOKUP = "- lookup: city\n  examples: |\n    - 大连\n    - 北京\n"


def test_a_listed_value_is_found_though_it_is_marked_less_often(file):
    nlu = file("    - 去[大连](city)\n    - 到大连\n    - 扩大连接\n", LOOKUP)
    (found,) = annotation_findings(nlu, StagedFiles())
    assert found.problem.code == "lint.unmarked-listed-value"
    assert str(found.problem.place) == "nlu.yml:5:8"
    assert "- 到[大连](city)\n" in fixed(nlu)


def test_where_the_list_alone_speaks_for_it_the_author_decides(file):
    nlu = file("    - 去[大连](city)\n    - 到北京\n", LOOKUP)
    (found,) = annotation_findings(nlu, StagedFiles())
    assert "take it off the lookup" in found.problem.advice
    assert not found.edits


def test_a_listed_value_that_is_never_marked_is_told_once(file):
    nlu = file("    - 去[大连](city)\n    - 到北京\n    - 飞北京\n", LOOKUP)
    (found,) = annotation_findings(nlu, StagedFiles())
    assert found.problem.message == (
        "'北京' is marked as 'city' in none of 2 examples, though a lookup table lists it"
    )


def test_a_variant_that_is_never_marked_is_what_an_extractor_may_find(file):
    synonym = "- synonym: 顺丰速运\n  examples: |\n    - 顺丰\n"
    mark = '{"entity": "carrier", "value": "顺丰速运"}'
    assert find_unmarked(file(f"    - 用[sf]{mark}\n    - 发顺丰\n", synonym)) == []


@pytest.mark.parametrize(("mark", "count"), [("", 0), ("    - 回[北京](city)\n", 1)])
def test_where_an_intent_has_no_such_entity_something_else_is_meant(file, mark, count):
    other = f"- intent: other\n  examples: |\n    - 大连 好听\n{mark}"
    assert len(find_unmarked(file("    - 去[大连](city)\n", other + LOOKUP))) == count


def test_a_listed_value_that_is_mostly_unmarked_is_not_meant(file):
    nlu = file("    - 去[北京](city)\n    - 北京菜\n    - 吃北京菜\n", LOOKUP)
    assert find_unmarked(nlu) == []


def test_a_lookup_of_another_name_than_an_entity_says_nothing(file):
    assert (
        find_unmarked(file("    - 去[上海](city)\n    - 到北京\n", LOOKUP.replace("city", "x")))
        == []
    )


def test_a_variant_of_a_value_is_found(file):
    synonym = "- synonym: 顺丰速运\n  examples: |\n    - 顺丰\n"
    mark = '{"entity": "carrier", "value": "顺丰速运"}'
    nlu = file(f"    - 用[顺丰]{mark}\n    - 发顺丰\n", synonym)
    assert f"- 发[顺丰]{mark}\n" in fixed(nlu)


def test_an_example_of_several_lines_is_told_where_it_starts_and_left_alone(file):
    nlu = file(MARKED, '- intent: other\n  examples:\n  - text: "买\\\n      耳机"\n')
    (found,) = annotation_findings(nlu, StagedFiles())
    assert not found.edits
    assert found.problem.advice == "mark it: [耳机](product)"


@pytest.mark.parametrize(
    "source", ["a[b](c)d", r"x\[y\] [北](c)去 [https](http://x.y) z", "[a](http://b) c", ""]
)
def test_stretches_outside_annotations_read_as_they_are_written(source):
    text = read_annotations(source).text
    for start, end, at in plain_stretches(source):
        assert text[start:end] == source[at : at + end - start]
