"""What is checked beside the loop that answers, and what an editor is told and can mend."""

import io
import json
import threading

import pytest

from kefu.app.schemas import project_schemas
from kefu.lsp import workspace as workspaces
from kefu.lsp.checking import Checker, Publisher
from kefu.lsp.features import Features
from kefu.lsp.mending import code_actions
from kefu.lsp.server import _Server
from kefu.lsp.text import Text
from kefu.lsp.wire import CANCELLED, Writer
from kefu.lsp.workspace import Workspace, path_of
from tests.unit.lsp.project import DOMAIN, NLU, RULES, write


@pytest.fixture
def here(tmp_path):
    return Workspace(write(tmp_path / "店 1"), project_schemas)


def put(here, name, text, version=1):
    path = here.root / name
    here.put(path, Text(text), {"uri": path.as_uri(), "version": version})
    return path


def told(here):
    """Return what an editor is told, by file."""
    found = {}

    def notify(method, params):
        assert method == "textDocument/publishDiagnostics"
        found[path_of(params["uri"]).name] = params

    Publisher(notify).publish(here, lambda: True)
    return found


def mended(here, path, wanted, **context):
    """Return the text of a file after a code action, the first with a title that begins so."""
    text = here.text(path)
    far = {"start": {"line": 0, "character": 0}, "end": {"line": 10**6, "character": 0}}
    found = code_actions(path, text, {"range": far, "context": context}, here)
    action = next(one for one in found if one["title"].startswith(wanted))
    for uri, edits in action["edit"]["changes"].items():
        assert path_of(uri) == path
        for edit in reversed(edits):
            text = text.changed([{"range": edit["range"], "text": edit["newText"]}])
    return text.text


# what is told


def test_what_is_untidy_is_a_hint_in_files_that_are_open(here):
    assert told(here) == {}
    put(here, "data/nlu.yml", NLU, version=7)
    found = told(here)["nlu.yml"]
    assert found["version"] == 7
    assert {one["code"]: one["severity"] for one in found["diagnostics"]} == {
        "lint.duplicate-example": 4,
        "lint.unmarked-value": 4,
    }
    (mark,) = [one for one in found["diagnostics"] if one["code"] == "lint.unmarked-value"]
    units = NLU.split("\n")[mark["range"]["start"]["line"]].encode("utf-16-le")
    start, end = (mark["range"][side]["character"] for side in ("start", "end"))
    assert units[2 * start : 2 * end].decode("utf-16-le") == "noodles"
    (repeated,) = [one for one in found["diagnostics"] if one["code"] == "lint.duplicate-example"]
    (first,) = repeated["relatedInformation"]
    assert first["location"]["range"]["start"]["line"] == NLU.split("\n").index("      - hello")


def test_the_name_that_is_wrong_is_underlined(here):
    put(here, "data/rules.yml", RULES.replace("intent: order", "intent: odrer"))
    (found,) = told(here)["rules.yml"]["diagnostics"]
    assert (found["range"]["start"]["character"], found["range"]["end"]["character"]) == (16, 21)


def test_a_comment_passes_a_problem_over(here):
    ignored = RULES.replace("intent: order", "intent: gone  # kefu: ignore[story.unknown-intent]")
    put(here, "data/rules.yml", ignored)
    assert told(here)["rules.yml"]["diagnostics"] == []


def test_a_file_that_was_never_saved_belongs_to_the_project(here):
    put(here, "data/new.yml", "rules: [{rule: new, steps: [{intent: gone}]}]\n")
    codes = [one["code"] for one in told(here)["new.yml"]["diagnostics"]]
    assert "story.unknown-intent" in codes


def test_only_changes_are_told(here):
    put(here, "data/rules.yml", RULES)
    (here.root / "data/more.yml").write_text("rules: [{rule: x, steps: [{intent: gone}]}]\n")
    sent = []
    publisher = Publisher(lambda _, params: sent.append(path_of(params["uri"]).name))
    publisher.publish(here, lambda: True)
    assert sorted(sent) == ["more.yml", "rules.yml"]
    put(here, "data/rules.yml", RULES + "# more\n", version=2)
    publisher.publish(here, lambda: True)
    assert sorted(sent) == ["more.yml", "rules.yml", "rules.yml"]
    (here.root / "data/more.yml").unlink()
    here.forget()
    publisher.publish(here, lambda: True)
    assert sorted(sent)[:2] == ["more.yml", "more.yml"]


def test_of_files_without_a_project_nothing_is_told(tmp_path):
    other = Workspace(tmp_path, project_schemas)
    path = put(other, "deployment.yml", "kind: Deployment\n")
    assert told(other)["deployment.yml"]["diagnostics"] == []
    place = {"textDocument": {"uri": path.as_uri()}, "position": {"line": 0, "character": 0}}
    assert Features(other, pytest.fail).requests["textDocument/completion"](place) == []
    write(tmp_path)
    other.forget()
    assert Features(other, pytest.fail).requests["textDocument/completion"](place)


# what can be mended


@pytest.mark.parametrize(
    ("name", "before", "title", "after"),
    [
        ("data/nlu.yml", NLU, "Delete it", NLU.replace("你好😀\n      - hello\n", "你好😀\n")),
        ("data/nlu.yml", NLU, "Mark it: [noodles](dish)", NLU.replace(
            "😀 noodles", "😀 [noodles](dish)")),
        ("data/rules.yml", RULES.replace("intent: greet", "intent: gret"),
         "Change to 'greet'", RULES),
        ("data/rules.yml", RULES.replace("action: utter_greet", "action: utter_grete", 1),
         "Change to 'utter_greet'", RULES),
    ],
)  # fmt: skip
def test_quick_fixes(here, name, before, title, after):
    assert mended(here, put(here, name, before), title) == after


def test_a_name_that_is_like_no_other_is_declared(here):
    rules = put(here, "data/rules.yml", RULES.replace("intent: order", "intent: complain"))
    text = here.text(rules)
    far = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}
    here.takes_versions = True
    (action,) = code_actions(rules, text, {"range": far}, here)
    assert action["title"] == "Declare 'complain' in the domain"
    (change,) = action["edit"]["documentChanges"]
    uri = (here.root / "domain.yml").as_uri()
    assert change["textDocument"] == {"uri": uri, "version": None}
    put(here, "domain.yml", DOMAIN, version=3)
    (action,) = code_actions(rules, text, {"range": far}, here)
    assert action["edit"]["documentChanges"][0]["textDocument"]["version"] == 3


def test_all_that_is_safe_is_mended_at_once(here):
    text = NLU.replace("- hello", "- hello  ")
    after = mended(here, put(here, "data/nlu.yml", text), "Mend", only=["source.fixAll"])
    assert after == NLU.replace("你好😀\n      - hello\n", "你好😀\n")


def test_who_moves_the_cursor_does_not_wait_for_a_check(here, monkeypatch):
    path = put(here, "data/nlu.yml", NLU)
    monkeypatch.setattr(here, "check", pytest.fail)
    far = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}
    context = {"diagnostics": [], "triggerKind": 2}
    assert not [*code_actions(path, here.text(path), {"range": far, "context": context}, here)]


# beside the loop


def test_completion_does_not_wait_for_what_is_typed_in_the_same_file(here, monkeypatch):
    rules, domain = put(here, "data/rules.yml", RULES), put(here, "domain.yml", DOMAIN)
    assert "goodbye" not in here.completed(rules)[0].intents
    read = []
    load = workspaces.load_project
    monkeypatch.setattr(
        workspaces, "load_project", lambda *args, **more: read.append(1) or load(*args, **more)
    )
    put(here, "data/rules.yml", RULES + "# more\n")
    assert "greet" in here.completed(rules)[0].intents
    assert not read
    put(here, "domain.yml", DOMAIN.replace("[greet,", "[greet, goodbye,"))
    assert "goodbye" in here.completed(rules)[0].intents
    assert "goodbye" in here.completed(domain)[0].intents
    assert len(read) == 1
    here.forget()
    here.completed(rules)
    assert len(read) == 2


def test_work_that_is_overtaken_is_left_and_done_anew():
    begun, go_on, finished = threading.Event(), threading.Event(), threading.Event()
    seen = []

    def work(is_wanted):
        begun.set()
        assert go_on.wait(60)
        seen.append(is_wanted())
        if seen[-1]:
            finished.set()

    checker = Checker(work)
    checker.soon(at_once=True)
    assert begun.wait(60)
    checker.soon(at_once=True)
    go_on.set()
    assert finished.wait(60)
    assert seen == [False, True]
    checker.end()


def test_a_check_that_fails_is_not_the_last(caplog):
    finished = threading.Event()
    work = iter([lambda: 1 / 0, finished.set])
    checker = Checker(lambda _: next(work)())
    checker.soon(at_once=True)
    checker.soon(at_once=True)
    while not finished.wait(0.01):
        checker.soon(at_once=True)
    checker.end()
    assert "ZeroDivisionError" in caplog.text


def test_a_request_that_was_cancelled_is_not_worked_on(tmp_path):
    out = io.BytesIO()
    server = _Server(Writer(out), project_schemas)
    root = write(tmp_path)
    server.take({"id": 1, "method": "initialize", "params": {"rootUri": root.as_uri()}})
    server.cancelled.add("2")
    hover = {"textDocument": {"uri": root.as_uri()}, "position": {"line": 0, "character": 0}}
    server.take({"id": 2, "method": "textDocument/hover", "params": hover})
    server.take({"method": "$/cancelRequest", "params": {"id": 2}})
    assert not server.cancelled
    server.take({"id": 2, "method": "textDocument/hover", "params": hover})
    server.end()
    answers = [json.loads(part.rpartition("}")[0] + "}")
               for part in out.getvalue().decode().split("\r\n\r\n")[1:]]  # fmt: skip
    found = [one.get("error", {}).get("code") for one in answers if one.get("id") == 2]
    assert found == [CANCELLED, None]


def test_an_editor_that_can_watch_files_is_asked_to(tmp_path):
    out = io.BytesIO()
    server = _Server(Writer(out), project_schemas)
    able = {"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}}}
    root = write(tmp_path).as_uri()
    server.take(
        {"id": 1, "method": "initialize", "params": {"rootUri": root, "capabilities": able}}
    )
    server.take({"method": "initialized", "params": {}})
    server.end()
    assert b"client/registerCapability" in out.getvalue()
