"""Plays the server's side of the web channel, frame by frame, to show what a bot seldom says."""

from __future__ import annotations

import itertools
import json
import time
from pathlib import Path
from typing import Any

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
ANYBODY = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"}
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8bfd40200043f01dd6a0eb0b50000000049454e44ae426082"
)
PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" width="480" height="320">
<defs><linearGradient id="g" x2="1" y2="1"><stop stop-color="#8fd3c1"/>
<stop offset="1" stop-color="#f6d7a8"/></linearGradient></defs>
<rect width="480" height="320" fill="url(#g)"/>
<circle cx="350" cy="90" r="42" fill="#fff8e5"/>
<path d="M0 320 150 150l90 90 70-60 170 140z" fill="#2f7d6b"/></svg>"""
NOW = 1_764_300_000
LIMITS = {"max_text": 4000, "max_attachment": 5_000_000}
FAQ = [
    {"id": "shipping", "question": "多久能发货？", "answer": "下单后 24 小时内发货，节假日顺延。"},
    {"id": "return", "question": "怎么申请退货？", "answer": "签收后 7 天内可以无理由退货。"},
    {"id": "invoice", "question": "可以开发票吗？", "answer": "可以，请在订单详情里申请。"},
]


class Stage:
    """A conversation whose every frame the test decides."""

    def __init__(self, context: Any, *, faq: list[dict[str, str]] = FAQ, is_silent: bool = False):
        self.context = context
        self.heard: list[dict[str, Any]] = []
        self.welcome: dict[str, Any] = {"owner": "bot", "limits": LIMITS, "consent": False}
        self.log: list[dict[str, Any]] = []
        self.sockets: list[Any] = []
        self.accepts = True
        self.is_gone = False
        self.holds_faq = False
        self.uploads: list[dict[str, str]] = []
        self._is_silent = is_silent
        self._seq = itertools.count(1)
        context.route_web_socket("**/webhooks/web/socket", self._opened)
        self._faq = {"published_at": NOW, "items": faq}
        self._held: list[Any] = []
        context.route("**/webhooks/web/faq*", self._answer_faq)
        context.route("**/webhooks/web/visitors*", self._visitor)
        context.route("**/webhooks/web/attachments", self._upload)
        context.route(
            "**/pictures/**",
            lambda route: route.fulfill(body=PICTURE, content_type="image/svg+xml"),
        )

    def _answer_faq(self, route: Any) -> None:
        if self.holds_faq:
            self._held.append(route)
        else:
            route.fulfill(json=self._faq)

    def release_faq(self) -> None:
        """Answer those who have asked for it, and from now on all."""
        self.holds_faq = False
        for route in self._held:
            route.fulfill(json=self._faq)

    def _visitor(self, route: Any) -> None:
        route.fulfill(status=201, json={"token": "staged"})

    def _upload(self, route: Any) -> None:
        if route.request.method == "OPTIONS":
            allowed = "authorization, content-type, x-file-name"
            route.fulfill(status=204, headers={**ANYBODY, "Access-Control-Allow-Headers": allowed})
            return
        self.uploads.append(route.request.headers)
        kind = route.request.headers["content-type"]
        stored = {"attachment_id": f"a{len(self.uploads)}", "content_type": kind, "size": 1}
        route.fulfill(status=201, json={**stored, "url": "/pictures/a"}, headers=ANYBODY)

    def _opened(self, socket: Any) -> None:
        if self.is_gone:
            socket.close()
            return
        self.sockets.append(socket)
        socket.on_message(lambda data: self._heard(socket, json.loads(data)))

    def _heard(self, socket: Any, frame: dict[str, Any]) -> None:
        self.heard.append(frame)
        match frame["type"]:
            case "hello" if not self._is_silent:
                last = self.log[-1]["seq"] if self.log else 0
                welcome = {"type": "welcome", "token": "staged", "seq": last, **self.welcome}
                behind = [entry for entry in self.log if entry["seq"] > frame["last_seq"]]
                for sent in [welcome, *behind, {"type": "synced", "seq": last}]:
                    socket.send(json.dumps(sent))
            case "ping":
                socket.send('{"type": "pong"}')
            case "message" | "leave_message" if self.accepts:
                self.accept(frame)
            case "rate" if self.accepts:
                self.send("accepted", id=frame["id"])

    def accept(self, frame: dict[str, Any]) -> None:
        shown = {key: frame[key] for key in ("id", "content") if key in frame}
        if "attachment" in shown.get("content", {}):
            shown["content"] = {**shown["content"], "url": "/pictures/a"}
        text = frame.get("title") or frame.get("text")
        seq = self.say("customer", **({"text": text} if text else {}), **shown)
        self.send("accepted", id=frame["id"], seq=seq)

    def say(self, who: str, **content: Any) -> int:
        return self._log({"type": "message", "from": who, **content})

    def note(self, notice: str, **data: Any) -> int:
        return self._log({"type": "notice", "notice": notice, **data})

    def send(self, kind: str, **content: Any) -> None:
        for socket in self.sockets:
            socket.send(json.dumps({"type": kind, **content}))

    def _log(self, entry: dict[str, Any]) -> int:
        seq = next(self._seq)
        entry = {"seq": seq, "at": NOW + seq, **entry}
        self.log.append(entry)
        kind = entry["type"]
        self.send(kind, **{key: value for key, value in entry.items() if key != "type"})
        self.send("synced", seq=seq)
        return seq

    def go_away(self) -> None:
        """Be a server that cannot be reached any more."""
        self.is_gone = True
        for socket in self.sockets:
            socket.close()
        self.sockets.clear()

    def wait_for(self, page: Any, kind: str) -> dict[str, Any]:
        """Return the first frame of a kind when it has come; ``page`` lets things happen."""
        deadline = time.monotonic() + 15
        while not self.heard_of(kind):
            assert time.monotonic() < deadline, f"no {kind} among {self.heard}"
            page.wait_for_timeout(10)
        return self.heard_of(kind)[0]

    def heard_of(self, kind: str) -> list[dict[str, Any]]:
        return [frame for frame in self.heard if frame["type"] == kind]


def violations(page: Any) -> list[str]:
    """What axe finds wrong with the page as it is now."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{violation['id']}: {node['target']} {node.get('failureSummary', '')}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
