import click
import pytest

from kefu.cli.explaining import lines_of
from kefu.nlu.explanation import Candidate, Choice, Contribution, Explained, Found, Remark, Sign


def a_choice(text, *grams, **more):
    contributions = tuple(Contribution(*gram) for gram in grams)
    choice = Choice(
        about="intent",
        candidates=(Candidate("a", 0.8, 0.5), Candidate("b", 0.1, -0.5)),
        rival="b",
        contributions=contributions,
        constant=0.1,
        signs=(Sign("known", 0.5, 2.0), Sign("constant", 1.0, 0.386)),
        known_share=0.5,
        is_example=False,
    )
    return Explained(
        parsed={"text": text, "intent": {"name": "a", "confidence": 0.8}, "entities": []},
        tokens=("x",),
        by_component=(("DIETClassifier", choice), *more.get("others", ())),
    )


def plain(explained, **options):
    return [click.unstyle(line) for line in lines_of(explained, **options)]


def test_signs_below_the_text_say_without_colour_what_colours_say():
    lines = plain(a_choice("退x吗", ("characters", "退", 0.8), ("characters", "吗", -0.4)))
    at = lines.index("    退x吗")
    assert lines[at + 1] == "    ++ --"


def test_the_strongest_n_grams_come_with_weight_and_bar():
    lines = plain(a_choice("退吗", ("characters", "退", 0.8), ("words", "吗", -0.4)))
    assert "     +0.80  退       ████████████" in lines
    assert "     -0.40  word 吗  ██████" in lines
    assert "  Why a rather than b (+0.50):" in lines


def test_weaker_ones_are_added_up():
    grams = [("characters", chr(0x4E00 + number), 0.1) for number in range(15)]
    assert any("+0.30  3 weaker ones together" in line for line in plain(a_choice("x", *grams)))


def test_the_confidence_is_the_sum_of_its_signs():
    lines = plain(a_choice("x"))
    assert "     +1.00  which part of the text occurs in examples = 0.50 x +2.00" in lines
    assert "     +1.39  log-odds: 0.80" in lines


@pytest.mark.parametrize(("against", "said"), [("b", False), ("a", True), ("z", True)])
def test_a_label_that_cannot_be_compared_with_is_named(against, said):
    lines = plain(a_choice("x"), against=against)
    assert (f"  {against} is not compared with: it was chosen, or is no such label." in lines) == (
        said
    )


def test_entities_and_remarks_are_told():
    found = Found(entity="city", start=0, end=2, value="北京", role="to", source="regex 北京")
    others = (("RegexEntityExtractor", found), ("FallbackClassifier", Remark("it is doubtful")))
    lines = plain(a_choice("北京", others=others))
    assert "  city to = 北京  0-2, by RegexEntityExtractor" in lines
    assert "    found by regex 北京" in lines
    assert "  FallbackClassifier: it is doubtful" in lines


def test_a_text_of_several_lines_is_not_marked():
    lines = plain(a_choice("退\n吗", ("characters", "退", 0.8)))
    assert not any(line.strip() and set(line.strip()) <= {"+", "-"} for line in lines)
