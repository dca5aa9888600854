"""Everything a run needs besides its customers: the server under test and what it depends on."""

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.chaos.platforms import Platforms
from bench.chaos.project import train
from bench.chaos.served import Served
from bench.chaos.services import ActionServer, Disk, Postgres, Redis


@dataclass
class Scene:
    """The parts that can be broken."""

    folder: Path
    served: Served
    actions: ActionServer
    disk: Disk
    platforms: Platforms
    storage_url: str
    postgres: Postgres | None = None
    redis: Redis | None = None


@asynccontextmanager
async def scene(folder, *, workers):
    """Start what the server needs, train the project, and stop everything at the end."""
    async with AsyncExitStack() as stack:
        disk = Disk(folder / "disk")
        await disk.mount()
        stack.push_async_callback(disk.unmount)
        postgres = redis = None
        storage_url = f"sqlite:///{disk.folder}/kefu.db"
        if workers > 1:
            postgres, redis = Postgres(disk.folder), Redis(folder)
            await postgres.create()
            stack.push_async_callback(postgres.stop)
            await postgres.start()
            stack.push_async_callback(redis.stop)
            await redis.start()
            storage_url = postgres.url
        actions = ActionServer()
        stack.push_async_callback(actions.stop)
        await actions.start()
        served = Served(folder, workers=workers)
        platforms = Platforms(served.url)
        stack.push_async_callback(platforms.stop)
        await platforms.start()
        train(
            folder,
            actions=actions.port,
            storage=storage_url,
            coordination=redis.url if redis else None,
            credentials=platforms.credentials(),
        )
        stack.push_async_callback(served.stop)
        yield Scene(folder, served, actions, disk, platforms, storage_url, postgres, redis)
