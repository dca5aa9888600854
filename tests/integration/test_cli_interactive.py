"""A trainer corrects the bot, and the files say so afterwards."""

import difflib
import os
import pty
import re
import select
import signal
import subprocess
import time

import pytest
import yaml

from tests.integration.command import KEFU, environment, kefu

NLU, STORIES, RULES = "data/nlu.yml", "data/stories.yml", "data/rules.yml"


def contents(project):
    return {
        str(path.relative_to(project)): path.read_bytes()
        for path in project.rglob("*.yml")
        if "var" not in path.parts
    }


def rehearsed(project, *lines, options=()):
    """Say lines; return what was shown, and the files that changed with what is new in them."""
    before = contents(project)
    done = kefu("interactive", *options, cwd=project, said="".join(f"{line}\n" for line in lines))
    assert done.status == 0, done.err
    changed = {}
    for name, data in contents(project).items():
        old = before.get(name, b"")
        if data != old:
            changed[name] = (old.decode(), data.decode())
    return done.out, changed


def added(change):
    """Return the lines that a file got, after making sure that it lost none."""
    old, new = (text.splitlines() for text in change)
    lines = list(difflib.ndiff(old, new))
    assert not [line for line in lines if line.startswith("- ")]
    return [line[2:] for line in lines if line.startswith("+ ")]


def test_saying_yes_to_everything_changes_nothing(project):
    out, changed = rehearsed(project, "hello", "a", "where is my order", "", "", "", "/stop")
    assert "intent    greet 0.9" in out
    assert "next      utter_greet  MemoizationPolicy 1.00  data/stories.yml:7-8" in out
    assert "Hello, this is Little Leaf Tea" in out
    assert "What is your order number" in out
    assert changed == {}


def test_a_corrected_intent_is_learned_before_the_answer(project):
    out, changed = rehearsed(project, "the kettle is cold", "goodbye", "a", "/stop")
    assert "'the kettle is cold' is an example of 'goodbye': data/nlu.yml" in out
    assert "Learned in" in out
    assert "next      utter_goodbye" in out
    assert set(changed) == {NLU}
    assert added(changed[NLU]) == ["    - the kettle is cold"]
    assert "the model in models/ is not" in out
    again, changed = rehearsed(project, "the kettle is cold", "a", "/stop")
    assert "intent    goodbye" in again
    assert changed == {}


def test_an_answer_that_is_no_intent_is_asked_about(project):
    out, changed = rehearsed(
        project, "the kettle is cold", "goodby_", "n", "?", "? faq/pa", "3", "a", "/undo", "/stop"
    )
    assert "did you mean: goodbye" in out
    assert "a new intent 'goodby_'? [y/N] n" in out
    assert "    others: faq/payment\n" in out
    assert re.search(r"    1  \w+ 0\.\d\d\n", out)
    assert changed == {}


def test_a_new_intent_with_a_new_response(project):
    out, changed = rehearsed(
        project,
        "is the shop open on sundays",
        "opening_hours",
        "y",
        "utter_hours: We are open: every day.",
        "",
        "r",
        "Opening hours",
        "/stop",
    )
    assert "We are open: every day." in out
    assert "the rule 'Opening hours' is in data/rules.yml" in out
    assert added(changed["domain.yml"]) == [
        "- opening_hours",
        "  utter_hours:",
        '  - text: "We are open: every day."',
    ]
    assert added(changed[NLU]) == [
        "- intent: opening_hours",
        "  examples: |",
        "    - is the shop open on sundays",
    ]
    assert added(changed[RULES])[0] == "- rule: Opening hours"
    done = kefu("data", "validate", cwd=project)
    assert done.status == 0, done.out
    out, changed = rehearsed(project, "is the shop open on sundays", "a", "/stop")
    assert "utter_hours  RulePolicy 1.00  data/rules.yml" in out
    assert "Opening hours" in out


def test_marked_entities_become_the_example(project):
    marked = "tell me about [Keemun](tea)"
    out, changed = rehearsed(
        project, "tell me about Keemun", "tell me of [Keemun](tea)", "tell me about [K",
        marked, "recommend_tea", "a", "/stop",
    )  # fmt: skip
    if "nlu_fallback" in out:
        assert "nlu_fallback has no examples: which intent is it?" in out
    assert "Mark entities in the message itself: tell me about Keemun" in out
    assert added(changed[NLU]) == [f"    - {marked}"]


def test_an_example_of_the_wrong_intent_moves(project):
    _, changed = rehearsed(project, "have a nice day", "thank", "a", "/stop")
    old, new = changed[NLU]
    assert sorted(old.splitlines()) == sorted(new.splitlines())
    examples = {item.get("intent"): item["examples"] for item in yaml.safe_load(new)["nlu"]}
    assert "- have a nice day" in examples["thank"]
    assert "- have a nice day" not in examples["goodbye"]


def test_another_action_is_done_and_kept_as_a_story(project):
    out, changed = rehearsed(
        project, "recommend a tea", "", "", "", "", "no", "deny", "utter_happy", "", "s",
        "Polite", "/show", "/stop",
    )  # fmt: skip
    assert "keep it?" in out
    assert added(changed[STORIES]) == [
        "- story: Polite",
        "  steps:",
        "  - intent: recommend_tea",
        "  - action: utter_recommend",
        "  - action: utter_ask_satisfied",
        "  - intent: deny",
        "  - action: utter_happy",
    ]


def test_a_test_is_kept_and_can_be_played(project):
    out, changed = rehearsed(
        project, "where is my order", "a", "20260001", "check_order", "a", "/save test Order kept",
        "/stop",
    )  # fmt: skip
    assert "the test 'Order kept' is in tests/test_stories.yml" in out
    story = yaml.safe_load(changed["tests/test_stories.yml"][1])["stories"][-1]
    assert story["story"] == "Order kept"
    assert story["steps"][0] == {"user": "where is my order", "intent": "check_order"}
    assert {"action": "order_form"} in story["steps"]
    assert {"active_loop": None} in story["steps"]
    assert kefu("train", cwd=project).status == 0
    done = kefu("test", "e2e", "--fail-on-prediction-errors", cwd=project)
    assert done.status == 0, done.out


def test_forms_are_told_as_stories_tell_them(project):
    out, _ = rehearsed(
        project, "where is my order", "a", "20260001", "check_order", "a", "/show", "/stop"
    )
    told = out[out.index("> /show") :]
    assert [line.strip() for line in told.splitlines()[1:7]] == [
        "- intent: check_order",
        "- action: order_form",
        "- active_loop: order_form",
        "- action: order_form",
        "- active_loop: null",
        "- action: action_check_order",
    ]


def test_what_contradicts_the_stories_is_not_kept(project):
    out, changed = rehearsed(project, "hello", "", "utter_goodbye", "", "r", "Rude", "/stop", "")
    assert "not kept, for then:" in out
    assert "says 'utter_goodbye'" in out
    assert "Corrections of actions that are in no file: 1." in out
    assert changed == {}


def test_undo_takes_back_everything_of_a_turn(project):
    out, changed = rehearsed(
        project, "the kettle is cold", "goodbye", "a", "/undo", "/undo", "the kettle is cold", "a",
        "/stop",
    )  # fmt: skip
    assert "data/nlu.yml is as it was." in out
    assert "There is nothing to go back to." in out
    assert changed == {}
    assert "intent    goodbye" not in out
    assert "the model in models/ is not" not in out


def test_what_somebody_else_wrote_since_is_left(project):
    before = (project / NLU).read_text()
    process = subprocess.Popen(
        [*KEFU, "interactive"], cwd=project, text=True, env=environment(),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    process.stdin.write("the kettle is cold\ngoodbye\na\n")
    process.stdin.flush()
    seen = ""
    while "an example of" not in seen:
        seen += process.stdout.readline()
    path = project / NLU
    path.write_text(path.read_text() + "# mine\n")
    out, _ = process.communicate("/undo\n/stop\n", timeout=60)
    assert "was changed by somebody else in the meantime" in out
    assert path.read_text().endswith("# mine\n")
    assert "the kettle is cold" not in before


def test_the_end_of_the_input_loses_nothing(project):
    out, changed = rehearsed(project, "hello", "", "utter_goodbye")
    assert changed == {}
    (kept,) = (project / "var" / "interactive").iterdir()
    assert f"Written to var/interactive/{kept.name}." in out
    steps = yaml.safe_load(kept.read_text())["stories"][0]["steps"]
    assert steps == [{"user": "hello", "intent": "greet"}, {"action": "utter_goodbye"}]


def test_an_interruption_loses_nothing(project):
    process = subprocess.Popen(
        [*KEFU, "interactive"], cwd=project, text=True, env=environment(),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    process.stdin.write("hello\n\nutter_goodbye\n")
    process.stdin.flush()
    seen = ""
    while "Goodbye" not in seen and "See you" not in seen:
        seen += process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "Traceback" not in err
    (kept,) = (project / "var" / "interactive").iterdir()
    assert f"Written to var/interactive/{kept.name}." in out
    assert "action: utter_goodbye" in kept.read_text()


def test_without_nlu_intents_are_chosen_and_stories_may_have_the_words(project):
    out, changed = rehearsed(
        project, "hello you", "greet", "utter_happy", "a", "s", "Talk", "/example", "/stop",
        options=("core", "--e2e", "--port", "5006", "--skip-visualization", "--force"),
    )  # fmt: skip
    assert "intent    none 0.00" in out
    assert "examples are kept by kefu interactive, not by" in out
    assert set(changed) == {STORIES}
    assert added(changed[STORIES]) == [
        "- story: Talk", "  steps:", "  - user: hello you", "    intent: greet",
        "  - action: utter_happy",
    ]  # fmt: skip


def test_odd_commands_are_answered(project):
    out, changed = rehearsed(
        project, "/example", "/save x y", "/save rule", "/undo", "/help", "/export mine.yml",
        "hello", "a", "/export mine.yml", "/restart", "/show", "/stop",
    )  # fmt: skip
    assert "there is no message yet" in out
    assert "'x' is none of rule, story, test" in out
    assert "/save [kind] [name]" in out
    assert "a test needs a name and steps" in out
    assert "A new conversation." in out
    assert set(changed) == {"mine.yml"}


def test_without_a_model_one_is_trained(project):
    for path in (project / "models").iterdir():
        path.unlink()
    out, _ = rehearsed(project, "thanks", "a", "/stop")
    assert "You are welcome" in out


def test_files_that_cannot_be_trained_are_named(project):
    for path in (project / "models").iterdir():
        path.unlink()
    project.joinpath(RULES).write_text("rules: [")
    done = kefu("interactive", cwd=project, said="hello\n")
    assert done.status == 1
    assert "data/rules.yml:1" in done.err


@pytest.mark.skipif(not hasattr(pty, "openpty"), reason="needs terminals")
def test_on_a_terminal_questions_are_asked(project):
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*KEFU, "interactive"], cwd=project, env={**environment(), "TERM": "dumb"},
        stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True,
    )  # fmt: skip
    os.close(theirs)
    seen = b""
    said = iter([(b"> ", b"thanks\n"), (b"right?", b"a\n"), (b"> ", b"/stop\n")])
    waits_for, answer = next(said)
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if not select.select([ours], [], [], 1)[0]:
            continue
        try:
            seen += os.read(ours, 4096)
        except OSError:
            break
        shown = re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]|[\x01\x02]", b"", seen)
        if waits_for is not None and waits_for in shown.rsplit(b"\n", 1)[-1]:
            os.write(ours, answer)
            waits_for, answer = next(said, (None, b""))
    assert process.wait(timeout=60) == 0
    os.close(ours)
    assert b"You are welcome" in seen
    assert (project / "var" / "shell_history").read_text().splitlines()[-3:] == [
        "thanks",
        "a",
        "/stop",
    ]
