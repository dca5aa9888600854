"""A server whose conversations belong to a human agent: the load of ``bench.channels``, relayed.

``python -m bench.relay FOLDER PORT CUSTOMERS`` opens the app of the project in FOLDER, makes so
many visitors whose conversations an agent owns, prints their tokens as one line of JSON and serves.
The agent sits in the same process, where the desk will be: it watches each conversation and says
``heard …`` to everything a customer writes. Each customer's message and each of the agent's is
committed; nothing is understood by the bot.
"""

import asyncio
import json
import sys
from pathlib import Path

from kefu.app.assembly import open_app
from kefu.app.settings import AppSettings
from kefu.channels.web.visitors import Visitors
from kefu.cli.project_settings import read_settings
from kefu.cli.serving import run_with_fast_loop, spare_garbage_collector
from kefu.core.events import UserUttered
from kefu.core.messages import AgentMessage
from kefu.server.app import build_app
from kefu.server.serving import serve
from kefu.server.settings import ServerSettings
from kefu.server.sockets import listening_socket

SECRET = "the secret of a benchmark only"
AGENT = {"id": "a1", "name": "小陈"}


class Agent:
    """Answers one conversation."""

    def __init__(self, gateway, conversation_id):
        self._gateway = gateway
        self._conversation_id = conversation_id
        self._news = asyncio.Event()
        self._cursor = 0

    async def work(self):
        """Watch and answer until cancelled."""
        self._cursor = await self._gateway.last_seq(self._conversation_id)
        self._gateway.watch(self._conversation_id, self._news.set)
        while True:
            await self._news.wait()
            self._news.clear()
            for entry in await self._gateway.log(self._conversation_id, after=self._cursor):
                self._cursor = entry.seq
                if isinstance(entry.event, UserUttered):
                    text = f"heard {entry.event.text}"
                    await self._gateway.agent_says(
                        AgentMessage(conversation_id=self._conversation_id, text=text, agent=AGENT)
                    )


async def relay(folder, port, customers):
    """Serve until cancelled."""
    services = read_settings(
        endpoints=folder / "endpoints.yml", credentials=folder / "credentials.yml"
    )
    settings = AppSettings(
        root=folder,
        model=folder / "models",
        endpoints=services.endpoints,
        credentials=services.credentials,
    )
    visitors = Visitors(SECRET.encode())
    with listening_socket("127.0.0.1", port) as sock:
        async with (
            open_app(settings) as app,
            serve(build_app(app.services(), ServerSettings()), sock),
            asyncio.TaskGroup() as working,
        ):
            tokens = [visitors.new_token() for _ in range(customers)]
            for token in tokens:
                conversation_id = visitors.conversation_of(token)
                await app.gateway.tracker(conversation_id)
                await app.gateway.change_owner(conversation_id, "agent")
                working.create_task(Agent(app.gateway, conversation_id).work())
            spare_garbage_collector()
            print(json.dumps(tokens), flush=True)
            await asyncio.Event().wait()


if __name__ == "__main__":
    run_with_fast_loop(relay(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
