"""Who edits the bot sees beside the chat page what decided an answer; nobody else does."""

import json
import re

from tests.integration.command import Server


def say(server, sender, text):
    body = json.dumps({"sender": sender, "message": text})
    assert server.call("/webhooks/rest/webhook", body)[0] == 200


def turns(server, conversation, headers=None):
    status, text = server.call(f"/watch/turns?conversation={conversation}", headers=headers)
    return status, json.loads(text).get("turns")


def test_turns_are_shown_while_files_are_watched(project):
    with Server("--watch", cwd=project) as server:
        say(server, "web-visitor", "hello")
        say(server, "web-visitor", "thanks")
        say(server, "c1", "hello")
        status, found = turns(server, "web-visitor")
        assert status == 200
        assert [turn["text"] for turn in found] == ["thanks", "hello"]
        latest, first = found
        assert latest["intent"]["name"] == "thank"
        assert latest["intent_ranking"][0]["confidence"] > 0.5
        names = [one["name"] for one in latest["components"]]
        assert "DIETClassifier" in names
        assert "features" in names
        took = sum(one["milliseconds"] for one in latest["components"])
        assert 0 < took <= latest["understanding_milliseconds"]
        decision = latest["decisions"][0]
        assert (decision["action"], decision["policy"]) == ("utter_welcome", "RulePolicy")
        origin = {"kind": "rule", "name": "Answer thanks", "file": "data/rules.yml"}
        assert decision["origins"] == [{**origin, "line": 12, "first_line": 11}]
        assert first["decisions"][0]["origins"][0]["file"] == "data/stories.yml"
        assert turns(server, "web-nobody") == (200, [])
        for passed_on in ({"X-Forwarded-For": "203.0.113.9"}, {"Via": "1.1 cdn"}):
            assert turns(server, "web-visitor", passed_on)[0] == 404
        assert turns(server, "c1")[0] == 404
        assert turns(server, "")[0] == 404
        page = server.call("/widget/")[1]
        assert re.search(r'src="[./]*widget/trace.js"', page) or "not built" in page
        assert "trace.js" not in server.call("/widget/frame")[1]


def test_without_watching_there_is_no_such_address(project):
    with Server(cwd=project) as server:
        say(server, "web-visitor", "hello")
        assert turns(server, "web-visitor")[0] == 404
        assert "trace.js" not in server.call("/widget/")[1]
