"""What names look like."""

import pytest

from kefu.core.ids import new_id
from kefu.errors import StaffError
from kefu.staff.accounts import checked_avatar, checked_name, key_of, login_key, number_key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Alice", "alice"),
        (" ＡＬＩＣＥ ", "alice"),
        ("林小姐", "林小姐"),
        ("ﬁn.x@shop-1", "fin.x@shop-1"),
        ("STRASSE", "strasse"),
    ],
)
def test_a_login_is_compared_without_case_and_width(text, key):
    assert login_key(text) == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "a b",
        "аlice",
        "ali\u200bce",
        "alice\u202e",
        "-alice",
        "alice.",
        "a" * 65,
        "α",
        "a\0b",
        "<b>",
    ],
)
def test_what_could_be_taken_for_another_login_is_none(text):
    with pytest.raises(StaffError, match="a login has"):
        login_key(text)


@pytest.mark.parametrize(
    ("text", "key"), [("Ａ－１００１".replace("－", "-"), "a-1001"), ("007", "007")]
)
def test_a_staff_number_is_compared_in_the_same_way(text, key):
    assert number_key(text) == key


@pytest.mark.parametrize("text", ["", "工号一", "a b", "x" * 33, "<script>"])
def test_a_staff_number_is_letters_and_digits(text):
    with pytest.raises(StaffError, match="a staff number has"):
        number_key(text)


def test_a_name_is_text_and_never_markup():
    assert checked_name("  <script>alert(1)</script> 林 ") == "<script>alert(1)</script> 林"


@pytest.mark.parametrize(
    "text", ["", "   ", "x" * 65, "a\u202eb", "a\nb", "\x1b[31mred", "a\u200bb"]
)
def test_a_name_holds_nothing_that_cannot_be_seen(text):
    with pytest.raises(StaffError, match="a name"):
        checked_name(text)


@pytest.mark.parametrize("text", ["", "https://cdn.example/a.png", "/attachments/a.png"])
def test_an_avatar_is_the_address_of_a_picture(text):
    assert checked_avatar(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "http://a/b",
        "data:image/png;base64,x",
        "//evil.example/a",
        'https://a/"onerror=',
    ],
)
def test_an_avatar_is_nothing_else(text):
    with pytest.raises(StaffError, match="an avatar is"):
        checked_avatar(text)


def test_ids_differ_and_say_what_they_are():
    assert len({new_id("a") for _ in range(100)}) == 100
    assert len(new_id("a")) == 22
    assert key_of("ＳＫＩＬＬ") == "skill"
