"""SIGKILL to any of three processes, and Redis gone and back, lose and double nothing."""

import asyncio
import random
import secrets

from tests.integration.test_kill import Load, PushPlatform, Target, check_log

PROCESSES = 3
KILLS = 5
ASKING = 10
PUSHED = 4


class AnyTarget:
    """Leads each connection to one of several processes."""

    def __init__(self, targets, chance):
        self.targets = targets
        self._chance = chance

    @property
    def ready(self):
        return self._any().ready

    @property
    def port(self):
        return self._any().port

    def _any(self):
        ready = [target for target in self.targets if target.ready.is_set()]
        return self._chance.choice(ready or self.targets)


class Wandering(Load):
    """Customers whose every message may reach another process, as behind a balancer."""

    async def _until_it_arrives(self, connection, message):
        if connection is not None and random.random() < 0.5:
            connection[1].close()
            connection = None
        return await super()._until_it_arrives(connection, message)


async def test_killing_any_of_three_processes_loses_nothing_and_doubles_nothing(
    postgres, redis_server
):
    chance = random.Random(20261128)
    platform = PushPlatform()
    server = await asyncio.start_server(platform.connected, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    prefix = f"kefu-test-{secrets.token_hex(4)}:"
    targets = [Target(postgres, port, redis_server.url, prefix) for _ in range(PROCESSES)]
    await asyncio.gather(*(target.start() for target in targets))
    load = Wandering(AnyTarget(targets, chance))
    asking = [f"ask{n}" for n in range(ASKING)]
    pushed = [f"push{n}" for n in range(PUSHED)]
    customers = [
        *(asyncio.ensure_future(load.customer(name, "rest")) for name in asking),
        *(asyncio.ensure_future(load.customer(name, "push")) for name in pushed),
    ]
    for kill in range(KILLS):
        await load.until_answered(load.answered + chance.randint(20, 60))
        target = chance.choice(targets)
        await target.kill()
        await target.start()
        if kill == 1:
            redis_server.stop()
        if kill == 3:
            await asyncio.to_thread(redis_server.start)
    await load.until_answered(load.answered + 50)
    load.is_over = True
    await asyncio.gather(*customers)
    for name in pushed:
        await asyncio.wait_for(platform.until(name, len(load.sent[name])), timeout=60)
    for target in targets:
        await target.kill()
    server.close()

    assert load.resent > 0, "no kill hit a message: the test tests nothing"
    for name in asking:
        replies = [answer["replies"] for answer in load.answers[name]]
        assert replies == [[f"echo: {text}"] for text in load.sent[name]]
    for name in pushed:
        by_first_arrival = list(platform.arrived[name].values())
        assert by_first_arrival == [f"echo: {text}" for text in load.sent[name]]
    await check_log(postgres, load.sent)
