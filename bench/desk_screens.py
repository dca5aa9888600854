"""How fast the workbench is in a browser: ``python -m bench.desk_screens`` (needs Chromium).

A real server with a database of 10,000 conversations, half of them with a session that is open, one
of them 5,000 messages long; a browser on the same machine. What is timed happens in the page: from
the start of the navigation to the list on the screen, from the click to the message on the screen,
and between frames while the list is scrolled from its beginning to its end.
"""

import asyncio
import contextlib
import gzip
import json
import platform
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

from kefu.core.events import AgentUttered, BotUttered, UserUttered
from kefu.desk.changes import AddSession
from kefu.desk.sessions import ServiceSession
from kefu.gateway.records import Commit
from kefu.gateway.rows import entry_of
from kefu.storage.sql import open_sql

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"
STATIC = ROOT / "kefu" / "server" / "static" / "desk"
PROJECT = ROOT / "tests" / "e2e" / "office" / "project"
CONVERSATIONS, LONG, RUNS = 10_000, 5_000, 7
OPTIONS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
ROW, BUBBLE = ".list-row", ".message .body"

# Resolves with the milliseconds until something that fits the selector is on the screen.
APPEARS = """([selector, begin]) => new Promise((done) => {
  const look = () => {
    const since = performance.now() - begin;
    if (since > 20000) throw new Error("nothing fits " + selector);
    if (!document.querySelector(selector)) requestAnimationFrame(look);
    else requestAnimationFrame(() => done(performance.now() - begin));
  };
  look();
})"""
# Scrolls to the end in steps of a screen, and gives the time of each frame.
SCROLL = """(selector) => new Promise(done => {
  let box = document.querySelector(selector);
  while (box && box.scrollHeight <= box.clientHeight + 1) box = box.parentElement;
  const frames = []; let before = performance.now(); let left = 240;
  const step = () => {
    const now = performance.now(); frames.push(now - before); before = now;
    box.scrollTop += 400;
    if (left-- > 0) requestAnimationFrame(step); else done(frames.slice(2));
  };
  requestAnimationFrame(step);
})"""


def said(number, at):
    """Return a message of each side in turn."""
    text = f"第{number}句：这件衣服什么时候发货，能不能换一个尺码？"
    if number % 3 == 0:
        return UserUttered(text=text, input_channel="web", timestamp=at)
    if number % 3 == 1:
        return BotUttered(text=text, timestamp=at)
    agent = {"id": "a_bench", "name": "林小雨", "avatar": ""}
    return AgentUttered(text=text, metadata={"agent": agent}, timestamp=at)


async def fill(path):
    """Write the conversations; the long one is the latest."""
    storage = await open_sql(path)
    now = time.time()
    try:
        for number in range(CONVERSATIONS):
            is_long = number == CONVERSATIONS - 1
            count = LONG if is_long else 4
            at = now - CONVERSATIONS + number
            name = f"web-bench-{number:05}"
            is_open = number % 2 == 1
            entries = tuple(entry_of(said(n, at - count + n), at) for n in range(count))
            await storage.stores.log.commit(
                Commit(
                    conversation_id=name,
                    expected_version=0,
                    owner="queue" if is_open else "bot",
                    timestamp=at,
                    entries=entries,
                )
            )
            if is_open:
                session = ServiceSession(
                    session_id=f"s_bench{number:05}",
                    conversation_id=name,
                    opened_at=at,
                    changed_at=at,
                    waiting_since=at,
                    queued_at=at,
                    channel="web",
                    group_id="g_nobody",  # whom nobody here belongs to: they go on waiting
                )
                await storage.desk.apply([AddSession(session)])
    finally:
        await storage.close()


def api(url, method, path, body=None):
    """Ask the API as a machine; return its answer."""
    request = urllib.request.Request(
        url + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as response:
        return json.loads(response.read() or b"null")


@contextlib.contextmanager
def served(folder):
    """Serve the filled project; give its address and the link for the first administrator."""
    with contextlib.closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    url, log = f"http://127.0.0.1:{port}", folder / "run.log"
    command = [sys.executable, "-m", "kefu", "run", "--enable-api", "--port", str(port)]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + 60
        while "token=" not in log.read_text("utf-8"):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(log.read_text("utf-8"))
            time.sleep(0.05)
        yield url, re.findall(r"token=(\S+)", log.read_text("utf-8"))[0]
    finally:
        process.terminate()
        process.wait(30)


def first_load_kb():
    """Return what the inbox needs on its first load, gzip, in kB (of 1,000 bytes)."""
    manifest = json.loads((STATIC / ".vite" / "manifest.json").read_text("utf-8"))
    wanted, seen = [key for key, one in manifest.items() if one.get("isEntry")], set()
    wanted += [key for key in manifest if key.endswith("InboxScreen.vue")]
    while wanted:
        key = wanted.pop()
        if key not in seen:
            seen.add(key)
            wanted += manifest[key].get("imports", [])
    files = {manifest[key]["file"] for key in seen}
    files |= {css for key in seen for css in manifest[key].get("css", [])}
    return sum(len(gzip.compress((STATIC / name).read_bytes(), 9)) for name in files) / 1000


def measured(url, password):
    """Return the figures of several runs, each in a browser of its own."""
    loads, opens, longs, frames = [], [], [], []
    found = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=OPTIONS)
        for _ in range(RUNS):
            context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="zh-CN")
            page = context.new_page()
            page.request.post(f"{url}/api/v1/login", data={"login": "root", "password": password})
            page.goto(f"{url}/desk/inbox/all", wait_until="commit")
            loads.append(page.evaluate(APPEARS, [ROW, 0]))
            page.wait_for_timeout(1_000)
            frames.append(page.evaluate(SCROLL, ROW))
            for row, times in ((1, opens), (0, longs)):
                page.goto(f"{url}/desk/inbox/all")
                page.locator(ROW).nth(row).wait_for()
                page.wait_for_timeout(1_000)  # whatever is fetched beforehand is there
                begin = page.evaluate("performance.now()")
                page.locator(ROW).nth(row).click(no_wait_after=True)
                times.append(page.evaluate(APPEARS, [BUBBLE, begin]))
            context.close()
        browser.close()
    return loads, opens, longs, frames


def main():
    """Measure and record."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "project"
        shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("var", "models"))
        shutil.copytree(ROOT / "connectors", folder / "connectors", dirs_exist_ok=True)
        subprocess.run(
            [sys.executable, "-m", "kefu", "train"], cwd=folder, check=True, capture_output=True
        )
        (folder / "var").mkdir(exist_ok=True)
        asyncio.run(fill(folder / "var" / "kefu.db"))
        with served(folder) as (url, token):
            password = "correct horse 9 staple"
            api(
                url,
                "POST",
                "/api/v1/setup",
                {"token": token, "password": password, "login": "root", "display_name": "林"},
            )
            loads, opens, longs, frames = measured(url, password)
    every = sorted(frame for run in frames for frame in run)
    result = {
        "machine": f"{platform.machine()}, 2 cores",
        "conversations": CONVERSATIONS,
        "long_thread": LONG,
        "runs": RUNS,
        "first_load_ms": round(statistics.median(loads), 1),
        "first_loads_ms": [round(one, 1) for one in loads],
        "first_open_ms": round(statistics.median(opens), 1),
        "first_opens_ms": [round(one, 1) for one in opens],
        "long_thread_ms": round(statistics.median(longs), 1),
        "long_threads_ms": [round(one, 1) for one in longs],
        "long_list_ms": round(statistics.median(max(run) for run in frames), 1),
        "long_list_p99_ms": round(every[int(len(every) * 0.99)], 1),
        "frames_over_50_ms": sum(frame > 50 for frame in every),
        "frames": len(every),
        "gzip_kb": round(first_load_kb(), 1),
    }
    (RESULTS / "desk_screens.json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
