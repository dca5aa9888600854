"""Variables in canned replies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.desk.library.filling import Filled, fill, variables_of

VALUES = {"customer.name": "王芳", "order_no": "A1", "空": "", "订单号": "B2", "a-b": "dash"}


@pytest.mark.parametrize(
    ("text", "filled", "missing"),
    [
        ("您好 {{customer.name}}，订单 {{ order_no }}。", "您好 王芳，订单 A1。", ()),
        ("{{订单号}}{{a-b}}", "B2dash", ()),
        ("{{nobody}} {{x}} {{nobody}}", "{{nobody}} {{x}} {{nobody}}", ("nobody", "x")),
        ("{{customer.name|亲}} {{nobody| 亲 }}{{nobody|}}", "王芳 亲", ()),
        ("{{空}} {{空|没有}}", "{{空}} 没有", ("空",)),
        ("{order_no} {{}} {{ }} {{a b}} {{1x}}", "{order_no} {{}} {{ }} {{a b}} {{1x}}", ()),
        ("{{{order_no}}}", "{A1}", ()),
        ("{{customer.name", "{{customer.name", ()),
        ("", "", ()),
    ],
)  # fmt: skip
def test_variables_are_filled_and_those_that_are_not_known_are_named(text, filled, missing):
    assert fill(text, VALUES) == Filled(filled, missing)


def test_a_variable_within_a_value_stays_text():
    assert fill("{{a}}", {"a": "{{b}} \\1 \\g<0>", "b": "no"}).text == "{{b}} \\1 \\g<0>"


def test_variables_are_listed_once_in_their_order():
    assert variables_of("{{b}} {{a|x}} {{b}} {{") == ("b", "a")


@given(st.text(alphabet="{}|ab. \n中\0\ud800"), st.dictionaries(st.text("ab."), st.text()))
def test_whatever_the_text_filling_never_fails(text, values):
    filled = fill(text, values)
    assert set(filled.missing) <= set(variables_of(text))
    if not variables_of(text):
        assert filled.text == text
