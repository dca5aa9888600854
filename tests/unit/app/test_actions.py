from types import SimpleNamespace

from kefu.app.actions import custom_actions, why_actions_fail
from kefu.core.domain import Domain
from kefu.errors import ProjectError
from kefu.project.settings import ActionEndpoint

MODULE = ActionEndpoint(module="actions")


class Broken:
    @property
    def action_names(self):
        raise ProjectError("cannot be imported")


def test_custom_actions_are_those_that_the_project_brings():
    domain = Domain.from_dict(
        {
            "actions": ["action_a", "action_listen", "utter_said_elsewhere", "utter_b"],
            "responses": {"utter_b": [{"text": "b"}]},
        }
    )
    assert custom_actions(domain) == {"action_a"}


async def test_a_bot_without_custom_actions_needs_nothing():
    assert await why_actions_fail(set(), None, None) is None
    assert await why_actions_fail(set(), MODULE, Broken()) is None


async def test_actions_without_an_endpoint_are_named():
    warning = await why_actions_fail({f"action_{n}" for n in range(7)}, None, None)
    assert "action_0, action_1" in warning
    assert "2 more" in warning
    assert "actions_module" in warning


async def test_a_module_that_has_all_actions_is_fine():
    endpoint = SimpleNamespace(action_names=("action_a", "action_b"))
    assert await why_actions_fail({"action_a"}, MODULE, endpoint) is None


async def test_actions_that_the_module_lacks_are_named():
    endpoint = SimpleNamespace(action_names=("action_a",))
    assert "action_b" in await why_actions_fail({"action_a", "action_b"}, MODULE, endpoint)


async def test_a_module_that_cannot_be_imported_is_told():
    assert "cannot be imported" in await why_actions_fail({"action_a"}, MODULE, Broken())


async def test_servers_of_other_machines_are_not_asked():
    there = ActionEndpoint(url="http://actions.example/webhook")
    assert await why_actions_fail({"action_a"}, there, object()) is None
