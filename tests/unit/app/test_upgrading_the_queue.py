"""Who waited in the queue that Kefu had before its desk waits at the desk after the upgrade."""

from __future__ import annotations

import asyncio
import sqlite3

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from kefu.app.assembly import open_app
from kefu.app.settings import AppSettings
from kefu.core.events import ConversationPaused, SlotSet
from kefu.core.messages import UserMessage
from kefu.project.settings import Endpoints
from kefu.storage.sql import migrating
from tests.unit.app.test_assembly import a_model, changed

QUEUE = Endpoints(extra={"human_queue": {"name": "connectors.human_queue.HumanQueue"}})


@pytest.fixture
def settings(tmp_path):
    model = a_model(tmp_path / "models", "one", "Hi!")
    url = f"sqlite:///{tmp_path / 'kefu.db'}"
    return AppSettings(root=tmp_path, model=model, storage_url=url, has_channels=False)


def set_back(path, revision):
    """Make the file what an earlier version left behind."""
    config = Config()
    config.set_main_option("script_location", str(migrating._MIGRATIONS))
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
    engine.dispose()


async def test_who_waited_before_the_upgrade_waits_at_the_desk_after_it(settings, tmp_path):
    async with open_app(settings) as app:  # without a desk that anybody hands over to
        await app.gateway.handle(UserMessage(conversation_id="c", text="/greet"))
        asked = [SlotSet(key="handoff_reason", value="要求人工"), ConversationPaused()]
        await app.gateway.append_events("c", asked)
        await app.gateway.handle(UserMessage(conversation_id="other", text="/greet"))
    path = tmp_path / "kefu.db"
    set_back(path, "0010")
    connection = sqlite3.connect(path)
    connection.execute(
        "INSERT INTO waiting (conversation_id, reason, channel, since, last_message, state)"
        " VALUES ('c', '要求人工', 'web', 1.0, '在吗', 'waiting')"
    )
    connection.commit()
    connection.close()
    async with open_app(changed(settings, endpoints=QUEUE)) as app:
        told = asyncio.Event()
        app.desk.feed.listen(lambda _: told.set())
        async with asyncio.timeout(30):
            while not (line := await app.desk.waiting()):
                await told.wait()
                told.clear()
        assert [one["conversation_id"] for one in line] == ["c"]
        assert (line[0]["reason"], line[0]["state"]) == ("要求人工", "waiting")
    connection = sqlite3.connect(path)
    tables = connection.execute("SELECT name FROM sqlite_master WHERE name = 'waiting'").fetchall()
    connection.close()
    assert tables == []
