"""A line to a database server that can be cut, as when the server is stopped."""

import asyncio
import threading
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit


class Line:
    """Leads connections to the server of a URL; a context manager with a thread of its own.

    Attributes:
        url: Of the same database, by way of this line.
    """

    def __init__(self, url):
        parts = urlsplit(url)
        sockets = parse_qs(parts.query).get("host")
        self._port = parts.port or 5432
        self._path = f"{sockets[0]}/.s.PGSQL.{self._port}" if sockets else None
        self._host = parts.hostname
        self._parts = parts
        self._own_port = 0
        self._server = None
        self._writers = set()
        self._leading = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.url = ""

    def __enter__(self):
        self._thread.start()
        self.mend()
        user = self._parts.netloc.rpartition("@")[0]
        self.url = f"postgresql://{user}@127.0.0.1:{self._own_port}{self._parts.path}"
        return self

    def __exit__(self, *_):
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def mend(self):
        """Let connections through."""
        self._run(self._listen())

    def cut(self):
        """Break all connections and refuse new ones."""
        self._run(self._break())

    def _run(self, coroutine):
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    async def _listen(self):
        self._server = await asyncio.start_server(self._lead, "127.0.0.1", self._own_port)
        self._own_port = self._server.sockets[0].getsockname()[1]

    async def _break(self):
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        if self._leading:
            await asyncio.wait(self._leading)

    async def _lead(self, reader, writer):
        self._leading.add(asyncio.current_task())
        asyncio.current_task().add_done_callback(self._leading.discard)
        if self._path is None:
            there = await asyncio.open_connection(self._host, self._port)
        else:
            there = await asyncio.open_unix_connection(self._path)
        await asyncio.gather(self._pass(reader, there[1]), self._pass(there[0], writer))

    async def _pass(self, reader, writer):
        self._writers.add(writer)
        with suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        writer.transport.abort()
        self._writers.discard(writer)
