"""What the desk of an app goes by: accounts that change elsewhere, figures."""

import asyncio
import time

import pytest

from kefu.app import desk as app_desk
from kefu.app.assembly import open_app
from kefu.app.staff import staff_of_project
from kefu.core.messages import UserMessage
from kefu.desk.people import person_of
from kefu.errors import DeskError
from tests.unit.app.test_assembly import changed, settings  # noqa: F401 - a fixture
from tests.unit.desk.office import anybody
from tests.unit.staff.test_following import BY


@pytest.fixture
def shared(settings, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setattr(app_desk, "_SETTINGS_SECONDS", 0.01)
    return changed(settings, storage_url=f"sqlite:///{tmp_path / 'kefu.db'}")


async def until(condition):
    async with asyncio.timeout(20):
        while not await condition():  # noqa: ASYNC110 - the desk has no event for it
            await asyncio.sleep(0.01)


async def test_an_account_removed_by_another_process_has_no_conversations_any_more(shared):
    async with open_app(shared) as app:
        account, _ = await app.staff.directory.create(BY, {"display_name": "林", "role": "agent"})
        agent_id = account.account_id
        await app.desk.presence.connect(agent_id)
        await app.gateway.handle(UserMessage(conversation_id="c1", text="/greet"))
        lin = person_of(app_desk.profile_of(account))
        await app.desk.serving.take_over("c1", lin, anybody)
        await app.desk.serving.snooze("c1", time.time() + 3600, lin, anybody)
        async with staff_of_project(shared) as elsewhere:
            await elsewhere.directory.remove(BY, agent_id)

        async def is_given_on():
            session = await app.desk.store.open_session("c1")
            return session.state == "waiting" and session.mark == "agent_gone"

        await until(is_given_on)
        gone = await app.desk.store.agent(agent_id)
        assert (gone.open, gone.is_active, gone.is_accepting) == (0, False, False)
        figures = app.measurements()
        assert figures["desk_agent_gone_total"] == 1
        assert figures["desk_assigned_total"] == 0


async def test_an_account_of_the_command_line_is_known_before_the_next_look(settings, tmp_path):  # noqa: F811
    shared = changed(settings, storage_url=f"sqlite:///{tmp_path / 'kefu.db'}")
    async with open_app(shared) as app, staff_of_project(shared) as elsewhere:
        fields = {"display_name": "林", "role": "agent", "max_sessions": 7}
        account, _ = await elsewhere.directory.create(BY, fields)
        assert await app.desk.store.agent(account.account_id) is None
        await app.desk.presence.declare(account.account_id, "busy", "开会")
        lin = await app.desk.store.agent(account.account_id)
        assert (lin.status, lin.name, lin.max_sessions) == ("busy", "林", 7)
        other, _ = await elsewhere.directory.create(BY, fields)
        assert (await app.desk.presence.connect(other.account_id)).is_accepting
        removed, _ = await elsewhere.directory.create(BY, fields)
        await elsewhere.directory.remove(BY, removed.account_id)
        for gone in ("nobody", removed.account_id):
            with pytest.raises(DeskError, match="not known"):
                await app.desk.presence.declare(gone, "busy")


async def test_accounts_that_others_change_are_told_to_screens(shared):
    async with open_app(shared) as app, staff_of_project(shared) as elsewhere:
        account, _ = await elsewhere.directory.create(BY, {"display_name": "林", "role": "agent"})
        await until(lambda: is_told(app, "agents", 1))
        await elsewhere.directory.change(BY, account.account_id, {"display_name": "林雨"})
        await until(lambda: is_told(app, "agents", 2))
        assert (await app.desk.store.agent(account.account_id)).name == "林雨"


async def is_told(app, what, times):
    told = await app.desk.store.events(after=0)
    return [one.data.get("what") for one in told].count(what) == times
