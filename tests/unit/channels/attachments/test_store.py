"""Files are checked, named at random, and fetched by links that expire."""

from urllib.parse import parse_qs, urlsplit

import pytest

from kefu.channels.attachments import AttachmentSettings, AttachmentStore
from kefu.channels.attachments.links import Links
from kefu.clock import ManualClock
from kefu.errors import AttachmentRefused
from kefu.storage.files.memory import MemoryFiles
from kefu.storage.memory.attachments import MemoryAttachments

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def store(clock):
    links = Links(b"secret", clock, public_url="https://chat.example.com/")
    settings = AttachmentSettings(max_bytes=100)
    return AttachmentStore(MemoryFiles(), MemoryAttachments(), links, clock, settings)


async def put(store, data=PNG, name="a.png", declared_type=None):
    return await store.put(data, name=name, declared_type=declared_type, conversation_id="c")


def query_of(link):
    return {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}


async def test_a_file_is_kept_under_a_random_name_with_its_real_type(store):
    kept = await put(store, name="../../etc/照片.html")
    assert kept.content_type == "image/png"
    assert kept.name == "照片.html"
    assert kept.attachment_id.endswith(".png")
    assert "照片" not in kept.attachment_id
    assert await store.get(kept.attachment_id) == (kept, PNG)
    assert (await put(store)).attachment_id != kept.attachment_id


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (None, "attachment.png"),
        ("", "attachment.png"),
        ("..", "attachment.png"),
        ("a\r\nSet-Cookie: x=1.png", "aSet-Cookie x=1.png"),
        ("C:\\temp\\b.png", "b.png"),
        ("x" * 300 + ".png", "x" * 116 + ".png"),
    ],
)
async def test_names_are_made_harmless(store, name, shown):
    assert (await put(store, name=name)).name == shown


@pytest.mark.parametrize(
    ("data", "status"),
    [(b"", 400), (PNG + b"\0" * 100, 413), (b"<svg onload='alert(1)'/>", 415), (b"MZ\0", 415)],
)
async def test_what_is_not_taken_is_refused_with_a_status(store, data, status):
    with pytest.raises(AttachmentRefused) as refused:
        await put(store, data)
    assert refused.value.status == status


async def test_a_link_is_good_until_its_time_is_over(store, clock):
    kept = await put(store)
    link = store.link(kept.attachment_id, seconds=60)
    assert link.startswith(f"https://chat.example.com/attachments/{kept.attachment_id}?")
    assert await store.fetch(kept.attachment_id, **query_of(link)) == (kept, PNG)
    clock.advance(60 + 600)
    assert await store.fetch(kept.attachment_id, **query_of(link)) is None


async def test_a_link_is_for_one_file_and_one_end_only(store):
    one, other = await put(store), await put(store)
    good = query_of(store.link(one.attachment_id))
    assert await store.fetch(other.attachment_id, **good) is None
    later = {**good, "expires": str(int(good["expires"]) + 600)}
    assert await store.fetch(one.attachment_id, **later) is None
    for wrong in ("", "x", "-1", "9" * 40, "١٢"):
        assert await store.fetch(one.attachment_id, **{**good, "expires": wrong}) is None
    assert await store.fetch(one.attachment_id, expires=good["expires"], signature="\udc80") is None


async def test_links_of_the_same_minutes_are_the_same_so_that_browsers_keep_the_file(store, clock):
    kept = await put(store)
    clock.advance(-(clock.now() % 600) + 1)
    link = store.link(kept.attachment_id)
    clock.advance(500)
    assert store.link(kept.attachment_id) == link
