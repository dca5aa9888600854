"""What the bot is told of the pages that customers have seen."""

from types import SimpleNamespace

from kefu.clock import ManualClock
from kefu.customers.tracking import Tracking
from kefu.storage.memory import open_memory


class Directory:
    def __init__(self, *, consents):
        profile = SimpleNamespace(consents=consents)
        self.customer = SimpleNamespace(profile=profile, conversation_id="c1")

    async def at(self, address):
        return self.customer if address == "c1" else None


async def seen(pages, *, consents=True):
    tracking = Tracking(Directory(consents=consents), open_memory().visits, ManualClock())
    for page in pages:
        await tracking.visit("c1", url=f"https://shop.example/{page}")
    return await tracking.viewed("c1"), await tracking.viewed("c2")


async def test_pages_are_told_once_and_those_of_nobody_else():
    pages, others = await seen(["product/P001", "product/P012", "product/P001"])
    assert sorted(pages) == [
        "https://shop.example/product/P001",
        "https://shop.example/product/P012",
    ]
    assert others == []


async def test_without_consent_nothing_is_told():
    assert await seen(["product/P001"], consents=False) == ([], [])
