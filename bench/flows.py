"""Conversations with the shipped assistant: played against a real shop, written down, counted.

    python -m bench.flows                play them and print what became of each
    python -m bench.flows --write        ... and write docs/assistant.md

``tests/quality/flows.yml`` says what customers write. Bot, gateway, actions and shop are the real
ones in one process; the shop's clock stands still and the choice among variations is fixed, so
that the same words come out each time. A one-time code is read where a customer reads it: on the
phone, which in the demonstration is a page of the shop.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from joserfc import jwt
from joserfc.jwk import OctKey

from kefu.app.actions import custom_actions, why_actions_fail
from kefu.app.assembly import App, open_app
from kefu.app.settings import AppSettings
from kefu.core.contents import Image
from kefu.core.messages import Reply, UserMessage
from kefu.model.load import Model, load_model
from kefu.project.load import load_endpoints
from kefu.project.settings import MEMORY, Credentials
from tests.integration.shop_server import KEY, NOON, SECRET, running_shop

ROOT = Path(__file__).parent.parent
FLOWS = ROOT / "tests" / "quality" / "flows.yml"
PAGE = ROOT / "docs" / "assistant.md"
CHANNEL = "flows"
PHOTO = "{photo}"
"""Stands for a picture that the customer sends."""
HANDED_OVER = ("action_handoff", "action_human_handoff")
NOT_UNDERSTOOD = ("action_default_fallback", "action_two_stage_fallback")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A conversation that customers have."""

    name: str
    section: str
    says: tuple[str, ...]
    """What the customer writes; ``{code}`` stands for the newest code on their phone."""
    expects: tuple[str, ...]
    """Words that the answers must contain, in this order."""
    customer: Mapping[str, Any] | None = None
    """Claims of the storefront's token; None: nobody is signed in."""
    phone: str | None = None
    """Whose phone shows codes."""
    is_for_people: bool = False
    """It is meant to end with a person, so it does not count as solved or not."""


@dataclass(slots=True)
class Played:
    """What became of a flow."""

    flow: Flow
    turns: list[tuple[str, list[Reply]]] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    missing: tuple[str, ...] = ()
    """What was expected and did not come."""

    @property
    def was_handed_over(self) -> bool:
        """Whether a person was asked."""
        return any(action in HANDED_OVER for action in self.actions)

    @property
    def is_solved(self) -> bool:
        """Whether it went as it should without a person."""
        return not self.missing and not self.was_handed_over


def read_flows(path: Path = FLOWS) -> list[Flow]:
    """Return the flows of a file."""
    content = yaml.safe_load(path.read_text("utf-8"))
    customers = content["customers"]
    found = []
    for section in content["sections"]:
        for entry in section["flows"]:
            who = customers[entry["customer"]] if "customer" in entry else None
            found.append(
                Flow(
                    name=entry["flow"],
                    section=section["section"],
                    says=tuple(map(str, entry["says"])),
                    expects=tuple(map(str, entry.get("expects", ()))),
                    customer=who,
                    phone=entry.get("phone") or (who or {}).get("phone"),
                    is_for_people=bool(entry.get("for_people")),
                )
            )
    return found


class Phone:
    """Collects the replies, and shows codes as the shop's page does."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []

    async def send(self, reply: Reply, *, delivery_id: int, recipient: str) -> None:  # noqa: ARG002 - one customer at a time
        """Take a reply."""
        self.replies.append(reply)

    def taken(self) -> list[Reply]:
        """Return what came since the last time."""
        taken, self.replies = self.replies, []
        return taken


async def code_on(phone: str, shop: str) -> str:
    """Return the newest code that the shop's page shows for a phone."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{shop}/store/messages", params={"phone": phone}) as response,
    ):
        messages = (await response.json())["messages"]
    codes = [code for message in messages for code in re.findall(r"\d{6}", message["text"])]
    return codes[0] if codes else "000000"


def token(claims: Mapping[str, Any]) -> str:
    """Return what the storefront hands to the chat for a customer who is signed in."""
    body = {**claims, "exp": int(time.time()) + 600}
    return jwt.encode({"alg": "HS256"}, body, OctKey.import_key(SECRET))


@asynccontextmanager
async def assistant(
    model: Model, channels: Mapping[str, Mapping[str, Any]] | None = None
) -> AsyncIterator[tuple[App, str]]:
    """Run the assistant of this repository and its shop; gives the app and the shop's address.

    Nothing is kept: each has a shop that nobody has used, and conversations in memory.

    Args:
        model: Who answers; several may use it, one after the other.
        channels: Those that are open, as in credentials.yml.
    """
    async with running_shop() as shop:
        os.environ |= {"SHOP_URL": shop, "SHOP_API_KEY": KEY, "SHOP_JWT_SECRET": SECRET}
        endpoints, problems = load_endpoints(ROOT / "endpoints.yml")
        if any(problem.severity == "error" for problem in problems):
            sys.exit("\n".join(map(str, problems)))
        settings = AppSettings(
            root=ROOT,
            model=None,
            endpoints=endpoints,
            storage_url=MEMORY,
            credentials=Credentials(channels=channels or {}),
        )
        async with open_app(settings) as app:
            app.models.use(app.models.around(model))
            wanted, endpoint = custom_actions(model.domain), app.models.action_endpoint
            failure = await why_actions_fail(wanted, settings.endpoints.action, endpoint)
            if failure:
                sys.exit(failure)
            _stop_the_clock()
            yield app, shop


def _stop_the_clock() -> None:
    """Let the actions, which are imported anew with each app, have the shop's day."""
    for name, module in list(sys.modules.items()):
        if name.startswith("actions.") and hasattr(module, "today"):
            module.today = NOON.date


async def play(flow: Flow, number: int, app: App, shop: str) -> Played:
    """Have a conversation."""
    played, phone = Played(flow), Phone()
    app.gateway.connect(CHANNEL, phone)
    address = f"flow-{number}"
    if flow.customer is not None:
        await app.customers.sign_in(address, token(flow.customer))
    for text in flow.says:
        said = text
        if "{code}" in text and flow.phone:
            said = text.replace("{code}", await code_on(flow.phone, shop))
        await app.gateway.handle(
            UserMessage(
                conversation_id=address,
                text=said.replace(PHOTO, "[图片]"),
                content=Image(url="https://pictures.example/photo.jpg") if said == PHOTO else None,
                input_channel=CHANNEL,
                output_channel=CHANNEL,
            )
        )
        await app.gateway.idle()
        shown = text.replace("{code}", "（手机上收到的 6 位验证码）").replace(PHOTO, "（一张照片）")
        played.turns.append((shown, phone.taken()))
    state = await app.gateway.state(address, events="ALL")
    played.actions = [e["name"] for e in state["events"] if e["event"] == "action"]
    heard = "\n".join(reply.text or "" for _, replies in played.turns for reply in replies)
    missing, place = [], 0
    for wanted in flow.expects:
        found = heard.find(wanted, place)
        if found < 0:
            missing.append(wanted)
        else:
            place = found + len(wanted)
    played.missing = tuple(missing)
    return played


async def play_all(flows: Sequence[Flow], model: Model) -> list[Played]:
    """Have all the conversations, one after the other, each against a shop nobody has used."""
    played = []
    for number, flow in enumerate(flows):
        random.seed(number)
        async with assistant(model) as (app, shop):
            played.append(await play(flow, number, app, shop))
    return played


def page(played: Sequence[Played]) -> str:
    """Return the transcripts as a Markdown page."""
    lines = [
        "# 小橙能办的事 · What the assistant can do",
        "",
        "下面的对话由 `python -m bench.flows --write` 逐字录下，没有一句是手写的：",
        "模型、动作和商城都是真的，只有商城的时钟停在 2026-11-20 12:00。",
        "",
        "These conversations are recorded, not typed: model, actions and shop are the real ones;",
        "only the shop's clock stands still.",
        "",
    ]
    section = None
    for one in played:
        if one.flow.section != section:
            section = one.flow.section
            lines += [f"## {section}", ""]
        lines += [f"### {one.flow.name}", ""]
        if one.flow.customer is not None:
            lines += [f"*已登录：{one.flow.customer['name']}*", ""]
        for text, replies in one.turns:
            lines += [f"> **顾客**：{_line(text)}", ">"]
            for reply in replies:
                lines += [f"> **小橙**：{_line(reply.text or '')}{_buttons(reply)}", ">"]
        lines[-1] = ""
    return "\n".join(lines).rstrip() + "\n"


def _line(text: str) -> str:
    return text.strip().replace("\n", "  \n> ")


def _buttons(reply: Reply) -> str:
    titles = [str(button.get("title")) for button in (*reply.buttons, *reply.quick_replies)]
    return "".join(f" `[{title}]`" for title in titles)


def trained(folder: Path) -> Path:
    """Train the assistant of this repository; return the archive."""
    from kefu.cli.root import kefu

    kefu(["train", "--out", str(folder), "--quiet"], standalone_mode=False)
    return folder


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}")
    parser.add_argument("--model", type=Path, help="archive or folder; none: train one")
    parser.add_argument("--only", default="", help="flows whose name contains this")
    parser.add_argument("--all", action="store_true", help="print every conversation")
    options = parser.parse_args()
    flows = [flow for flow in read_flows() if options.only in flow.name]
    with tempfile.TemporaryDirectory() as folder:
        model = load_model(options.model or trained(Path(folder)))
        played = asyncio.run(play_all(flows, model))
    for one in played:
        state = "person" if one.was_handed_over else "solved" if one.is_solved else "UNSOLVED"
        print(f"{state:9} {one.flow.section} · {one.flow.name}  {'; '.join(one.missing)}")
        if options.only or options.all or one.missing:
            for text, replies in one.turns:
                print(f"   > {text}")
                for reply in replies:
                    print(f"     {reply.text}{_buttons(reply)}")
    if options.write:
        PAGE.write_text(page(played), "utf-8")
    sys.exit(any(one.missing for one in played))


if __name__ == "__main__":
    main()
