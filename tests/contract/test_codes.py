"""One-time codes over every store: processes that share it keep to the limits together."""

import asyncio

from kefu.clock import ManualClock
from kefu.customers.verification import Verification
from kefu.project.settings import CodeSettings

PHONE = "13800000001"


class Phones:
    def __init__(self):
        self.codes = []

    async def send(self, message):
        self.codes.append(message.code)


def processes(storage, phones, clock, count):
    async def secret():
        return await storage.customers.secret("customers.code_key", "proposal")

    return [
        Verification(
            sender=phones,
            values=storage.channel_state,
            settings=CodeSettings(name="x.Y"),
            secret=secret,
            clock=clock,
        )
        for _ in range(count)
    ]


async def send(process, step, conversation="c1"):
    found = await process.send(PHONE, conversation_id=conversation, step=step)
    return found.status


async def check(process, typed, step):
    found = await process.check(PHONE, typed, conversation_id="c1", step=step)
    return found.status


async def test_a_code_sent_by_one_process_is_right_once_in_another(storage):
    phones = Phones()
    one, other = processes(storage, phones, ManualClock(), 2)
    assert await send(one, "s1") == "sent"
    assert await check(other, phones.codes[0], "s2") == "right"
    assert await check(one, phones.codes[0], "s3") == "used_up"


async def test_two_checks_at_once_find_it_right_once(storage):
    phones = Phones()
    several = processes(storage, phones, ManualClock(), 4)
    await send(several[0], "s0")
    found = await asyncio.gather(
        *(check(one, phones.codes[0], f"s{n}") for n, one in enumerate(several, 1))
    )
    assert found.count("right") == 1


async def test_guesses_at_once_are_not_more_than_three(storage):
    phones = Phones()
    several = processes(storage, phones, ManualClock(), 6)
    await send(several[0], "s0")
    wrong = f"{(int(phones.codes[0]) + 1) % 1_000_000:06}"
    found = await asyncio.gather(*(check(one, wrong, f"s{n}") for n, one in enumerate(several, 1)))
    assert found.count("wrong") == 2
    assert "right" not in found
    assert await check(several[0], phones.codes[0], "s9") == "used_up"


async def test_wishes_at_once_send_one_code(storage):
    phones = Phones()
    several = processes(storage, phones, ManualClock(), 4)
    found = await asyncio.gather(*(send(one, f"s{n}", f"c{n}") for n, one in enumerate(several)))
    assert found.count("sent") == len(phones.codes) == 1


async def test_an_hour_has_five_codes_whichever_process_sends_them(storage):
    phones, clock = Phones(), ManualClock()
    several = processes(storage, phones, clock, 3)
    found = []
    for minute in range(8):
        found.append(await send(several[minute % 3], f"s{minute}", f"c{minute}"))
        clock.advance(60)
    assert found == ["sent"] * 5 + ["too_often"] * 3
