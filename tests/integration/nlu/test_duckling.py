import json
import logging

import pytest
from aiohttp import web

from kefu.clock import ManualClock
from kefu.nlu.component import Surroundings
from kefu.nlu.extractors.duckling import REST_SECONDS, DucklingEntityExtractor
from kefu.nlu.message import Message
from kefu.project.nlu_data import NluData
from tests.unit.nlu.builders import a_lesson, component

TIME = {
    "body": "明天", "start": 0, "end": 2, "dim": "time",
    "value": {"type": "value", "value": "2023-11-16T00:00:00.000+08:00"},
}  # fmt: skip
SPAN = {
    "body": "3到5块", "start": 3, "end": 7, "dim": "amount-of-money",
    "value": {"type": "interval", "from": {"value": 3}, "to": {"value": 5}},
}  # fmt: skip


@pytest.fixture
async def server():
    state = {"asked": [], "status": 200, "answer": [TIME, SPAN]}

    async def answer(request):
        state["asked"].append(dict(await request.post()))
        return web.json_response(state["answer"], status=state["status"])

    app = web.Application()
    app.router.add_post("/parse", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0]
    state["url"] = f"http://{host}:{port}"
    yield state
    await runner.cleanup()


@pytest.fixture
async def build():
    made = []

    def build(**settings):
        clock = ManualClock(1_700_000_000.0)
        config = component("DucklingEntityExtractor", **settings)
        extractor = DucklingEntityExtractor.load(
            config, {}, Surroundings(language="zh", clock=clock)
        )
        made.append(extractor)
        return extractor, clock

    yield build
    for extractor in made:
        await extractor.close()


async def _entities(extractor, text="明天 3到5块"):
    message = Message(text=text)
    waiting = extractor.process(message)
    if waiting is not None:
        await waiting
    return message.entities


async def test_entities_come_in_rasas_shape(server, build):
    extractor, _ = build(url=server["url"], timezone="Asia/Shanghai")
    time, money = await _entities(extractor)
    assert time == {
        "start": 0,
        "end": 2,
        "text": "明天",
        "value": "2023-11-16T00:00:00.000+08:00",
        "confidence": 1.0,
        "additional_info": TIME["value"],
        "entity": "time",
        "extractor": "DucklingEntityExtractor",
    }
    assert money["value"] == {"to": 5, "from": 3}
    assert server["asked"] == [
        {
            "text": "明天 3到5块",
            "locale": "zh_CN",
            "tz": "Asia/Shanghai",
            "reftime": "1700000000000",
        }
    ]


async def test_only_wanted_dimensions_are_asked_for_and_kept(server, build):
    extractor, _ = build(url=server["url"], dimensions=["time"])
    assert [e["entity"] for e in await _entities(extractor)] == ["time"]
    assert json.loads(server["asked"][0]["dims"]) == ["time"]


async def test_a_server_that_is_down_costs_one_warning_and_is_left_alone_for_a_while(
    server, build, caplog
):
    extractor, clock = build(url=server["url"])
    server["status"] = 500
    with caplog.at_level(logging.WARNING):
        assert await _entities(extractor) == []
        assert await _entities(extractor) == []
        clock.advance(REST_SECONDS)
        assert await _entities(extractor) == []
    assert len(server["asked"]) == 2
    assert len(caplog.records) == 1
    server["status"] = 200
    clock.advance(REST_SECONDS)
    assert len(await _entities(extractor)) == 2


@pytest.mark.parametrize("answer", [{"error": "x"}, [{"dim": "time"}], ["x"]])
async def test_nonsense_from_the_server_gives_no_entities(server, build, answer):
    server["answer"] = answer
    extractor, _ = build(url=server["url"])
    assert await _entities(extractor) == []


async def test_nobody_listening_gives_no_entities(build):
    extractor, _ = build(url="http://127.0.0.1:1")
    assert await _entities(extractor) == []


async def test_without_an_address_nothing_is_asked():
    lesson = a_lesson(NluData())
    extractor = DucklingEntityExtractor.train(component("DucklingEntityExtractor"), lesson)
    assert await _entities(extractor) == []
    assert [problem.code for problem in lesson.problems] == ["nlu.no-duckling"]
