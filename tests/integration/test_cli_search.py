"""``kefu search``, and the index behind a running server, as a user meets them."""

import json
import sqlite3
import urllib.parse

from tests.integration.command import Server, kefu, wait_until


def found(server, words):
    """Return the texts in which words are found, as a machine with the token asks."""
    query = urllib.parse.urlencode({"q": words, "kind": "messages", "token": "secret"})
    status, answer = server.call(f"/api/v1/search?{query}")
    assert status == 200
    return [hit["snippet"] for hit in json.loads(answer)["items"]]


def say(server, sender, text):
    body = json.dumps({"sender": sender, "message": text})
    assert server.call("/webhooks/rest/webhook", body)[0] == 200


def test_what_is_said_to_a_running_server_is_found_and_a_damaged_index_is_made_anew(project):
    options = ("--enable-api", "--auth-token", "secret")
    with Server(*options, cwd=project) as server:
        say(server, "wang", "我昨天买的衣服什么时候发货")
        wait_until(lambda: found(server, "衣服") == ["我昨天买的衣服什么时候发货"])
        assert "kefu_search_behind" in server.call("/metrics")[1]
        assert server.stop() == 0
    done = kefu("search", "status", cwd=project)
    assert (done.status, "up to date" in done.out) == (0, True)
    database = next(project.rglob("kefu.db"))
    connection = sqlite3.connect(database)
    connection.execute("DELETE FROM search_messages_data WHERE id > 10")
    connection.execute("UPDATE search_messages_data SET block = x'00' WHERE id = 10")
    connection.commit()
    connection.close()
    done = kefu("search", "rebuild", cwd=project)
    assert (done.status, "made anew" in done.out) == (0, True)
    with Server(*options, cwd=project) as server:
        assert found(server, "衣服") == ["我昨天买的衣服什么时候发货"]
        say(server, "wang", "还是那件衣服")
        wait_until(lambda: len(found(server, "衣服")) == 2)


def test_a_project_that_keeps_everything_in_memory_has_no_index(project):
    project.joinpath("endpoints.yml").write_text("tracker_store:\n  type: InMemory\n")
    done = kefu("search", "rebuild", cwd=project)
    assert (done.status, "in memory" in done.err) == (1, True)
