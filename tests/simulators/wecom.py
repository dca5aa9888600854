"""WeCom's 微信客服 from its public protocol: ``SimulatedWeCom`` is the platform, with customers.

::

    async with SimulatedWeCom().serving() as wecom:      # wecom.url is the API's base address
        wecom.connect(f"{kefu_url}/webhooks/wecom/webhook", deadline=0.2)
        await wecom.customer_says("wm-ada", "你好")      # into the log, and a callback
        wecom.received["wm-ada"]                         # what the customer's phone shows

A callback only says that there is something; the messages lie in the log of their 客服 account
until they are pulled with a cursor. Faults: ``fail``, ``gates``, ``rate_limits``, ``revoke_tokens``
(platform_api.py), ``empty_pages``, ``page_size``, and what wecom_callbacks.py can post.
"""

from __future__ import annotations

import re
import secrets
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.simulators.platform_api import ApiError, SimulatedApi
from tests.simulators.posting import Posted
from tests.simulators.wecom_callbacks import WeComCallbacks

__all__ = ["FAIL_OVER_48_HOURS", "FAIL_OVER_FIVE", "Sent", "Session", "SimulatedWeCom"]

HISTORY_SECONDS = 3 * 86400
WINDOW_SECONDS = 48 * 3600
WINDOW_MESSAGES = 5
CALLBACK_TOKEN_SECONDS = 600
EVENT_CODE_SECONDS = 20
MAX_TEXT_BYTES = 2048
MEDIA_SECONDS = 3 * 86400
MEDIA_LIMITS = {"image": 2 << 20, "voice": 2 << 20, "video": 10 << 20, "file": 20 << 20}
MSGID = re.compile(r"[0-9A-Za-z_-]{1,32}")
SENDABLE = frozenset(
    {"text", "image", "voice", "video", "file", "link", "miniprogram", "msgmenu", "location"}
)
NEW, ASSISTANT, WAITING, HUMAN, ENDED = range(5)
TRANSITIONS = {
    NEW: {ASSISTANT, WAITING, HUMAN, ENDED},
    ASSISTANT: {WAITING, HUMAN, ENDED},
    WAITING: {HUMAN, ENDED},
    HUMAN: {WAITING, HUMAN, ENDED},
    ENDED: set(),
}
FAIL_OVER_48_HOURS, FAIL_OVER_FIVE = 4, 6


@dataclass(kw_only=True)
class Session:
    """A customer at one 客服 account."""

    state: int = NEW
    servicer: str = ""
    message_at: float | None = None
    """When the customer last wrote."""
    sent: int = 0
    """Messages since then."""
    welcomed_at: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A message that reached a customer's phone."""

    open_kfid: str
    msgid: str
    msgtype: str
    content: Any
    at: float


@dataclass(frozen=True, kw_only=True)
class Logged:
    """An item of an account's log; what the API itself sent takes a place and is not shown."""

    item: dict[str, Any]
    at: float
    is_shown: bool = True


@dataclass
class SimulatedWeCom(SimulatedApi):
    """The platform: an enterprise with 客服 accounts, their customers, and the calls of the API."""

    corp_id: str = "ww1234567890abcdef"
    secret: str = "simulated-secret"
    callback_token: str = "simulatedToken"
    aes_key: str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
    accounts: tuple[str, ...] = ("wkAAAA", "wkBBBB")
    servicers: dict[str, bool] = field(default_factory=lambda: {"zhangsan": True, "lisi": False})
    """Human agents -> whether they are receiving (接待中)."""
    page_size: int = 1000
    """Places of the log that a pull looks at, at most."""
    empty_pages: int = 0
    """So many of the next pulls bring an empty list with has_more=1 and the same cursor."""
    max_pulls: int = 5
    """Pulls of one account at once; more are refused with 45033."""
    refuses_over_quota: bool = False
    """Answer 95001/95002 instead of taking the message and reporting msg_send_fail later."""

    received: dict[str, list[Sent]] = field(default_factory=lambda: defaultdict(list))
    """What each customer's phone shows, oldest first."""
    failures: list[dict[str, Any]] = field(default_factory=list)
    """The msg_send_fail events so far."""
    media: dict[str, tuple[str, str, bytes, float]] = field(default_factory=dict)
    """media_id -> type, file name, data, since when."""
    most_pulls_at_once: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.logs: dict[str, list[Logged]] = {account: [] for account in self.accounts}
        self.sessions: dict[tuple[str, str], Session] = defaultdict(Session)
        self.callbacks: WeComCallbacks | None = None
        self._callback_tokens: dict[str, tuple[str, float]] = {}
        self._codes: dict[str, tuple[str, str, float]] = {}
        self._msgids: set[tuple[str, str]] = set()
        self._pulling: Counter[str] = Counter()
        self._untokened: deque[float] = deque()
        self._blocked_until = 0.0
        self._numbers = 0
        post, get = "POST", "GET"
        self.route(get, "/cgi-bin/gettoken", "gettoken", self._gettoken, needs_token=False)
        self.route(post, "/cgi-bin/kf/sync_msg", "sync_msg", self._sync_msg)
        self.route(post, "/cgi-bin/kf/send_msg", "send_msg", self._send_msg)
        self.route(post, "/cgi-bin/kf/send_msg_on_event", "send_msg_on_event", self._send_on_event)
        self.route(post, "/cgi-bin/kf/service_state/get", "state_get", self._state_get)
        self.route(post, "/cgi-bin/kf/service_state/trans", "state_trans", self._state_trans)
        self.route(post, "/cgi-bin/kf/customer/batchget", "customers", self._customers)
        self.route(post, "/cgi-bin/media/upload", "upload", self._upload)
        self.route(get, "/cgi-bin/media/get", "media_get", self._media_get)

    def connect(self, url: str, *, deadline: float = 5.0) -> None:
        """Post callbacks to ``url`` from now on, waiting ``deadline`` seconds for each answer."""
        self.callbacks = WeComCallbacks(
            url=url,
            corp_id=self.corp_id,
            token=self.callback_token,
            aes_key=self.aes_key,
            clock=self.clock,
            deadline=deadline,
        )

    # -- what customers and people do -------------------------------------------------------

    async def customer_says(self, customer: str, text: str, *, menu_id: str = "") -> Posted | None:
        """Let a customer write a text, and post the callback."""
        content = {"content": text, **({"menu_id": menu_id} if menu_id else {})}
        self.log_message(customer, "text", content)
        return await self.notify()

    def log_message(
        self,
        customer: str,
        msgtype: str,
        content: dict[str, Any],
        *,
        account: str | None = None,
        origin: int = 3,
    ) -> str:
        """Put a message into the log without a callback; return its msgid."""
        account = account or self.accounts[0]
        msgid = self._next_id("msg")
        item = {
            "msgid": msgid,
            "open_kfid": account,
            "external_userid": customer,
            "send_time": int(self.clock.now()),
            "origin": origin,
            "msgtype": msgtype,
            msgtype: content,
        }
        if origin == 5:
            item["servicer_userid"] = self.sessions[account, customer].servicer
        else:
            session = self.sessions[account, customer]
            session.message_at, session.sent = self.clock.now(), 0
            if session.state == ENDED:
                session.state = NEW
        self.logs[account].append(Logged(item=item, at=self.clock.now()))
        return msgid

    def log_media(self, customer: str, kind: str, data: bytes, *, name: str = "") -> str:
        """Let a customer send a picture, voice, video or file; return the media_id."""
        media_id = self._store_media(kind, name, data)
        self.log_message(customer, kind, {"media_id": media_id})
        return media_id

    def log_event(self, event_type: str, *, account: str | None = None, **event: Any) -> str:
        """Put a system event into the log without a callback; return its msgid."""
        account = account or self.accounts[0]
        msgid = self._next_id("event")
        item = {
            "msgid": msgid,
            "send_time": int(self.clock.now()),
            "origin": 4,
            "msgtype": "event",
            "event": {"event_type": event_type, "open_kfid": account, **event},
        }
        self.logs[account].append(Logged(item=item, at=self.clock.now()))
        return msgid

    async def customer_enters(
        self, customer: str, *, scene: str = "", scene_param: str = ""
    ) -> Posted | None:
        """Let a customer open the chat: with a welcome_code if none was used for 48 hours."""
        account = self.accounts[0]
        session = self.sessions[account, customer]
        event: dict[str, Any] = {
            "external_userid": customer,
            "scene": scene,
            "scene_param": scene_param,
        }
        if self.clock.now() - session.welcomed_at >= WINDOW_SECONDS:
            event["welcome_code"] = self._next_code(account, customer)
        self.log_event("enter_session", account=account, **event)
        return await self.notify()

    async def customer_recalls(self, customer: str, msgid: str) -> Posted | None:
        self.log_event("user_recall_msg", external_userid=customer, recall_msgid=msgid)
        return await self.notify()

    async def notify(self, account: str | None = None) -> Posted | None:
        """Post the callback of an account; None while nobody is connected."""
        if self.callbacks is None:
            return None
        account = account or self.accounts[0]
        return await self.callbacks.post(account, self.new_callback_token(account))

    def new_callback_token(self, account: str | None = None) -> str:
        token = secrets.token_urlsafe(24)
        account = account or self.accounts[0]
        self._callback_tokens[token] = (account, self.clock.now() + CALLBACK_TOKEN_SECONDS)
        return token

    def session(self, customer: str, account: str | None = None) -> Session:
        return self.sessions[account or self.accounts[0], customer]

    def texts(self, customer: str) -> list[str]:
        """Return the texts that a customer's phone shows, oldest first."""
        return [s.content["content"] for s in self.received[customer] if s.msgtype == "text"]

    def doubled(self) -> list[tuple[str, Any]]:
        """Return what customers got more than once; tests give every message other words."""
        counts = Counter(
            (customer, repr((sent.msgtype, sent.content)))
            for customer, messages in self.received.items()
            for sent in messages
        )
        return [key for key, count in counts.items() if count > 1]

    # -- the calls of the API ----------------------------------------------------------------

    async def _gettoken(self, request: web.Request, _: dict[str, Any]) -> dict[str, Any]:
        if request.query.get("corpid") != self.corp_id:
            raise ApiError(40013, "invalid corpid")
        if request.query.get("corpsecret") != self.secret:
            raise ApiError(40001, "invalid credential")
        return {"access_token": self.issue_token(), "expires_in": 7200}

    async def _sync_msg(self, _: web.Request, body: dict[str, Any]) -> dict[str, Any]:
        account = self._account(body)
        self._throttle(account, body.get("token", ""))
        self._pulling[account] += 1
        pulling = self._pulling[account]
        self.most_pulls_at_once = max(self.most_pulls_at_once, pulling)
        try:
            gate = self.gates.get("pulling")
            if gate is not None:
                await gate.wait()
            if pulling > self.max_pulls:
                raise ApiError(45033, "concurrent calls out of limit")
            return self._page(account, body)
        finally:
            self._pulling[account] -= 1

    def _page(self, account: str, body: dict[str, Any]) -> dict[str, Any]:
        if not 0 < int(body.get("limit", 1000)) <= 1000:
            raise ApiError(40058, "invalid limit")
        log, oldest = self.logs[account], self.clock.now() - HISTORY_SECONDS
        start = self._position(account, body.get("cursor", ""))
        while start < len(log) and log[start].at < oldest:
            start += 1
        if self.empty_pages > 0:
            self.empty_pages -= 1
            return {"next_cursor": _cursor(account, start), "has_more": 1, "msg_list": []}
        end = min(start + self.page_size, start + int(body.get("limit", 1000)), len(log))
        shown = [entry.item for entry in log[start:end] if entry.is_shown]
        has_more = int(end < len(log))
        return {"next_cursor": _cursor(account, end), "has_more": has_more, "msg_list": shown}

    async def _send_msg(self, _: web.Request, body: dict[str, Any]) -> dict[str, Any]:
        account = self._account(body)
        customer, msgtype = body.get("touser", ""), body.get("msgtype", "")
        if (account, customer) not in self.sessions:
            raise ApiError(40003, "invalid external_userid")
        msgid = body.get("msgid")
        if msgid is not None and not MSGID.fullmatch(str(msgid)):
            raise ApiError(40058, "invalid msgid")
        self._check_content(msgtype, body.get(msgtype))
        session = self.sessions[account, customer]
        if session.state not in {NEW, ASSISTANT}:
            raise ApiError(95018, "send msg session status invalid")
        if msgid is not None and (account, msgid) in self._msgids:
            raise ApiError(40058, "invalid msgid: it was used before")
        failure = self._over_quota(session)
        if failure and self.refuses_over_quota:
            errcode = 95001 if failure == FAIL_OVER_FIVE else 95002
            raise ApiError(errcode, "message count or time out of limit")
        msgid = msgid or self._next_id("api")
        self._msgids.add((account, msgid))
        if failure:
            self.report_failure(customer, msgid, failure, account=account)
        else:
            session.sent += 1
            self._show(account, customer, msgid, msgtype, body[msgtype])
        return {"msgid": msgid}

    def report_failure(
        self, customer: str, msgid: str, fail_type: int, *, account: str | None = None
    ) -> None:
        """Tell in the log that a message that was taken did not arrive."""
        event = {"external_userid": customer, "fail_msgid": msgid, "fail_type": fail_type}
        self.failures.append(event)
        self.log_event("msg_send_fail", account=account, **event)

    async def _send_on_event(self, _: web.Request, body: dict[str, Any]) -> dict[str, Any]:
        account, customer, ends = self._codes.get(body.get("code", ""), ("", "", 0.0))
        if ends <= self.clock.now():
            raise ApiError(95007, "invalid msg code")
        msgtype = body.get("msgtype", "")
        if msgtype not in {"text", "msgmenu"}:
            raise ApiError(40008, "invalid message type")
        self._check_content(msgtype, body.get(msgtype))
        del self._codes[body["code"]]
        self.sessions[account, customer].welcomed_at = self.clock.now()
        msgid = body.get("msgid") or self._next_id("api")
        self._show(account, customer, msgid, msgtype, body[msgtype])
        return {"msgid": msgid}

    async def _state_get(self, _: web.Request, body: dict[str, Any]) -> dict[str, Any]:
        session = self._session(body)
        return {"service_state": session.state, "servicer_userid": session.servicer}

    async def _state_trans(self, _: web.Request, body: dict[str, Any]) -> dict[str, Any]:
        session, wanted = self._session(body), body.get("service_state")
        servicer = body.get("servicer_userid", "")
        if wanted not in TRANSITIONS[session.state]:
            raise ApiError(95018, "session status invalid")
        if wanted == HUMAN and not self.servicers.get(servicer, False):
            raise ApiError(95014, "servicer is not receiving")
        was_human = session.state == HUMAN
        change = {HUMAN: 2 if was_human else 1, ENDED: 3}.get(wanted)
        old, session.state = session.servicer, wanted
        session.servicer = servicer if wanted == HUMAN else ""
        account, customer = body["open_kfid"], body["external_userid"]
        code = self._next_code(account, customer)
        if change is not None:
            event = {
                "external_userid": customer,
                "change_type": change,
                "old_servicer_userid": old,
                "new_servicer_userid": session.servicer,
                "msg_code": code,
            }
            self.log_event("session_status_change", account=account, **event)
        return {"msg_code": code}

    async def _customers(self, _: web.Request, body: dict[str, Any]) -> dict[str, Any]:
        known = {customer for _, customer in self.sessions}
        wanted = body.get("external_userid_list", [])
        people = [
            {"external_userid": name, "nickname": f"客户{name[-3:]}", "unionid": f"union-{name}"}
            for name in wanted
            if name in known
        ]
        return {"customer_list": people, "invalid_external_userid": sorted(set(wanted) - known)}

    async def _upload(self, request: web.Request, body: dict[str, Any]) -> dict[str, Any]:
        kind, part = request.query.get("type", ""), body.get("media")
        if kind not in MEDIA_LIMITS or not isinstance(part, dict):
            raise ApiError(40004, "invalid media type")
        if not 5 < len(part["data"]) <= MEDIA_LIMITS[kind]:
            raise ApiError(40006, "invalid media size")
        media_id = self._store_media(kind, part["filename"] or "", part["data"])
        return {"type": kind, "media_id": media_id, "created_at": str(int(self.clock.now()))}

    async def _media_get(self, request: web.Request, _: dict[str, Any]) -> web.Response:
        media = self.media.get(request.query.get("media_id", ""))
        if media is None or media[3] < self.clock.now() - MEDIA_SECONDS:
            raise ApiError(40007, "invalid media_id")
        disposition = {"Content-Disposition": f'attachment; filename="{media[1] or "media"}"'}
        kinds = {"image": "image/png", "voice": "audio/amr", "video": "video/mp4"}
        content_type = kinds.get(media[0], "application/octet-stream")
        return web.Response(body=media[2], content_type=content_type, headers=disposition)

    # -- rules -------------------------------------------------------------------------------

    def _throttle(self, account: str, token: str) -> None:
        """Refuse the tenth call of a minute without a valid callback token, for a minute."""
        now = self.clock.now()
        if now < self._blocked_until:
            raise ApiError(45009, "api freq out of limit")
        owner, ends = self._callback_tokens.get(token, ("", 0.0))
        if owner == account and ends > now:
            return
        self._untokened.append(now)
        while self._untokened[0] <= now - 60:
            self._untokened.popleft()
        if len(self._untokened) >= 10:
            self._blocked_until = now + 60
            self._untokened.clear()
            raise ApiError(45009, "api freq out of limit")

    def _over_quota(self, session: Session) -> int:
        if session.message_at is None or self.clock.now() - session.message_at > WINDOW_SECONDS:
            return FAIL_OVER_48_HOURS
        return FAIL_OVER_FIVE if session.sent >= WINDOW_MESSAGES else 0

    def _check_content(self, msgtype: str, content: Any) -> None:
        if msgtype not in SENDABLE:
            raise ApiError(40008, "invalid message type")
        if not isinstance(content, dict):
            raise ApiError(40035, "invalid parameter")
        if msgtype == "text":
            size = len(str(content.get("content", "")).encode())
            if size == 0:
                raise ApiError(44004, "empty content")
            if size > MAX_TEXT_BYTES:
                raise ApiError(45002, "content size out of limit")
        media_id = content.get("media_id")
        if msgtype in MEDIA_LIMITS and media_id not in self.media:
            raise ApiError(40007, "invalid media_id")

    def _show(self, account: str, customer: str, msgid: str, msgtype: str, content: Any) -> None:
        now = self.clock.now()
        sent = Sent(open_kfid=account, msgid=msgid, msgtype=msgtype, content=content, at=now)
        self.received[customer].append(sent)
        self.logs[account].append(Logged(item={"msgid": msgid}, at=now, is_shown=False))

    def _account(self, body: dict[str, Any]) -> str:
        account = body.get("open_kfid", "")
        if account not in self.logs:
            raise ApiError(95000, "invalid open_kfid")
        return account

    def _session(self, body: dict[str, Any]) -> Session:
        key = (self._account(body), body.get("external_userid", ""))
        if key not in self.sessions:
            raise ApiError(40003, "invalid external_userid")
        return self.sessions[key]

    def _store_media(self, kind: str, name: str, data: bytes) -> str:
        media_id = self._next_id("media")
        self.media[media_id] = (kind, name, data, self.clock.now())
        return media_id

    def _next_code(self, account: str, customer: str) -> str:
        code = secrets.token_urlsafe(16)
        self._codes[code] = (account, customer, self.clock.now() + EVENT_CODE_SECONDS)
        return code

    def _next_id(self, kind: str) -> str:
        self._numbers += 1
        return f"{kind}-{self._numbers:06d}-{secrets.token_hex(4)}"

    def _position(self, account: str, cursor: str) -> int:
        if not cursor:
            return 0
        owner, _, position = cursor.rpartition("@")
        if len(cursor.encode()) > 64 or owner != account or not position.isdecimal():
            raise ApiError(40058, "invalid cursor")
        return int(position)


def _cursor(account: str, position: int) -> str:
    return f"{account}@{position}"
