"""Only plain, small documents are read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.channels.platform.xml import read_xml, text_at, written_xml
from kefu.errors import Untrusted

BOMB = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><x>&b;</x>'


def test_a_document_becomes_a_tree():
    body = b"<xml><A><![CDATA[1 < 2]]></A><B><C>x</C><C>y</C></B><E/></xml>"
    assert read_xml(body) == {"A": "1 < 2", "B": {"C": ["x", "y"]}, "E": ""}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"<a>",
        b"<a/><b/>",
        b"\xff\xfe",
        b"<a>&unknown;</a>",
        b"<a>\xff</a>",
        BOMB,
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd"><x/>',
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
        b'<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd">%p;]><x/>',
        b"<!DOCTYPE x><x/>",
        b"<a>" * 5000 + b"</a>" * 5000,
        b"<x>" + b"<a/>" * 5000 + b"</x>",
    ],
)
def test_anything_else_is_malformed(body):
    with pytest.raises(Untrusted) as refused:
        read_xml(body)
    assert refused.value.what == "malformed"


def test_a_long_document_is_too_large():
    with pytest.raises(Untrusted) as refused:
        read_xml(b"<x>" + b" " * 100 + b"</x>", max_bytes=100)
    assert refused.value.what == "too_large"


def test_a_child_that_should_be_a_text_is_one():
    element = read_xml(b"<x><A><B>1</B></A><C>c</C></x>")
    assert (text_at(element, "C"), text_at(element, "D")) == ("c", "")
    with pytest.raises(Untrusted):
        text_at(element, "A")
    with pytest.raises(Untrusted):
        text_at(element, "C", longest=0)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])))
def test_every_text_comes_back(text):
    clean = text.replace("\ufffe", "").replace("\uffff", "")
    assert read_xml(written_xml({"T": clean, "N": 3, "L": [{"a": "1"}, {"a": "2"}]})) == {
        "T": clean,
        "N": "3",
        "L": [{"a": "1"}, {"a": "2"}],
    }
