import pytest

from kefu.nlu.label_texts import label_texts
from tests.unit.nlu.builders import an_interpreter, nlu_data, parse


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("check_earnings", "check earnings"),
        ("faq/ask-shipping", "ask shipping"),
        ("changeAddress", "change address"),
        ("PRICING", "pricing"),
        ("EMIOption", "emi option"),
    ],
)
def test_names_are_read_as_words(label, text):
    words = set(text.split())
    assert label_texts([label], words=words, unspaced=False) == [(label, text)]


def test_names_in_another_language_than_the_examples_say_nothing():
    names = ["pay_bill", "check_balance", "book_flight", "say_no"]
    words = {"no", "tengo", "dinero", "quiero", "pagar"}
    assert label_texts(names, words=words, unspaced=False) == []


def test_codes_say_nothing():
    assert label_texts(["q1", "greet"], words={"greet"}, unspaced=False) == [("greet", "greet")]


def test_chinese_projects_read_chinese_names_only():
    found = label_texts(["查询_物流", "greet"], words=set(), unspaced=True)
    assert found == [("查询_物流", "查询物流")]


def test_a_sentence_like_the_name_of_an_intent_is_recognised():
    examples = {
        "check_earnings": [
            "what did i make last month",
            "was any money paid in",
            "let me check my wages",
        ],
        "check_balance": ["how much do i have", "show me my account", "is there money left"],
        "pay_bill": ["send the rent", "settle my credit card", "pay what i owe"],
        "goodbye": ["see you", "bye then", "that is all"],
    }
    bot = an_interpreter(nlu_data(examples), "DIETClassifier", language="en")
    assert parse(bot, "pay the bill please")["intent"]["name"] == "pay_bill"
    assert parse(bot, "earnings")["intent"]["name"] == "check_earnings"
