from string import Formatter

import click
import pytest

from kefu.cli.explaining import lines_of
from kefu.cli.explaining_words import WORDS
from kefu.nlu.explanation import Candidate, Choice, Contribution, Explained, Found, Remark, Sign
from kefu.nlu.phrases import LANGUAGES


def a_choice(text, *grams, **more):
    contributions = tuple(Contribution(*gram) for gram in grams)
    others = more.pop("others", ())
    choice = Choice(
        about="intent",
        candidates=more.pop("candidates", (Candidate("a", 0.8, 0.5), Candidate("b", 0.1, -0.5))),
        rival=more.pop("rival", "b"),
        contributions=contributions,
        constant=0.1,
        signs=(Sign("log_odds", 0.5, 2.0), Sign("constant", 1.0, 0.386)),
        scope=(Sign("known", 1.0, 3.0),),
        known_share=0.5,
        is_example=False,
        **more,
    )
    return Explained(
        parsed={"text": text, "intent": {"name": "a", "confidence": 0.8}, "entities": []},
        tokens=("x",),
        by_component=(("DIETClassifier", choice), *others),
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


def test_the_confidence_is_the_product_of_two_chances_each_the_sum_of_its_signs():
    lines = plain(a_choice("x"))
    at = lines.index("  Is it any of them?")
    assert lines[at + 1 :][:6] == [
        "     +3.00  which part of the text occurs in examples = 1.00 x +3.00",
        "     +3.00  log-odds: 0.95",
        "  If so, is it this one?",
        "     +1.00  how likely it is among the labels = 0.50 x +2.00",
        "     +0.39  whatever the text",
        "     +1.39  log-odds: 0.80",
    ]
    assert lines[at + 7] == "  0.95 x 0.80 = 0.76"


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


def placeholders(text):
    return sorted(part[2] or "" for part in Formatter().parse(text) if part[1] is not None)


def test_both_languages_have_the_same_words_with_the_same_values():
    assert set(WORDS) == set(LANGUAGES)
    assert WORDS["zh"].keys() == WORDS["en"].keys()
    for name, text in WORDS["en"].items():
        assert placeholders(text) == placeholders(WORDS["zh"][name]), name


def test_it_speaks_chinese():
    grams = [("patterns", "lookup city", 0.8), ("words", "吗", -0.4), ("meaning", "what", 0.1)]
    found = Found(entity="city", start=0, end=2, value="北京", source="词表 city")
    lines = plain(a_choice("北京", *grams, others=(("Regex", found),)), language="zh")
    assert "意图  a  由 DIETClassifier 判断" in lines
    assert "  为什么是 a 而不是 b（+0.60）：" in lines
    assert any("词表 city " in line for line in lines)
    assert any("词 吗 " in line for line in lines)
    assert any("含义" in line for line in lines)
    assert "  city = 北京  0-2，由 Regex 找到" in lines
    assert lines[-1] == "结果：a 0.80"


def test_what_is_left_of_the_probability_is_told():
    explained = a_choice("x", outside=0.06, labels=7)
    lines = plain(explained)
    assert "  0.04  5 more together" in lines
    assert "  0.06  none of these" in lines
    assert (
        "  If it had to be one of these, a would have 0.85; 6% goes to none of them,"
        " by the signs below." in lines
    )
    assert not any("out_of_scope_share" in line for line in lines)


def test_who_is_most_likely_none_of_them_is_told_what_to_do():
    lines = plain(a_choice("x", outside=0.1, labels=2))
    assert not any("out_of_scope_share" in line for line in lines)
    chances = {"candidates": (Candidate("a", 0.3, 0.5),), "rival": None, "outside": 0.7}
    lines = plain(a_choice("x", **chances, labels=1))
    assert any("give it an intent with examples" in line for line in lines)
    assert any("out_of_scope_share" in line for line in lines)


def test_answer_and_sentiment_stand_in_the_result():
    explained = a_choice("x")
    explained.parsed.update(
        response_selector={
            "all_retrieval_intents": ["a"],
            "a": {"response": {"intent_response_key": "a/b", "confidence": 0.7}},
        },
        sentiment={"name": None, "confidence": 0.5},
        sentiment_ranking=[{"name": "negative", "confidence": 0.5}],
    )
    assert plain(explained)[-1] == "Result: a 0.80, answer a/b 0.70, sentiment (unsure) 0.50"


def test_a_long_text_is_marked_line_by_line_and_not_without_end():
    lines = plain(a_choice("退" * 40 + "吗", ("characters", "吗", 0.8)))
    at = lines.index("    " + "退" * 36)
    assert lines[at + 1] == "    "
    assert lines[at + 2] == "    退退退退吗"
    assert lines[at + 3] == "    " + " " * 8 + "++"
    endless = plain(a_choice("退" * 20_000, ("characters", "退", 0.8)))
    assert sum(line.strip(" ") == "退" * 36 for line in endless) == 12
    assert "    …" in endless
