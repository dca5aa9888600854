"""What a tag is, and how the tags of a customer change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.customers.profiles import forgotten, hide, shown
from kefu.customers.records import Profile
from kefu.customers.tags import LONGEST, MOST, cleaned, retagged, tag_key, united
from kefu.errors import CustomerError


def test_a_tag_is_kept_without_needless_spaces_and_in_its_plain_form():
    assert cleaned(["  老 \u3000 客户\n", "ＶＩＰ", "vip", "Vip"]) == ("老 客户", "VIP")


@pytest.mark.parametrize(
    ("tag", "why"),
    [
        ("", "not empty"),
        (" \u3000\n", "not empty"),
        ("长" * (LONGEST + 1), f"at most {LONGEST}"),
        ("a\0b", "control"),
        ("a\x1bb", "control"),
        ("a\ud800", "control"),
    ],
)
def test_what_is_no_tag_is_refused(tag, why):
    with pytest.raises(CustomerError, match=why):
        cleaned([tag])


def test_pictures_of_several_characters_may_stand_in_a_tag():
    assert cleaned(["👨‍👩‍👧 一家"]) == ("👨‍👩‍👧 一家",)


@given(st.text(max_size=30))
def test_all_spellings_of_a_tag_have_one_key(text):
    try:
        tags = cleaned([text])
    except CustomerError:
        return
    assert cleaned(tags) == tags
    assert tag_key(tags[0]) == tag_key(text) == tag_key(tag_key(text))


def test_a_tag_that_is_there_keeps_its_spelling_and_place():
    (after,) = retagged([Profile(tags=("VIP", "b"))], ["vip", "c"], ())
    assert after.tags == ("VIP", "b", "c")


def test_a_tag_is_spelt_anew_when_it_is_taken_off_at_the_same_time():
    (after,) = retagged([Profile(tags=("VIP", "b"))], ["vip"], ["Vip"])
    assert after.tags == ("b", "vip")


def test_a_tag_of_a_merged_customer_is_not_put_on_twice_and_goes_from_all():
    profiles = [Profile(tags=("a",)), Profile(tags=("B", "c"))]
    assert united(profiles) == ("a", "B", "c")
    assert [one.tags for one in retagged(profiles, ["b", "d"], ())] == [("a", "d"), ("B", "c")]
    assert [one.tags for one in retagged(profiles, (), ["b", "A"])] == [(), ("c",)]


def test_there_is_an_end_to_tags():
    full = Profile(tags=tuple(map(str, range(MOST))))
    with pytest.raises(CustomerError, match=f"at most {MOST} tags"):
        retagged([full], ["one more"], ())
    (after,) = retagged([full], ["one more"], ["7"])
    assert len(after.tags) == MOST
    assert len(united([full, Profile(tags=("merged in",))])) == MOST + 1  # nothing is lost


def test_fewer_of_too_many_tags_are_taken():
    profiles = [Profile(tags=tuple(map(str, range(MOST)))), Profile(tags=("x", "y"))]
    after = retagged(profiles, ["3"], ["5"])
    assert len(united(after)) == MOST + 1


def test_tags_are_shown_to_the_staff_and_deleted_but_not_hidden():
    profile = Profile(tags=("a",), shop_name="王")
    assert shown([profile, Profile(tags=("b",))])["tags"] == ["a", "b"]
    assert forgotten(profile, ["tags"]) == Profile(shop_name="王")
    assert forgotten(profile, ["name"]).tags == ("a",)
    with pytest.raises(CustomerError, match="only to be deleted: messages, tags"):
        hide(profile, ["tags"], is_hidden=True)
