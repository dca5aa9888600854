"""What is broken, and when: drawn from a fixed seed."""

import asyncio


class Faults:
    """Breaks one thing after the other and counts."""

    def __init__(self, scene, customers, chance):
        self._scene = scene
        self._customers = customers
        self._chance = chance
        self.happened = {}

    async def cause(self, *, kills, seconds):
        """Spread ``kills`` kills and the other faults over ``seconds``."""
        plan = ["kill"] * kills + ["cut"] * (kills * 2) + ["hang"] * 3 + ["disk"]
        if self._scene.postgres is not None:
            plan += ["postgres"] * 4
        if self._scene.redis is not None:
            plan += ["redis"] * 4
        self._chance.shuffle(plan)
        pause = seconds / len(plan)
        for fault in plan:
            await asyncio.sleep(self._chance.uniform(0.3, 1.7) * pause)
            await getattr(self, f"_{fault}")()
            self.happened[fault] = self.happened.get(fault, 0) + 1

    async def _kill(self):
        await self._scene.served.kill(self._chance)

    async def _cut(self):
        lines = [customer for customer in self._customers if hasattr(customer, "cut")]
        for customer in self._chance.sample(lines, max(1, len(lines) // 5)):
            customer.cut()

    async def _hang(self):
        with self._scene.actions.hanging():
            await asyncio.sleep(6)

    async def _postgres(self):
        await self._scene.postgres.stop()
        await asyncio.sleep(self._chance.uniform(0.5, 3))
        await self._scene.postgres.start()

    async def _redis(self):
        await self._scene.redis.stop()
        await asyncio.sleep(self._chance.uniform(0.5, 5))
        await self._scene.redis.start()

    async def _disk(self):
        with self._scene.disk.full():
            await asyncio.sleep(4)
        if self._scene.postgres is not None:
            await self._scene.postgres.start()  # which may have ended itself for want of space
