"""Measuring a running server: start, latency, throughput, long conversations.

The server is pinned to one core and the client to another.
"""

import asyncio
import contextlib
import itertools
import os
import signal
import socket
import statistics
import subprocess
import time
import urllib.error
import urllib.request

from bench.measure import (
    environment,
    pinned,
    process_cpu_seconds,
    process_memory_mb,
    summary_ms,
)

REQUESTS = 300
WARM_UP = 25
CLIENTS = 16
LONG_CONVERSATION = 5000


def free_port():
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def served(engine, folder, *, core=0, start_timeout=180):
    """Serve the project in ``folder``; yields (process id, base URL, cost of the first reply)."""
    port = free_port()
    command = engine.call("run", "--enable-api", "-p", str(port), "-m", "models")
    log = (folder / f"{engine.name}.log").open("wb")
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment(engine.environment),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        preexec_fn=pinned(core),
        start_new_session=True,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        started = time.perf_counter()
        first_reply(url, process, started + start_timeout)
        start = {
            "cpu_seconds": round(process_cpu_seconds(process.pid), 2),
            "wall_seconds": round(time.perf_counter() - started, 2),
            "rss_mb": round(process_memory_mb(process.pid), 1),
        }
        yield process.pid, url, start
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        log.close()


def first_reply(url, process, deadline):
    """Wait until the REST channel answers a message with a message."""
    body = b'{"sender": "first", "message": "hello"}'
    headers = {"Content-Type": "application/json"}
    while time.perf_counter() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}; see its log")
        request = urllib.request.Request(f"{url}/webhooks/rest/webhook", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                if response.status == 200 and response.read() not in (b"", b"[]"):
                    return
        except (urllib.error.URLError, ConnectionError):
            pass
        time.sleep(0.01)
    raise RuntimeError("no reply in time; see the server's log")


async def _post(session, url, body):
    started = time.perf_counter()
    async with session.post(url, json=body) as response:
        answer = await response.read()
        if response.status != 200:
            raise RuntimeError(f"{url} answered {response.status}: {answer[:300]!r}")
    return time.perf_counter() - started


async def _sequential(session, url, bodies):
    for body in itertools.islice(bodies, WARM_UP):
        await _post(session, url, body)
    return [await _post(session, url, body) for body in itertools.islice(bodies, REQUESTS)]


def _parse_bodies(sentences):
    return ({"text": text} for text in itertools.cycle(sentences))


def _message_bodies(sentences, prefix):
    texts = itertools.cycle(sentences)
    return ({"sender": f"{prefix}{n}", "message": next(texts)} for n in itertools.count())


async def _throughput(session, url, bodies, requests):
    async def client():
        count = 0
        for body in bodies:
            await _post(session, url, body)
            count += 1
            if next(left) <= 0:
                return count
        return count

    left = itertools.count(requests, -1)
    started = time.perf_counter()
    counts = await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return sum(counts) / (time.perf_counter() - started)


async def _one_sender(session, url, sentences, messages):
    texts = itertools.cycle(sentences)
    durations = [
        await _post(session, url, {"sender": "faithful", "message": next(texts)})
        for _ in range(messages)
    ]
    mean = {
        "first_50_ms": statistics.fmean(durations[:50]),
        "251_to_300_ms": statistics.fmean(durations[250:300]),
        "last_50_ms": statistics.fmean(durations[-50:]),
    }
    result = {name: round(1000 * value, 3) for name, value in mean.items()}
    result["messages"] = messages
    result["ratio_251_to_300"] = round(result["251_to_300_ms"] / result["first_50_ms"], 2)
    result["ratio_last_50"] = round(result["last_50_ms"] / result["first_50_ms"], 2)
    return result


async def _load(url, sentences, *, requests, long_conversation):
    import aiohttp

    parse, webhook = f"{url}/model/parse", f"{url}/webhooks/rest/webhook"
    async with aiohttp.ClientSession() as session:
        return {
            "parse": summary_ms(await _sequential(session, parse, _parse_bodies(sentences))),
            "webhook_new_senders": summary_ms(
                await _sequential(session, webhook, _message_bodies(sentences, "n"))
            ),
            "one_sender": await _one_sender(session, webhook, sentences, long_conversation),
            "parse_requests_per_second": round(
                await _throughput(session, parse, _parse_bodies(sentences), requests), 1
            ),
            "webhook_requests_per_second": round(
                await _throughput(session, webhook, _message_bodies(sentences, "t"), requests), 1
            ),
        }


def measure(engine, folder, sentences, *, requests=3000, long_conversation=LONG_CONVERSATION):
    """Serve ``folder`` with ``engine`` and return all figures of the running server."""
    cores = os.sched_getaffinity(0)
    with served(engine, folder) as (pid, url, start):
        pinned(1)()
        try:
            load = asyncio.run(
                _load(url, sentences, requests=requests, long_conversation=long_conversation)
            )
        finally:
            os.sched_setaffinity(0, cores)
        return {"start": start, **load, "rss_after_mb": round(process_memory_mb(pid), 1)}
