import pytest

from kefu.errors import ProjectError
from kefu.nlu.memory import Memory
from kefu.nlu.tokenizers.jieba import JiebaTokenizer
from kefu.nlu.tokenizers.whitespace import WhitespaceTokenizer
from kefu.nlu.training import train_pipeline
from kefu.project.nlu_data import NluData
from tests.unit.nlu.builders import a_config, a_lesson, component, nlu_data, processed


def _whitespace(text, language="en", **settings):
    lesson = a_lesson(NluData(), language=language)
    tokenizer = WhitespaceTokenizer.train(component("WhitespaceTokenizer", **settings), lesson)
    return [token.text for token in processed(tokenizer, text).tokens]


# Recorded with Rasa 3.6.21.
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hi. My name is rasa", ["Hi", "My", "name", "is", "rasa"]),
        ("I'm a test", ["I", "m", "a", "test"]),
        ("order 苹果apple", ["order", "苹果apple"]),
        ("costs 10'000.00 $", ["costs", "10'000.00"]),
        ("mail me: a.b@c.org!", ["mail", "me", "a.b@c.org"]),
        ("hello😀", ["hello"]),
        ("nice 👍 work", ["nice", "work"]),
        (":)", [":)"]),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
        ("", []),
        ("(maybe) -5 #tag @you", ["maybe", "-5", "#tag", "@you"]),
        ("https://www.rasa.com/docs?a=1", ["https://www.rasa.com/docs?a=1"]),
    ],
)
def test_whitespace_tokens_are_those_of_rasa(text, words):
    assert _whitespace(text) == words


def test_chinese_is_segmented_instead_of_refused():
    assert _whitespace("我想买苹果手机", language="zh") == ["我", "想", "买", "苹果", "手机"]


def test_chinese_in_an_english_project_stays_in_one_piece_as_with_rasa():
    assert _whitespace("hello 我要退货") == ["hello", "我要退货"]


def test_learners_see_chinese_words_whatever_the_projects_language():
    message = processed(WhitespaceTokenizer(language="en"), "hello 我要退货")
    assert [token.text for token in message.words()] == ["hello", "我要", "退货"]


def test_token_positions_point_into_the_text():
    text = "  Hi,  你好 world! "
    tokenizer = WhitespaceTokenizer(language="zh")
    for token in processed(tokenizer, text).tokens:
        assert text[token.start : token.end] == token.text


def test_a_token_pattern_splits_tokens_further():
    assert _whitespace("order a1b2", token_pattern=r"\d|[a-z]+") == ["order", "a", "1", "b", "2"]


def test_a_bad_token_pattern_is_reported_with_its_place():
    with pytest.raises(ProjectError, match=r"config.yml: WhitespaceTokenizer: token_pattern"):
        _whitespace("a", token_pattern="(")


def test_jieba_tokens_cover_the_text_without_gaps():
    lesson = a_lesson(NluData())
    tokenizer = JiebaTokenizer.train(component("JiebaTokenizer"), lesson)
    tokens = processed(tokenizer, "我想用 优惠券 满 199.5 元").tokens
    assert [token.text for token in tokens] == [
        "我", "想", "用", " ", "优惠券", " ", "满", " ", "199.5", " ", "元",
    ]  # fmt: skip


def test_words_of_the_projects_dictionary_stay_together(tmp_path):
    (tmp_path / "dict").mkdir()
    (tmp_path / "dict" / "shop.txt").write_text("云宝智能音箱 1000 n\n小度在家\n", "utf-8")
    config = component("JiebaTokenizer", dictionary_path="dict")
    lesson = a_lesson(NluData(), root=tmp_path)
    tokenizer = JiebaTokenizer.train(config, lesson)
    loaded = JiebaTokenizer.load(config, tokenizer.save(), lesson.surroundings)
    for each in (tokenizer, loaded):
        words = [token.text for token in processed(each, "云宝智能音箱和小度在家").tokens]
        assert words == ["云宝智能音箱", "和", "小度在家"]


def test_a_dictionary_does_not_change_other_tokenizers(tmp_path):
    (tmp_path / "shop.txt").write_text("快递到哪 99999 n\n", "utf-8")
    config = component("JiebaTokenizer", dictionary_path="shop.txt")
    JiebaTokenizer.train(config, a_lesson(NluData(), root=tmp_path))
    plain = JiebaTokenizer(words=[])
    assert "快递到哪" not in [token.text for token in processed(plain, "快递到哪").tokens]


def test_a_missing_dictionary_is_reported(tmp_path):
    config = component("JiebaTokenizer", dictionary_path="nowhere")
    with pytest.raises(ProjectError, match="there is no folder"):
        JiebaTokenizer.train(config, a_lesson(NluData(), root=tmp_path))


def test_a_dictionary_with_other_words_has_the_examples_read_anew(tmp_path):
    words = tmp_path / "words.txt"
    config = a_config(component("JiebaTokenizer", dictionary_path="words.txt"), "DIETClassifier")
    data = nlu_data({"stock": ["云感被还有吗", "有货吗"], "price": ["云感被多少钱", "贵不贵"]})
    memory, split = Memory(), []
    for word in ("有货", "云感被"):
        words.write_text(f"{word}\n", "utf-8")
        memory = train_pipeline(config, data, root=tmp_path, memory=memory).memory
        split.append([token.text for token in memory.corpus.tokens[0]])
    assert memory.is_exact
    assert "云感被" in split[1]
    assert "云感被" not in split[0]
