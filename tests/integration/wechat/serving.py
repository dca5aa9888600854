"""Serves one connector with a stand-in for the door, as Kefu's server would."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

from aiohttp import web

from kefu.channels.base import WebResponse
from kefu.errors import TooMany, Unavailable
from tests.unit.channels.fakes import FakeRequest


class Tasks:
    """Runs what connectors spawn, and fails the test that it failed in."""

    def __init__(self):
        self._tasks = []

    def spawn(self, work):
        self._tasks.append(asyncio.get_running_loop().create_task(work))

    async def done(self):
        while self._tasks:
            await self._tasks.pop()


@asynccontextmanager
async def served(connector):
    """Serve a connector on 127.0.0.1; gives the address that pushes go to."""

    async def serve(request):
        route = next(r for r in connector.routes() if r.method == request.method)
        body = await request.read()
        if len(body) > route.max_body:
            route.too_large()
            return web.Response(status=413)
        try:
            answer: WebResponse = await route.serve(
                FakeRequest(
                    body=body,
                    query=dict(request.query),
                    headers=dict(request.headers),
                    method=request.method,
                )
            )
        except Unavailable:
            return web.Response(status=503)
        except TooMany:
            return web.Response(status=429)
        response = web.Response(
            status=answer.status,
            body=answer.body,
            headers={"Content-Type": answer.content_type},
        )
        if answer.written is not None:
            await response.prepare(request)
            await response.write_eof()
            await answer.written()
        return response

    app = web.Application(client_max_size=32 << 20)
    app.router.add_route("*", "/webhook", serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/webhook"
    finally:
        await runner.cleanup()
        await connector.close()
