"""A server with a desk in this process, and what it takes to work at it in tests."""

import asyncio
import json
from contextlib import asynccontextmanager
from itertools import count

import aiohttp
from yarl import URL

from kefu.app.customers import BotMemories
from kefu.app.desk import GatewayDoor, profile_of
from kefu.app.desk_library import ConversationVariables, HoursInJson
from kefu.app.handoffs import Handoffs
from kefu.clock import SystemClock
from kefu.core.domain import Domain
from kefu.core.events import ConversationPaused
from kefu.core.messages import UserMessage
from kefu.customers.customers import Customers
from kefu.customers.tokens import Tokens
from kefu.customers.views import CustomerViews
from kefu.desk.desk import Desk, DeskSettings
from kefu.desk.handing import Known
from kefu.desk.library.drafts import Drafts
from kefu.desk.library.library import Library
from kefu.desk.suggestions import Suggestions
from kefu.dialogue.bot import Bot
from kefu.gateway.gateway import Gateway
from kefu.project.settings import CustomerSettings
from kefu.server.app import build_app
from kefu.server.services import Services
from kefu.server.serving import serve
from kefu.server.settings import ServerSettings
from kefu.server.sockets import listening_socket
from kefu.staff.passwords import Passwords
from kefu.staff.permissions import Role
from kefu.staff.staff import Staff
from kefu.storage.memory import open_memory
from tests.described import check_described
from tests.serving import DOMAIN, TablePolicy
from tests.staffing import PASSWORD, CountingHasher, hired

COOKIE = "kefu_desk"


async def look(_):
    return Known()


class Browser:
    """An agent's browser: keeps its cookie and shows the token against forged requests."""

    def __init__(self, url, account):
        self.url, self.account = url, account
        self.id = account.account_id
        self._session = aiohttp.ClientSession(
            base_url=url, cookie_jar=aiohttp.CookieJar(unsafe=True)
        )
        self.csrf = ""
        self.close = self._session.close

    async def sign_in(self):
        body = {"login": self.account.login, "password": PASSWORD}
        async with self._session.post("/api/v1/login", json=body) as answer:
            assert answer.status == 200, await answer.text()
            self.csrf = (await answer.json())["csrf"]

    async def ask(self, method, path, body=None, *, headers=None, **options):
        headers = {"X-CSRF-Token": self.csrf, **(headers or {})}
        if body is not None:
            options["json"] = body
        address = URL(f"/api/v1/{path}", encoded=True)
        async with self._session.request(method, address, headers=headers, **options) as answer:
            text = await answer.text()
            is_json = "json" in answer.content_type
            value = json.loads(text) if text and is_json else text
            check_described(method, str(address), answer.status, value)
            return answer.status, value

    async def get(self, path):
        status, value = await self.ask("GET", path)
        assert status == 200, value
        return value

    async def act(self, path, body=None, *, status=200):
        answered, value = await self.ask("POST", path, {} if body is None else body)
        assert answered == status, value
        return value

    async def say(self, conversation, text, **more):
        body = {"message_id": f"m{next(NUMBERS)}", "text": text, **more}
        return (await self.act(f"conversations/{conversation}/messages", body))["seq"]

    @asynccontextmanager
    async def line(self, *, cursor=None, threads=None, **headers):
        """Give a live line that has said hello; None as cursor: from now on."""
        async with self._session.ws_connect("/api/v1/live", headers=headers) as socket:
            await socket.send_json({"type": "hello", "cursor": cursor, "open": threads or {}})
            yield Line(socket)

    def raw_line(self, headers=None):
        return self._session.ws_connect("/api/v1/live", headers=headers)


class Line:
    """The frames of a live line."""

    def __init__(self, socket):
        self.socket, self.frames = socket, []

    async def send(self, **frame):
        await self.socket.send_json(frame)

    async def until(self, fits, seconds=5.0):
        """Return the first frame that fits, now or to come; frames before it are kept, too."""
        for frame in self.frames:
            if fits(frame):
                return frame
        async with asyncio.timeout(seconds):
            async for message in self.socket:
                frame = json.loads(message.data)
                self.frames.append(frame)
                if fits(frame):
                    return frame
        raise AssertionError(f"the line ended: {self.frames}")

    async def of(self, kind, **fields):
        def fits(frame):
            is_kind = kind in (frame["type"], frame.get("kind"))
            return is_kind and all(frame.get(name) == value for name, value in fields.items())

        return await self.until(fits)

    async def row(self, fits):
        frame = await self.until(
            lambda one: one.get("kind") == "row" and one["row"] is not None and fits(one["row"])
        )
        return frame["row"]

    async def ended(self):
        """Read on until the server closes the line; return the frames."""
        async with asyncio.timeout(5.0):
            async for message in self.socket:
                self.frames.append(json.loads(message.data))
        return self.frames


NUMBERS = count(1)


class World:
    """A running desk."""

    def __init__(self, storage, gateway, staff, desk, app, url):
        self.storage, self.gateway, self.staff, self.desk = storage, gateway, staff, desk
        self.customers = None
        self.app, self.url = app, url
        self.served = app.ctx.desk
        self.browsers = []

    async def hire(self, login, role=Role.AGENT, *, is_there=True, **changes):
        """Return the browser of a new agent who is signed in, and at work."""
        account = await hired(self.staff, login, role, **changes)
        await self.desk.presence.know(profile_of(account))
        browser = Browser(self.url, account)
        self.browsers.append(browser)
        await browser.sign_in()
        if is_there and profile_of(account).is_active:
            await self.desk.presence.connect(account.account_id)
        await self.desk.feed.look()
        return browser

    async def hear(self, conversation, text, **more):
        """Let a customer say something; return its place in the log."""
        message = UserMessage(
            conversation_id=conversation,
            text=text,
            message_id=f"c{next(NUMBERS)}",
            input_channel="web",
            **more,
        )
        await self.gateway.handle(message)
        return await self.gateway.last_seq(conversation)

    async def hand_off(self, conversation, text="转人工"):
        """Let a customer want a human."""
        await self.hear(conversation, text)
        pause = ConversationPaused(metadata={"handoff": {"reason": "asked", "detail": "转人工"}})
        await self.gateway.append_events(conversation, [pause])
        session = await self.desk.store.open_session(conversation)
        assert session is not None
        return session

    async def served_by(self, browser, conversation):
        """Let an agent have a conversation."""
        await self.hand_off(conversation)
        await browser.act(f"conversations/{conversation}/claim")


@asynccontextmanager
async def running_desk(tmp_path, *, storage=None, settings=None, dispatches=False, files=None):
    """Serve a desk over a bot that knows a few words."""
    del tmp_path
    storage, clock = storage or open_memory(), SystemClock()
    bot = Bot(domain=Domain.from_dict(DOMAIN), understanding=None, predictor=TablePolicy())
    handoffs = Handoffs(clock)
    suggestions = Suggestions()
    gateway = Gateway(bot, storage.stores, handoff=handoffs, followers=[suggestions])
    staff = Staff(storage.staff, clock, passwords=Passwords(CountingHasher()))
    views = CustomerViews(storage.customers, storage.visits)
    customers = Customers(
        storage.customers,
        storage.visits,
        BotMemories(gateway, storage.stores.log, drafts=Drafts(storage.desk_items, clock)),
        tokens=Tokens(CustomerSettings(), None, clock),
        settings=CustomerSettings(),
        clock=clock,
    )
    library = Library(
        storage.desk_items,
        clock,
        variables=ConversationVariables(gateway, views),
        hours=HoursInJson(),
    )
    desk = Desk(storage.desk, GatewayDoor(gateway), clock, look=look, settings=DeskSettings())
    handoffs.queue = desk
    services = Services(
        conversations=gateway,
        models=None,
        staff=staff,
        desk=desk,
        library=library,
        customers=customers,
        customer_views=views,
        files=files,
        suggestions=suggestions,
        clock=clock,
    )
    settings = settings or ServerSettings(enable_api=True, auth_token="secret")
    app = build_app(services, settings)
    await desk.feed.begin()
    works = [desk.feed.run(), desk.timekeeper.run(), staff.watch.run()]
    works += [desk.dispatcher.run()] if dispatches else []
    running = [asyncio.create_task(work) for work in works]
    try:
        async with serve(app, listening_socket("127.0.0.1", 0), drain_seconds=1.0) as server:
            url = f"http://127.0.0.1:{server.port}"
            world = World(storage, gateway, staff, desk, app, url)
            world.customers = customers
            try:
                yield world
            finally:
                for browser in world.browsers:
                    await browser.close()
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await gateway.close()
