import json
import re

from kefu.evaluation.page.stories import stories_page
from kefu.evaluation.page.writing import write_page
from kefu.evaluation.stories import StepResult, StoryResult

DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)


def action(expected, predicted=None):
    return StepResult(
        kind="action",
        expected=expected,
        predicted=predicted or expected,
        policy="RulePolicy",
        confidence=1.0,
    )


def user(expected, predicted=None, **more):
    return StepResult(kind="user", expected=expected, predicted=predicted or expected, **more)


GOOD = StoryResult(
    name="good", file="a.yml", steps=(user("greet"), action("utter_greet"), action("action_listen"))
)
CITY = {"entity": "city", "value": "Rome", "start": 3, "end": 7}
BAD = StoryResult(
    name="</script><b>",
    file="b.yml",
    steps=(
        user("ask", "greet", text="in Rome", entities=(CITY,)),
        action("utter_ask", "utter_greet"),
        action("action_listen"),
    ),
)


def test_failed_stories_are_shown_with_what_was_said_and_done_instead():
    data = stories_page([GOOD, BAD], model="m.tar.gz", end_to_end=True)
    assert data["shares"] == [
        ["stories", 1, 2],
        ["actions", 3, 4],
        ["spoken", 1, 2],
        ["intents", 1, 2],
        ["entities", 0, 1],
    ]
    assert data["confusions"] == {
        "action": [("utter_ask", "utter_greet", 1)],
        "user": [("ask", "greet", 1)],
    }
    (failed,) = data["failed"]
    assert [step["right"] for step in failed["steps"]] == [False, False]
    assert failed["steps"][0]["entities"] == ["[Rome](city)"]
    assert failed["steps"][0]["found"] == []


def test_the_page_needs_no_network_and_survives_any_name(tmp_path):
    path = tmp_path / "page.html"
    for language in ("zh", "en"):
        data = stories_page([GOOD, BAD], model="m", end_to_end=False)
        write_page(path, data, language=language, report="stories")
        text = path.read_text("utf-8")
        written = json.loads(DATA.search(text)[1])
        assert written["failed"][0]["name"] == "</script><b>"
        assert "http://" not in text.replace("http://www.w3.org", "")
        assert set(written["words"]["zh"]) == set(written["words"]["en"])
