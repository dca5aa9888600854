"""The calls of WeCom's API that 微信客服 needs (``qyapi.weixin.qq.com``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kefu.channels.base import ChannelState, Leases
from kefu.channels.platform.calls import BAD_TOKEN, Answer, Downloaded, PlatformCalls
from kefu.channels.platform.tokens import AccessTokens, Fetched
from kefu.channels.wecom.settings import WeComSettings
from kefu.clock import Clock

__all__ = ["ASSISTANT", "ENDED", "HUMAN", "NEW", "WAITING", "WeComApi"]

NEW, ASSISTANT, WAITING, HUMAN, ENDED = range(5)
"""States of a session: 未处理, 智能助手, 待接入池, 人工, 已结束."""

MAX_BYTES = {"image": 2 << 20, "voice": 2 << 20, "video": 10 << 20, "file": 20 << 20}
"""What the platform takes and gives, by kind of media."""


class WeComApi:
    """One enterprise's calls; its access token is shared by all processes."""

    def __init__(
        self, settings: WeComSettings, *, state: ChannelState, leases: Leases, clock: Clock
    ) -> None:
        self._settings = settings
        self.calls = PlatformCalls(settings.api)
        self.calls.use_tokens(
            AccessTokens(
                self._fetch_token,
                name=f"wecom:{settings.corp_id}",
                state=state,
                leases=leases,
                clock=clock,
            )
        )

    async def sync(self, account: str, *, cursor: str, token: str, limit: int) -> Answer:
        """Return a page of an account's log; ``token`` is a callback's, or empty."""
        body: dict[str, Any] = {"open_kfid": account, "limit": limit, "voice_format": 0}
        if cursor:
            body["cursor"] = cursor
        if token:
            body["token"] = token
        return await self._ask("kf/sync_msg", body)

    async def send(
        self, account: str, customer: str, msgid: str, message: Mapping[str, Any]
    ) -> Answer:
        """Send ``message``: its msgtype, and its content under that name."""
        head = {"touser": customer, "open_kfid": account, "msgid": msgid}
        return await self._ask("kf/send_msg", {**head, **message})

    async def send_on_event(self, code: str, msgid: str, message: Mapping[str, Any]) -> Answer:
        """Answer an event with the code that came with it; costs no quota."""
        return await self._ask("kf/send_msg_on_event", {"code": code, "msgid": msgid, **message})

    async def service_state(self, account: str, customer: str) -> int:
        """Return who serves a customer now.

        Raises:
            ChannelError: It cannot be had.
        """
        body = {"open_kfid": account, "external_userid": customer}
        data = (await self._ask("kf/service_state/get", body)).require()
        state = data.get("service_state")
        return state if isinstance(state, int) else NEW

    async def transfer(self, account: str, customer: str, state: int) -> Answer:
        """Put a session into a state."""
        body = {"open_kfid": account, "external_userid": customer, "service_state": state}
        return await self._ask("kf/service_state/trans", body)

    async def people(self, customers: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        """Return what the platform tells of at most 100 customers.

        Raises:
            ChannelError: It tells nothing.
        """
        body = {"external_userid_list": list(customers), "need_enter_session_context": 0}
        data = (await self._ask("kf/customer/batchget", body)).require()
        found = data.get("customer_list")
        return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []

    async def upload(self, kind: str, file: Downloaded) -> Answer:
        """Hand over a file of a kind; the answer has its ``media_id``, good for three days."""
        return await self.calls.upload("/cgi-bin/media/upload", file, query={"type": kind})

    async def download(self, kind: str, media_id: str) -> Downloaded | Answer:
        """Fetch a file that a customer sent."""
        return await self.calls.download(
            "/cgi-bin/media/get",
            query={"media_id": media_id},
            max_bytes=MAX_BYTES.get(kind, MAX_BYTES["file"]),
        )

    async def fetch(self, url: str, *, kind: str) -> Downloaded | Answer:
        """Fetch a file from elsewhere that is to be sent as ``kind``."""
        return await self.calls.download_from(url, max_bytes=MAX_BYTES[kind])

    async def close(self) -> None:
        """Close the connections."""
        await self.calls.close()

    async def _ask(self, call: str, body: Mapping[str, Any]) -> Answer:
        return await self.calls.ask(f"/cgi-bin/{call}", body, refused_tokens=BAD_TOKEN)

    async def _fetch_token(self, *, force: bool) -> Fetched:  # noqa: ARG002 - WeCom knows none
        query = {"corpid": self._settings.corp_id, "corpsecret": self._settings.secret}
        return (await self.calls.ask_freely("/cgi-bin/gettoken", query=query)).token()
