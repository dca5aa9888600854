"""What a file is, is told by its bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.channels.attachments.sniffing import EXTENSIONS, UNKNOWN, shown_inline, sniffed

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "photo.png", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n\0\0", None, "image/png"),
        (b"GIF89a\x01\0", None, "image/gif"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", None, "image/webp"),
        (b"RIFF\x24\0\0\0WAVEfmt ", None, "audio/wav"),
        (b"\0\0\0\x18ftypheic\0\0", None, "image/heic"),
        (b"\0\0\0\x18ftypM4A \0\0", None, "audio/mp4"),
        (b"\0\0\0\x18ftypmp42\0\0", None, "video/mp4"),
        (b"#!AMR\n\x3c", None, "audio/amr"),
        (b"\x02#!SILK_V3", None, "audio/silk"),
        (b"OggS\0\x02", None, "audio/ogg"),
        (b"%PDF-1.7\n", "x.html", "application/pdf"),
        (b"PK\x03\x04\x14\0", "a.zip", "application/zip"),
        (b"PK\x03\x04\x14\0", "Report.DOCX", DOCX),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.xls", "application/vnd.ms-excel"),
        ("你好，世界".encode(), "a.html", "text/plain"),
        (b"a,b\n1,2\n", "a.csv", "text/csv"),
        (("啊" * 2000).encode()[:4096], None, "text/plain"),
    ],
)
def test_known_formats_are_recognised(data, name, expected):
    assert sniffed(data, name=name) == expected


@pytest.mark.parametrize(
    "data",
    [
        b"<!DOCTYPE html><script>alert(1)</script>",
        b"\xef\xbb\xbf  <svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<?xml version='1.0'?><x/>",
        b"MZ\x90\0\x03",
        b"\x7fELF",
        b"\0\0\0\0",
        b"\xff\xfe<\0s\0v\0g\0",
        b"RIFF\0\0\0\0XXXX",
    ],
)
def test_what_could_run_or_is_none_of_these_is_unknown(data):
    assert sniffed(data, name="innocent.png", declared_type="image/png") == UNKNOWN


def test_the_browser_may_say_that_a_film_is_only_sound():
    assert sniffed(b"\x1aE\xdf\xa3\x01", declared_type="audio/webm;codecs=opus") == "audio/webm"
    assert sniffed(b"\x1aE\xdf\xa3\x01", declared_type="text/html") == "video/webm"


@given(st.binary(max_size=64), st.text(max_size=12), st.text(max_size=12))
def test_any_bytes_get_a_known_type_and_markup_never_one_that_is_shown(data, name, declared):
    found = sniffed(data, name=name, declared_type=declared)
    assert found == UNKNOWN or found in EXTENSIONS
    assert not shown_inline(sniffed(b"<" + data, name=name, declared_type=declared))
