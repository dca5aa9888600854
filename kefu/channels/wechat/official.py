"""Channel ``wechat``: an official account (公众号).

WeChat waits five seconds for the answer to a push, and pushes again twice. So a message waits up to
``answer_seconds`` for the bot: an answer that is ready is written into the response, which costs no
quota; otherwise the push is acknowledged with ``success`` and the answer follows by the API of
customer-service messages. What the quota does not allow any more waits for the customer's next
message. An account that may not use that API answers in responses only: see :mod:`.passive`.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence

from kefu.channels.base import Answered, ChannelContext, InboundMessage, WebResponse
from kefu.channels.platform.quota import Allowance
from kefu.channels.platform.xml import written_xml
from kefu.channels.wechat.arrivals import Said
from kefu.channels.wechat.connector import AccountConnector
from kefu.channels.wechat.outgoing import Part, combined, passive_fields
from kefu.channels.wechat.pushes import Push
from kefu.channels.wechat.receiving import SUCCESS
from kefu.channels.wechat.settings import AccountSettings
from kefu.core.messages import Reply
from kefu.errors import ChannelError, Unavailable

__all__ = ["WeChatConnector"]

TWO_DAYS, A_MINUTE = 172_800.0, 60.0
ALLOWANCES = {
    "message": Allowance(5, TWO_DAYS),
    "click": Allowance(3, A_MINUTE),
    "follow": Allowance(3, A_MINUTE),
    "scan": Allowance(3, A_MINUTE),
}
"""Source: developers.weixin.qq.com, 客服消息."""
CUT_SECONDS = 5.2
"""After so many seconds WeChat has cut the connection and pushes again."""
REMEMBERED = 1_000


class WeChatConnector(AccountConnector):
    """Customers of an official account."""

    name = "wechat"
    allowances = ALLOWANCES
    kinds = frozenset({"text", "image", "voice", "video", "news", "msgmenu"})
    can_answer = True

    def __init__(self, settings: AccountSettings, context: ChannelContext) -> None:
        super().__init__(settings, context)
        self._decided: OrderedDict[tuple[int, ...], asyncio.Task[Part | None]] = OrderedDict()
        """Deliveries -> the one message that they are as an answer, or None: each is decided once,
        however many pushes of the same message wait for it."""

    async def _take(self, push: Push, said: Said, until: float) -> WebResponse:
        now = asyncio.get_running_loop().time
        message = await self._receiving.message(said, seconds=until - now() - 1.0)
        door = self._context.door

        async def answer() -> Answered | None:
            return await self._receiving.handed_over(
                push,
                said,
                lambda changes: door.answer_within(
                    message, max(0.0, until - now()), changes=changes
                ),
            )

        self._context.spawn(self._account.identify(said.openid))
        if await self._account.is_passive_only():
            return await self._take_passively(push, said, message, answer, until)
        answered = await answer()
        if answered is None:
            self._context.spawn(self._account.show_typing(said.openid))
            return SUCCESS
        if not answered.replies:
            return SUCCESS
        return await self._answer(push, answered, until)

    # -- answers in the response -----------------------------------------------------------

    async def _answer(self, push: Push, answered: Answered, until: float) -> WebResponse:
        """Write an answer into the response if it is one message; else let ``send`` send it.

        It is all or nothing: of an answer that was lost on the way, WeChat asks again for the
        whole.

        Raises:
            Unavailable: The answer was given before and cannot be given again at the moment.
        """
        door, ids = self._context.door, answered.delivery_ids
        is_first = tuple(ids) not in self._decided
        part = await self._one_message(answered, until)
        if part is not None:

            async def written() -> None:
                await door.confirm(ids)

            return self._response(push, part, written)
        if answered.is_repeat and is_first and self._is_one_message(answered.replies):
            self._decided.pop(tuple(ids), None)  # it was an answer before, perhaps in a former run
            raise Unavailable("the answer's file cannot be brought to WeChat again now")
        await door.hand_back(ids)
        return SUCCESS

    def _response(
        self, push: Push, part: Part, written: Callable[[], Awaitable[None]] | None = None
    ) -> WebResponse:
        fields = passive_fields(part)
        assert fields is not None
        self._context.counters.count(self.name, "answered")
        head = {
            "ToUserName": push.sender,
            "FromUserName": push.fields["ToUserName"],
            "CreateTime": int(self._context.clock.now()),
        }
        body = self._account.pushes.seal(push, written_xml({**head, **fields}))
        return WebResponse(body=body, content_type="application/xml", written=written)

    async def _one_message(self, answered: Answered, until: float) -> Part | None:
        """Return the message that deliveries are as an answer, the same for all who ask.

        WeChat pushes again while the first push waits: was a file not brought there for the one
        in time, its delivery is sent by API, and must not be in the answer to the other as well.
        """
        key = tuple(answered.delivery_ids)
        deciding = self._decided.get(key)
        if deciding is None:
            deciding = asyncio.get_running_loop().create_task(self._decide(answered, until))
            self._decided[key] = deciding
            while len(self._decided) > REMEMBERED:
                self._decided.popitem(last=False)
        return await asyncio.shield(deciding)

    async def _decide(self, answered: Answered, until: float) -> Part | None:
        if not self._is_one_message(answered.replies):
            return None
        parts = self._parts(answered.replies)
        seconds = max(0.0, until - asyncio.get_running_loop().time())
        try:
            async with asyncio.timeout(seconds):
                return combined([await self._sending.ready(part) for part in parts])
        except (ChannelError, TimeoutError):
            return None

    def _is_one_message(self, replies: Sequence[Reply]) -> bool:
        parts = self._parts(replies)
        return len(parts) == 1 or combined(parts) is not None

    def _parts(self, replies: Sequence[Reply]) -> list[Part]:
        return [part for reply in replies for part in self._sending.parts(reply)]

    # -- accounts that may not send --------------------------------------------------------

    async def _take_passively(
        self,
        push: Push,
        said: Said,
        message: InboundMessage,
        answer: Callable[[], Awaitable[Answered | None]],
        until: float,
    ) -> WebResponse:
        """Answer with what was held back and what the bot says now; the rest waits."""
        door, passive, openid = self._context.door, self._sending.passive, said.openid
        page, now = await passive.page(openid), asyncio.get_running_loop().time
        is_left = page is not None and (page.key == said.key or not page.is_written)
        with passive.waiting(openid, said.key, page if is_left else None) as waiting:
            count = await door.release_held(message.conversation_id)
            await waiting.until_settled(count, max(0.0, until - now()))
            answered = await answer()
        if answered is not None and not set(answered.delivery_ids) <= set(waiting.delivery_ids):
            parts = await self._with(waiting.parts, answered, until)
            if parts is None:
                await door.hand_back(answered.delivery_ids)
            else:
                waiting.parts = parts
                waiting.delivery_ids += answered.delivery_ids
        if not waiting.parts:
            is_late = now() >= until
            return await self._nothing_yet(push, said, until) if is_late else SUCCESS
        await passive.keep(waiting)

        async def written() -> None:
            await door.confirm(waiting.delivery_ids)
            await passive.keep(waiting, is_written=True)

        part = combined(waiting.parts)
        assert part is not None
        return self._response(push, part, written)

    async def _with(
        self, parts: Sequence[Part], answered: Answered, until: float
    ) -> list[Part] | None:
        """Return ``parts`` with an answer behind them; None if that is no one message."""
        if not answered.replies:
            return [*parts]
        part = await self._one_message(answered, until)
        together = None if part is None else [*parts, part]
        return together if together and combined(together) else None

    async def _nothing_yet(self, push: Push, said: Said, until: float) -> WebResponse:
        """Let WeChat push again if it will; at last, say that the customer has to write again."""
        age = self._context.clock.now() - said.at
        if self._sending.passive.may_come_again(said.key, age=age):
            rest = until - self._account.settings.answer_seconds + CUT_SECONDS
            await asyncio.sleep(max(0.0, rest - asyncio.get_running_loop().time()))
            raise Unavailable("there is no answer yet")
        notice = self._account.settings.late_notice
        if not notice:
            return SUCCESS
        return self._response(push, Part(msgtype="text", content={"content": notice}))
