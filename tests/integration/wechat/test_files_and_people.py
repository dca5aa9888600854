"""Files both ways, and who somebody is."""

from dataclasses import dataclass

import pytest

from kefu.core.messages import Reply
from kefu.errors import ChannelError
from tests.simulators.faults import Fault
from tests.simulators.wechat import PICTURE, Account

ADA = "oAda"
MINE = Account(kind="miniprogram", mode="encrypted", format="json")


@dataclass(frozen=True)
class Kept:
    attachment_id: str
    name: str
    content_type: str
    size: int


class Store:
    """Keeps files in memory; refuses the largest."""

    def __init__(self):
        self.files = {}

    async def put(self, data, *, name, declared_type, conversation_id):
        if len(data) > 1000:
            raise ChannelError("too large")
        kept = Kept(f"a{len(self.files) + 1}", name, declared_type, len(data))
        self.files[kept.attachment_id] = (kept, data)
        return kept

    async def get(self, attachment_id):
        return self.files.get(attachment_id)

    def link(self, attachment_id, *, seconds=3600):
        return f"https://kefu.example/attachments/{attachment_id}/x?signature=s"


class People:
    def __init__(self):
        self.known = []

    async def identify(self, address, *, kind, value, is_verified):
        self.known.append((address, kind, value, is_verified))


@pytest.fixture
def store():
    return Store()


async def send(scene, delivery_id=1, **reply):
    one = Reply(recipient_id=f"wechat-{ADA}", **reply)
    await scene.connector.send(one, delivery_id=delivery_id, recipient=ADA)


@pytest.mark.parametrize("account", [Account(), MINE], ids=lambda account: account.kind)
async def test_a_picture_comes_in_and_goes_out_again(scene, store, account):
    async with scene(account, context={"attachments": store}) as s:
        customer = s.platform.customer(ADA)
        await customer.sends_image()
        content = s.door.messages[0].content
        assert store.files[content.attachment][1] == PICTURE
        await send(s, custom={"type": "image", "attachment": content.attachment})
        await send(s, 2, image="/attachments/a1/x.png?expires=1&signature=s")
    kinds = [got.kind for got in customer.received if got.how == "api"]
    assert kinds == ["image", "image"]
    media = s.platform.api.media[customer.received[-1].body["media_id"]]
    assert (media.data, media.content_type) == (PICTURE, "image/png")


async def test_voice_and_video_are_kept_and_sent(scene, store):
    async with scene(context={"attachments": store}) as s:
        customer = s.platform.customer(ADA)
        await customer.sends_voice(recognition="你好")
        await customer.sends_video()
        for number, kind in enumerate(("voice", "video"), 1):
            await send(s, number, custom={"type": kind, "attachment": f"a{number}"})
    assert [kept.content_type for kept, _ in store.files.values()] == ["audio/amr", "video/mp4"]
    assert [got.kind for got in customer.received if got.how == "api"] == ["voice", "video"]


async def test_a_picture_that_is_ready_is_the_answer_in_the_response(scene, store):
    await store.put(PICTURE, name="p.png", declared_type="image/png", conversation_id="c")
    async with scene(Account(mode="encrypted"), context={"attachments": store}) as s:
        s.door.replies = [Reply(recipient_id="c", custom={"type": "image", "attachment": "a1"})]
        push = await s.platform.customer(ADA).says("照片")
    assert push.answer["MsgType"] == "image"
    assert s.platform.api.calls["message/custom/send"] == 0


async def test_a_file_that_cannot_be_kept_stays_with_the_platform(scene, store):
    async with scene(context={"attachments": store}) as s:
        customer = s.platform.customer(ADA)
        await customer.sends_image(b"x" * 2000)
        s.platform.api.faults.order("media/get", Fault(status=502))
        await customer.sends_image()
        s.platform.api.faults.order("media/get", Fault(errcode=40007))
        await customer.sends_image()
        assert s.counts["media_not_kept"] == 2
    for message in s.door.messages:
        assert message.content.attachment is None
        assert message.content.url
        assert message.metadata["media_id"]


async def test_what_the_platform_does_not_take_is_said_in_words(scene, store):
    file = {"type": "file", "attachment": "a1", "name": "说明书.pdf"}
    await store.put(b"%PDF", name="x.pdf", declared_type="application/pdf", conversation_id="c")
    async with scene(context={"attachments": store}) as s:
        customer = s.platform.customer(ADA)
        await customer.says("你好")
        await send(s, 1, custom=file)
        await send(s, 2, custom={"type": "image", "attachment": "gone"})
        await send(s, 3, image="https://elsewhere.example/1.png")
        await send(s, 4, custom={"for": "another channel"})
    assert customer.texts[1:] == [
        "[文件] 说明书.pdf https://kefu.example/attachments/a1/x?signature=s",
        "[图片] https://kefu.example/attachments/gone/x?signature=s",
        "[图片] https://elsewhere.example/1.png",
    ]


async def test_pictures_are_fetched_from_hosts_that_are_named_only(scene):
    async with scene(image_hosts=["127.0.0.1"]) as s:
        media_id = s.platform.api.keep("video", PICTURE, "image/png")
        customer = s.platform.customer(ADA)
        await customer.says("你好")
        await send(s, image=f"{s.platform.url}/video/{media_id}")
    assert customer.received[-1].kind == "image"


async def test_a_unionid_is_told_once(scene):
    people = People()
    async with scene(context={"customers": people}) as s:
        await s.platform.customer(ADA, unionid="u-1").says("你好")
        await s.platform.customer(ADA).says("在吗")
        await s.platform.customer("oBob").says("你好")
        await s.tasks.done()
        assert s.platform.api.calls["user/info"] == 2
    assert people.known == [(f"wechat-{ADA}", "unionid", "u-1", True)]


async def test_a_unionid_that_could_not_be_asked_is_asked_again(scene):
    people = People()
    async with scene(context={"customers": people}) as s:
        s.platform.api.faults.order("user/info", Fault(status=502))
        customer = s.platform.customer(ADA, unionid="u-1")
        await customer.says("你好")
        await s.tasks.done()
        assert people.known == []
        s.context.clock.advance(601)
        await customer.says("在吗")
        await s.tasks.done()
    assert people.known == [(f"wechat-{ADA}", "unionid", "u-1", True)]


async def test_overlapping_repeats_of_a_picture_that_was_not_uploaded_double_nothing(scene, store):
    await store.put(PICTURE, name="p.png", declared_type="image/png", conversation_id="c")
    async with scene(Account(mode="encrypted"), context={"attachments": store}) as s:
        s.door.replies = [Reply(recipient_id="c", custom={"type": "image", "attachment": "a1"})]
        s.platform.api.faults.order("media/upload", Fault(status=502))
        push = await s.platform.customer(ADA).says("照片", overlapping=2)
        assert push.outcome == "success"
        assert s.door.handed_back == [1, 1]  # the second time nothing is left to be handed back
        assert s.door.confirmed == []
        assert s.platform.api.calls["media/upload"] == 1


async def test_a_picture_that_cannot_be_given_again_is_asked_for_once_more(scene, store):
    await store.put(PICTURE, name="p.png", declared_type="image/png", conversation_id="c")
    async with scene(Account(mode="encrypted"), context={"attachments": store}) as s:
        s.door.replies = [Reply(recipient_id="c", custom={"type": "image", "attachment": "a1"})]
        customer = s.platform.customer(ADA)
        push = await customer.says("照片")
        s.connector._decided.clear()  # as in another process
        s.platform.api.faults.order("media/upload", Fault(status=502))
        again = await s.platform.push(ADA, push.fields)
        assert [tried.status for tried in again.tries] == [503, 200]
        assert s.door.handed_back == []
    assert [got.kind for got in customer.received] == ["image", "image"]
