import json
import re
from html.parser import HTMLParser

import pytest

from kefu.evaluation.entities import EntityResult
from kefu.evaluation.page.content import About, page_content
from kefu.evaluation.page.writing import LANGUAGES, page_language, write_page
from kefu.evaluation.understanding import UnderstandingResults
from tests.unit.evaluation.results import ranked, result

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)> {{policy}} & \u2028"
DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)


def some_results():
    return UnderstandingResults(
        intents=[
            result("a", "a", 0.9, place="data/nlu.yml:3:7"),
            ranked("b", EVIL, a=0.95, b=0.01),
            result("b", "b", 0.8, place="data/nlu.yml:9"),
        ],
        entities=[
            EntityResult(
                text="to Bonn",
                targets=[{"start": 3, "end": 7, "value": "Bonn", "entity": "city", "role": "to"}],
                predictions=[{"start": 3, "end": 7, "entity": "city", "extractor": "CRF"}],
                tokens=[(0, 2), (3, 7)],
            )
        ],
    )


def written(tmp_path, results=None, language="en", about=None):
    path = tmp_path / "report.html"
    content = page_content(results or some_results(), about or About(mode="folds", folds=5))
    write_page(path, content, language=language)
    return path.read_text("utf-8")


class Elements(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def test_a_text_cannot_add_an_element(tmp_path):
    tags = [tag for tag, _ in Elements(written(tmp_path)).found]
    assert tags.count("script") == 2
    assert "img" not in tags


def test_a_text_is_kept_as_it_is(tmp_path):
    data = json.loads(DATA.search(written(tmp_path))[1])
    assert data["kinds"][0]["examples"][1][0] == EVIL


def test_the_page_asks_for_nothing_from_outside(tmp_path):
    text = written(tmp_path)
    assert re.findall(r"https?://[^\s\"']+", text) == ["http://www.w3.org/2000/svg"]
    for tag, attributes in Elements(text).found:
        assert "src" not in attributes, tag
        assert attributes.get("href", "data:,") == "data:,", tag


def test_only_its_own_script_and_style_may_run(tmp_path):
    elements = Elements(written(tmp_path)).found
    (policy,) = [
        attributes["content"]
        for tag, attributes in elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_positions_stand_for_labels_and_files(tmp_path):
    data = json.loads(DATA.search(written(tmp_path))[1])
    kind = data["kinds"][0]
    assert kind["labels"] == ["a", "b"]
    assert [one[1:3] for one in kind["examples"]] == [[0, 0], [1, 0], [1, 1]]
    assert data["files"] == ["data/nlu.yml"]
    assert [one[4:6] for one in kind["examples"]] == [[0, 3], [-1, 0], [0, 9]]
    assert kind["suspects"] == [[1, 0, 0.95, 0.01]]
    assert [(pair["a"], pair["b"], pair["ab"]) for pair in kind["pairs"]] == [(1, 0, 1)]


def test_entities_are_shown_as_wholes_and_by_token(tmp_path):
    entities = json.loads(DATA.search(written(tmp_path))[1])["entities"]
    assert entities["whole"]["rows"] == [["city.to", 0.0, 0.0, 0.0, 1, 0, [["city", 1]]]]
    assert [token["extractor"] for token in entities["tokens"]] == ["CRF"]
    assert entities["errors"] == [["to Bonn", [[3, 7, "city.to"]], [[3, 7, "city"]], -1, 0]]


def test_what_the_model_was_trained_on_is_counted_where_it_flatters(tmp_path):
    results = UnderstandingResults(
        intents=[result("a", "a", was_seen=True), result("b", "b", was_seen=True), result("b", "a")]
    )
    about = About(mode="hold-out", data="data", model="models/m.tar.gz")
    assert page_content(results, about)["about"]["seen"] == 2
    assert page_content(results, About(mode="folds"))["about"]["seen"] == 0
    few = UnderstandingResults(intents=[*results.intents[:1], *[result("b", "b")] * 99])
    assert page_content(few, about)["about"]["seen"] == 0


def test_sentiments_are_shown_like_intents(tmp_path):
    results = UnderstandingResults(
        sentiments=[
            result("negative", "negative", 0.9, was_seen=True),
            result("negative", "neutral", 0.8, grams=[("差", 0.3)]),
        ]
    )
    about = About(mode="hold-out", data="data", model="models/m.tar.gz")
    data = json.loads(DATA.search(written(tmp_path, results, about=about))[1])
    (kind,) = data["kinds"]
    assert kind["kind"] == "sentiments"
    assert kind["labels"] == ["negative", "neutral"]
    assert kind["accuracy"] == 0.5
    assert sum(map(sum, kind["histogram"])) == 2
    assert kind["pairs"][0]["toB"] == [["characters", "差", 0.3, 1]]
    assert (data["about"]["tested"], data["about"]["seen"]) == (2, 1)
    assert data["words"]["zh"]["sentiments"] == "情绪"


def test_the_page_of_nothing_is_a_page(tmp_path):
    data = json.loads(DATA.search(written(tmp_path, UnderstandingResults()))[1])
    assert data["kinds"] == []
    assert data["entities"] is None


@pytest.mark.parametrize(("code", "expected"), [("zh", "zh"), ("zh-Hant", "zh"), ("de", "en")])
def test_the_page_speaks_the_language_of_the_project(code, expected):
    assert page_language(code) == expected


def test_both_languages_have_the_same_words_with_the_same_values(tmp_path):
    words = json.loads(DATA.search(written(tmp_path))[1])["words"]
    assert set(words) == set(LANGUAGES)
    assert words["en"].keys() == words["zh"].keys()
    for key, text in words["en"].items():
        assert set(re.findall(r"\{[\w-]+\}", text)) == set(
            re.findall(r"\{[\w-]+\}", words["zh"][key])
        ), key


def test_every_word_that_the_script_asks_for_is_there(tmp_path):
    text = written(tmp_path)
    words = json.loads(DATA.search(text)[1])["words"]["en"]
    asked = set(re.findall(r'say\("([\w-]+)"', text.rpartition("<script>")[2]))
    assert len(asked) > 30
    assert asked - words.keys() == set()


def test_half_a_character_does_not_stop_the_page(tmp_path):
    results = UnderstandingResults(
        intents=[result("a", "b", text="broken \ud800"), result("b", "b")]
    )
    assert "broken ?" in written(tmp_path, results)
