"""Kills a serving Kefu over and over under load, and counts what became of every message.

``python -m bench.chaos --customers 100 --kills 30`` trains a small project, serves it with
``kefu run`` on SQLite, lets customers write over REST (each message with an id, sent again until
it is answered), sends SIGKILL at moments drawn from a fixed seed, starts again, and at the end
compares what the customers got with what the log says. Anything lost, doubled or out of order
makes the exit status 1.
"""

import argparse
import asyncio
import contextlib
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.serving import free_port
from kefu.core.events import BotUttered, UserUttered
from kefu.gateway.reading import Reading
from kefu.storage.sql import open_sql

RESULTS = Path(__file__).parent / "results"
ROOT = Path(__file__).parents[1]
FILES = {
    "config.yml": """
recipe: default.v1
language: en
assistant_id: chaos
pipeline: [{name: KeywordIntentClassifier}]
policies: [{name: RulePolicy}]
""",
    "domain.yml": """
version: "3.1"
intents: [tell]
entities: [what]
slots:
  what:
    type: text
    influence_conversation: false
    mappings: [{type: from_entity, entity: what}]
responses:
  utter_heard: [{text: "heard {what}"}]
""",
    "data/nlu.yml": """
version: "3.1"
nlu:
- intent: tell
  examples: |
    - tell you something
    - listen
""",
    "data/rules.yml": """
version: "3.1"
rules:
- rule: Repeat what was told
  steps:
  - intent: tell
  - action: utter_heard
""",
    "endpoints.yml": "",
    "credentials.yml": "rest:\n",
}


@dataclass
class Count:
    """What became of the messages."""

    sent: int = 0
    answered: int = 0
    sent_again: int = 0
    wrong_answers: int = 0
    lost: int = 0
    doubled: int = 0
    out_of_order: int = 0
    kills: int = 0

    @property
    def is_clean(self):
        return self.wrong_answers == self.lost == self.doubled == self.out_of_order == 0


class Served:
    """``kefu run``, killed and started again on the same port."""

    def __init__(self, folder):
        self._folder = folder
        self.port = free_port()
        self._process = None
        self.ready = asyncio.Event()

    async def start(self):
        command = [sys.executable, "-m", "kefu", "run", "-p", str(self.port)]
        with (self._folder / "server.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *command, cwd=self._folder, stdout=log, stderr=log, env=environment()
            )
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                break
            if self._process.returncode is not None:
                raise SystemExit((self._folder / "server.log").read_text("utf-8"))
            await asyncio.sleep(0.02)
        self.ready.set()

    async def kill(self):
        self.ready.clear()
        self._process.send_signal(signal.SIGKILL)
        await self._process.wait()

    async def stop(self):
        self._process.terminate()
        await self._process.wait()


def environment():
    import os

    return {**os.environ, "PYTHONPATH": str(ROOT)}


class Customers:
    """Write one message after the other and insist on an answer to each."""

    def __init__(self, served, count):
        self._served = served
        self._count = count
        self.is_over = False
        self.told = defaultdict(list)
        self._answered = asyncio.Condition()

    async def until_answered(self, number):
        async with self._answered:
            await self._answered.wait_for(lambda: self._count.answered >= number)

    async def one(self, name):
        connection = None
        while not self.is_over:
            what = f"{name}-{len(self.told[name])}"
            self.told[name].append(what)
            self._count.sent += 1
            connection, replies = await self._insist(connection, name, what)
            self._count.wrong_answers += replies != [f"heard {what}"]
            self._count.answered += 1
            async with self._answered:
                self._answered.notify_all()
        if connection is not None:
            connection[1].close()

    async def _insist(self, connection, name, what):
        message = "/tell" + json.dumps({"what": what})
        body = json.dumps({"sender": name, "message": message, "message_id": what}).encode()
        head = f"POST /webhooks/rest/webhook HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
        while True:
            try:
                if connection is None:
                    await self._served.ready.wait()
                    connection = await asyncio.open_connection("127.0.0.1", self._served.port)
                connection[1].write(
                    head.encode() + b"Content-Type: application/json\r\n\r\n" + body
                )
                status, answer = await response(connection[0])
                if status == 200:
                    return connection, [reply.get("text") for reply in json.loads(answer)]
            except (OSError, asyncio.IncompleteReadError, ValueError):
                pass
            self._count.sent_again += 1
            if connection is not None:
                connection[1].close()
            connection = None
            await asyncio.sleep(0.01)


async def response(reader):
    """Read one HTTP response; return its status and body."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    lines = head.lower().splitlines()
    length = next(int(line.split(":")[1]) for line in lines if line.startswith("content-length"))
    return int(head.split()[1]), await reader.readexactly(length)


async def compare(folder, told, count):
    """Count what the log says against what was told."""
    storage = await open_sql(folder / "var" / "kefu.db")
    reading = Reading(storage.stores, None)
    for name, whats in told.items():
        events = [logged.event for logged in await reading.log(name, after=0, limit=None)]
        heard = [e.entities[0]["value"] for e in events if isinstance(e, UserUttered)]
        said = [e.text.removeprefix("heard ") for e in events if isinstance(e, BotUttered)]
        for found in (heard, said):
            times = Counter(found)
            count.lost += sum(what not in times for what in whats)
            count.doubled += sum(number - 1 for number in times.values())
            in_order = [what for what in whats if what in times]
            count.out_of_order += list(dict.fromkeys(found)) != in_order
    unanswered = await storage.stores.conversations.unanswered(before=time.time(), limit=10_000)
    count.lost += len(unanswered)
    await storage.close()


def train(folder):
    """Write the project into ``folder`` and train it."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    command = [sys.executable, "-m", "kefu", "train"]
    subprocess.run(command, cwd=folder, check=True, env=environment(), capture_output=True)


async def run(customers, kills, seed, folder):
    chance, count = random.Random(seed), Count()
    served = Served(folder)
    crowd = Customers(served, count)
    await served.start()
    tasks = [asyncio.ensure_future(crowd.one(f"customer-{n}")) for n in range(customers)]
    begin = time.perf_counter()
    for _ in range(kills):
        await crowd.until_answered(count.answered + chance.randint(customers // 2, customers * 8))
        await asyncio.sleep(chance.uniform(0, 0.02))
        await served.kill()
        count.kills += 1
        await served.start()
    await crowd.until_answered(count.answered + customers)
    crowd.is_over = True
    await asyncio.gather(*tasks)
    seconds = time.perf_counter() - begin
    await served.stop()
    await compare(folder, crowd.told, count)
    return count, seconds


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--customers", type=int, default=50)
    arguments.add_argument("--kills", type=int, default=30)
    arguments.add_argument("--seed", type=int, default=20261121)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="kefu-chaos-") as folder:
        train(Path(folder))
        count, seconds = asyncio.run(run(given.customers, given.kills, given.seed, Path(folder)))
    for name, value in asdict(count).items():
        print(f"{name.replace('_', ' '):15} {value:8}")
    print(f"{'seconds':15} {seconds:8.1f}")
    RESULTS.mkdir(exist_ok=True)
    record = {**vars(given), **asdict(count), "seconds": round(seconds, 1)}
    (RESULTS / "chaos.json").write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    return 0 if count.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
