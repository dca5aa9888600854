"""Why customers send something back."""

import pytest

from actions.reasons import names_a_reason, reason_from_text


@pytest.mark.parametrize(
    ("text", "names_one"),
    [("尺码不合适", True), ("发错了，换一件", True), ("那还是换货吧", False), ("修一下吧", False)],
)
def test_what_only_says_what_is_wanted_is_no_reason(text: str, names_one: bool) -> None:
    assert names_a_reason(text) is names_one


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("尺码不合适", "尺码不合适"),
        ("同事说太花哨", "同事说太花哨"),
        ("13800000001", None),
        ("602600001001", None),
        ("😀😀", None),
        ("……", None),
        ("说" * 41, None),
    ],
)
def test_a_reason_is_in_words_and_short(text: str, reason: str | None) -> None:
    assert reason_from_text(text) == reason
