"""Custom actions inside the process, on rasa-sdk's executor."""

import asyncio
import builtins
import sys
import threading
from contextlib import asynccontextmanager

import pytest

from kefu.errors import ActionFailed, ActionRejected
from kefu.remote.in_process import InProcessActions
from tests.integration.remote.calls import call

pytest.importorskip("rasa_sdk")

HEADER = """
import asyncio
import builtins
import threading
from rasa_sdk import Action, ActionExecutionRejection
from rasa_sdk.events import SlotSet
"""


def action(name, body, *, is_async=False):
    kind = "async def" if is_async else "def"
    return f"""
class {name.title().replace("_", "")}(Action):
    def name(self):
        return "{name}"

    {kind} run(self, dispatcher, tracker, domain):
        {body}
"""


@asynccontextmanager
async def project(tmp_path, *sources, module="own_actions", seconds=5.0):
    (tmp_path / f"{module}.py").write_text(HEADER + "\n".join(sources), "utf-8")
    actions = InProcessActions(module, tmp_path, timeout_seconds=seconds)
    path = list(sys.path)
    try:
        yield actions
    finally:
        await actions.close()
        sys.path[:] = path
        sys.modules.pop(module, None)


async def test_an_action_says_something_and_sets_a_slot(tmp_path):
    source = action(
        "action_a", "dispatcher.utter_message(text=tracker.sender_id); return [SlotSet('s', 1)]"
    )
    async with project(tmp_path, source) as actions:
        result = await actions.run(call())
    assert result.responses[0]["text"] == "c1"
    assert result.events[0]["name"] == "s"


async def test_nothing_is_imported_before_the_first_call(tmp_path):
    async with project(tmp_path, "raise RuntimeError('imported')") as actions:
        assert "own_actions" not in sys.modules
        with pytest.raises(ActionFailed, match="imported"):
            await actions.run(call())


async def test_blocking_code_does_not_block_the_event_loop(tmp_path):
    body = "builtins.kefu_entered.set(); assert builtins.kefu_gate.wait(5)"
    async with project(
        tmp_path, action("action_a", body), action("action_b", body, is_async=True)
    ) as actions:
        for name in ("action_a", "action_b"):
            builtins.kefu_entered, builtins.kefu_gate = threading.Event(), threading.Event()
            running = asyncio.ensure_future(actions.run(call(name)))
            assert await asyncio.to_thread(builtins.kefu_entered.wait, 5)
            builtins.kefu_gate.set()  # only a loop that goes on meanwhile comes here
            assert (await running).events == []
    del builtins.kefu_entered, builtins.kefu_gate


async def test_blocking_actions_run_beside_each_other(tmp_path):
    source = """
gate = threading.Barrier(3, timeout=4)
""" + action("action_a", "gate.wait()")
    async with project(tmp_path, source) as actions:
        results = await asyncio.gather(*(actions.run(call()) for _ in range(3)))
    assert [result.events for result in results] == [[], [], []]  # nobody waited in vain


@pytest.mark.parametrize("is_async", [True, False])
async def test_a_hanging_action_is_given_up_and_others_go_on(tmp_path, is_async):
    hanging = action("action_a", "threading.Event().wait(3)", is_async=is_async)
    quick = action("action_b", "return [SlotSet('s', 2)]", is_async=is_async)
    async with project(tmp_path, hanging, quick, seconds=0.2) as actions:
        with pytest.raises(ActionFailed, match=r"no answer within 0\.2 s"):
            await actions.run(call())
        result = await actions.run(call("action_b"))
    assert result.events[0]["value"] == 2


async def test_an_exception_is_a_failure_with_its_place(tmp_path):
    async with project(tmp_path, action("action_a", "raise ValueError('内部')")) as actions:
        with pytest.raises(ActionFailed, match=r"ValueError: 内部 at own_actions.py:\d+"):
            await actions.run(call())


async def test_an_action_may_decline(tmp_path):
    body = "raise ActionExecutionRejection(self.name(), 'not now')"
    async with project(tmp_path, action("action_a", body)) as actions:
        with pytest.raises(ActionRejected, match="not now"):
            await actions.run(call())


async def test_an_unknown_action_is_a_failure(tmp_path):
    async with project(tmp_path, action("action_a", "pass")) as actions:
        with pytest.raises(ActionFailed, match="no action of this name"):
            await actions.run(call("action_z"))


async def test_an_answer_that_is_no_json_is_a_failure(tmp_path):
    async with project(tmp_path, action("action_a", "return [SlotSet('s', object())]")) as actions:
        with pytest.raises(ActionFailed, match="no JSON"):
            await actions.run(call())


async def test_an_action_cannot_change_the_bot_behind_its_back(tmp_path):
    body = "tracker.slots['s'] = len(domain); tracker.latest_message.clear(); domain.clear()"
    body += "; return [SlotSet('s', tracker.slots['s'])]"
    asked = call()
    async with project(tmp_path, action("action_a", body)) as actions:
        seen = [(await actions.run(asked)).events[0]["value"] for _ in range(2)]
    assert seen == [len(asked.domain)] * 2
    assert asked.tracker["slots"]["s"] is None
    assert asked.tracker["latest_message"]
    assert asked.domain


async def test_a_missing_module_is_named(tmp_path):
    actions = InProcessActions("no_such_actions", tmp_path)
    with pytest.raises(ActionFailed, match="no_such_actions"):
        await actions.run(call())
    await actions.close()


async def test_a_package_brings_the_actions_of_all_its_modules(tmp_path):
    package = tmp_path / "own_package" / "deep"
    package.mkdir(parents=True)
    (tmp_path / "own_package" / "__init__.py").write_text("")
    (package / "__init__.py").write_text("")
    (package / "more.py").write_text(HEADER + action("action_a", "pass"))
    actions = InProcessActions("own_package", tmp_path)
    assert "action_a" in actions.action_names
    await actions.close()


async def test_an_endpoint_opened_later_runs_the_code_as_it_is_then(tmp_path):
    async with project(tmp_path, action("action_a", "return [SlotSet('s', 1)]")) as actions:
        await actions.run(call())
        changed = HEADER + action("action_a", "return [SlotSet('s', 22)]")
        (tmp_path / "own_actions.py").write_text(changed, "utf-8")
    later = InProcessActions("own_actions", tmp_path)
    result = await later.run(call())
    await later.close()
    assert result.events[0]["value"] == 22


async def test_a_class_that_cannot_be_made_does_not_spoil_the_others(tmp_path):
    broken = "class Broken(Action):\n    def __init__(self, needed):\n        pass\n"
    async with project(tmp_path, broken, action("action_a", "pass")) as actions:
        assert "action_a" in actions.action_names
        assert (await actions.run(call())).events == []


async def test_threads_end_with_the_endpoint(tmp_path):
    async with project(tmp_path, action("action_a", "pass")) as actions:
        await actions.run(call())
        started = [t for t in threading.enumerate() if t.name == "kefu-actions"]
    for thread in started:
        thread.join(2)
    assert started
    assert not any(thread.is_alive() for thread in started)


async def test_a_module_that_cannot_be_imported_is_tried_once(tmp_path):
    count = "import builtins\nbuiltins.kefu_imports = getattr(builtins, 'kefu_imports', 0) + 1\n"
    async with project(tmp_path, count + "import no_such_library") as actions:
        for _ in range(3):
            with pytest.raises(ActionFailed, match="'no_such_library' is missing"):
                await actions.run(call())
        assert vars(builtins).pop("kefu_imports") == 1


async def test_actions_may_call_what_ruamel_yaml_had_with_older_versions(tmp_path):
    source = "import ruamel.yaml\nLOADED = ruamel.yaml.safe_load('a: [1]')\n"
    body = "return [SlotSet('s', LOADED['a'])]"
    async with project(tmp_path, source, action("action_a", body)) as actions:
        result = await actions.run(call())
    assert result.events[0]["value"] == [1]
