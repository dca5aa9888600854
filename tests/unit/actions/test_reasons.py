"""Why customers send something back."""

import pytest

from actions.reasons import names_a_reason


@pytest.mark.parametrize(
    ("text", "names_one"),
    [("尺码不合适", True), ("发错了，换一件", True), ("那还是换货吧", False), ("修一下吧", False)],
)
def test_what_only_says_what_is_wanted_is_no_reason(text: str, names_one: bool) -> None:
    assert names_a_reason(text) is names_one
