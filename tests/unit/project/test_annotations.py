from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.project.annotations import AnnotationError, read_annotations


def entities(source):
    return [(e.entity, e.value, e.start, e.end) for e in read_annotations(source).entities]


def test_the_short_form_names_entity_and_value():
    assert entities("去[魔都](city:上海)和[北京](city)") == [
        ("city", "上海", 1, 3),
        ("city", "北京", 4, 6),
    ]


def test_the_long_form_adds_role_and_group():
    (entity,) = read_annotations(
        '从[帝都]{"entity": "city", "role": "from", "group": "1", "value": "北京"}'
    ).entities
    assert (entity.role, entity.group, entity.value, entity.start) == ("from", "1", "北京", 1)


def test_one_piece_of_text_can_be_several_entities():
    read = read_annotations('[大号][{"entity": "size"}, {"entity": "kind", "role": "r"}]的')
    assert read.text == "大号的"
    assert [(e.entity, e.role, e.start, e.end) for e in read.entities] == [
        ("size", None, 0, 2),
        ("kind", "r", 0, 2),
    ]


def test_a_number_as_value_becomes_text():
    assert entities('[五]{"entity": "n", "value": 5}') == [("n", "5", 0, 1)]


def test_escaped_brackets_annotate_nothing():
    read = read_annotations(r"转义 \[不是\](entity) 和 [是](e) \n \\")
    assert read.text == r"转义 [不是](entity) 和 是 \n \\"
    assert [(e.entity, e.start) for e in read.entities] == [("e", 18)]


def test_escaped_brackets_may_stand_inside_an_annotation():
    assert entities(r"[a\[1\]](item)") == [("item", "a[1]", 0, 4)]


def test_a_link_stays_text():
    read = read_annotations("看 [这里](https://example.cn/x?a=1) 的 [订单](thing)")
    assert read.text == "看 [这里](https://example.cn/x?a=1) 的 订单"
    assert [e.entity for e in read.entities] == ["thing"]


@pytest.mark.parametrize("text", ["普通 [方括号] 没有", "只有 [开头", "空 [](e)", "{slot}", "(x)"])
def test_other_brackets_are_text(text):
    assert read_annotations(text).text == text
    assert not read_annotations(text).entities


def test_an_annotation_inside_another_one_is_pointed_at():
    assert read_annotations("[外层 [内层](in)](out)").nested_at == 0


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('x [y]{"entity": "e", }', "not valid JSON"),
        ('x [y]{"role": "e"}', "no 'entity'"),
        ('x [y]{"entity": 5}', "must be text"),
        ('x [y]{"entity": "e", "value": true}', "must be text"),
        ('x [y]{"entity": "e", "value": "a } b"}', "not valid JSON"),
    ],
)
def test_a_broken_annotation_is_refused_with_its_column(source, words):
    with pytest.raises(AnnotationError, match=words) as caught:
        read_annotations(source)
    assert caught.value.column == 2
    assert caught.value.advice


@given(st.text("ab你[](){}\\:\"' ", max_size=30))
def test_any_text_is_read_or_refused(source):
    try:
        read = read_annotations(source)
    except AnnotationError:
        return
    for entity in read.entities:
        assert 0 <= entity.start <= entity.end <= len(read.text)
