"""How fast the workbench's screens are in a local Chromium: ``python -m bench.desk_screens``.

Fills an SQLite database through the stores with 10,000 conversations, one of them 5,000 messages
long, serves it and measures in fresh browsers, from the browser's own clock: until the list is
there, until a conversation is open (the first one, once the screen has come to rest), until the
long one is, and how long frames take while the whole list is scrolled through. Records every run
in ``results/desk_screens.json``; the figures of the table are the 95th percentile, of frames the
longest.

Needs Chromium (CHROMIUM=/path, or in the usual places) and the built workbench (make web).
"""

import argparse
import asyncio
import gzip
import json
import os
import platform
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

from bench.measure import environment
from bench.serving import free_port
from kefu.gateway.records import Commit, NewEntry
from kefu.storage.sql import open_sql

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"
STATIC = ROOT / "kefu" / "server" / "static"
CONVERSATIONS = 10_000
MESSAGES = 5_000
LONG = "web-long"
PASSWORD = "correct horse 9 staple"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
SAID = (
    "怎么申请退货？",
    "尺码不合适想换大一号",
    "发票什么时候能开",
    "物流三天没动了",
    "好的，谢谢",
)

PROJECT = {
    "config.yml": "recipe: default.v1\nassistant_id: screens\nlanguage: zh\n"
    "pipeline:\n- name: KeywordIntentClassifier\npolicies:\n- name: RulePolicy\n",
    "domain.yml": 'version: "3.1"\nintents: [greet]\nresponses:\n  utter_greet:\n  - text: 您好\n',
    "nlu.yml": 'version: "3.1"\nnlu:\n- intent: greet\n  examples: |\n    - 你好\n    - 您好\n',
    "rules.yml": 'version: "3.1"\nrules:\n- rule: greet\n  steps:\n  - intent: greet\n'
    "  - action: utter_greet\n",
    "credentials.yml": "web:\n",
    "endpoints.yml": "tracker_store:\n  type: SQL\n  dialect: sqlite\n  db: var/screens.db\n",
}

# Notes, by the browser's clock, when a screen is first there after a click, or after the start.
WATCH = """(() => {
  const seen = (window.__seen = {});
  const waits = (what, since, done) => {
    const look = () => {
      if (done()) requestAnimationFrame(() => (seen[what] ??= performance.now() - since));
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  };
  waits("list", 0, () => document.querySelector(".list-row"));
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-conversation]");
    if (!link) return;
    const id = link.dataset.conversation;
    const words = link.closest(".list-row").querySelector(".last").textContent.trim();
    const said = () => [...document.querySelectorAll(".thread .message")].at(-1)?.textContent;
    // The last message that the list shows is there: not another conversation's, nor half of it.
    waits(id, event.timeStamp, () => said()?.includes(words)
      && document.querySelector(".composer textarea"));
  }, true);
})()"""

SCROLL = """async () => {
  const box = document.querySelector(".scroller");
  const frames = [];
  let last = await new Promise(requestAnimationFrame), still = 0;
  while (still < 120) {
    const before = box.scrollTop;
    box.scrollTop += 400;
    const now = await new Promise(requestAnimationFrame);
    frames.push(now - last);
    last = now;
    still = box.scrollTop === before ? still + 1 : 0;
  }
  const places = [...document.querySelectorAll(".place")];
  return {frames, rows: Math.max(...places.map((one) => Number(one.ariaPosInSet)))};
}"""


def entry(number, at):
    """Return something that a customer (even numbers) or the bot said."""
    kind = "bot" if number % 2 else "user"
    text = f"{SAID[number % len(SAID)]}（{number}）"
    body = {"event": kind, "text": text, "timestamp": at, "metadata": {}}
    more = {"data": {}} if number % 2 else {"input_channel": "web", "parse_data": {}}
    return NewEntry(kind=kind, timestamp=at, body=json.dumps(body | more, ensure_ascii=False))


async def fill(path):
    """Put the conversations into a new database."""
    path.parent.mkdir(parents=True, exist_ok=True)
    storage = await open_sql(path)
    log, begin, rnd = storage.stores.log, time.time() - 86_400.0, random.Random(4)

    async def said(name, numbers, at, version=0):
        entries = tuple(entry(number, at + number / 1000) for number in numbers)
        committed = await log.commit(
            Commit(
                conversation_id=name,
                expected_version=version,
                owner="bot",
                timestamp=at,
                entries=entries,
            )
        )
        return committed.version

    for start in range(0, CONVERSATIONS - 1, 200):
        end = min(start + 200, CONVERSATIONS - 1)
        await asyncio.gather(
            *(
                said(f"web-{number}", range(rnd.randrange(2, 6)), begin + number)
                for number in range(start, end)
            )
        )
    version = 0
    for start in range(0, MESSAGES, 500):
        at = begin + CONVERSATIONS + start
        version = await said(LONG, range(start, start + 500), at, version)
    await storage.close()


def prepare(folder):
    """Write, train and fill a project."""
    for name, text in PROJECT.items():
        path = folder / ("data" if name in {"nlu.yml", "rules.yml"} else "") / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    command = [sys.executable, "-m", "kefu", "train"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env=surroundings())
    asyncio.run(fill(folder / "var" / "screens.db"))


def surroundings():
    """Return the environment in which this Kefu is the one that runs."""
    return environment({"PYTHONPATH": str(ROOT)})


def serve(folder):
    """Start the server; return its process, its address and the token of the set-up link."""
    port, log = free_port(), folder / "run.log"
    with log.open("wb") as output:
        command = [sys.executable, "-m", "kefu", "run", "-i", "127.0.0.1", "--port", str(port)]
        process = subprocess.Popen(
            command, cwd=folder, stdout=output, stderr=subprocess.STDOUT, env=surroundings()
        )
    deadline = time.monotonic() + 120
    while not (found := re.findall(r"/desk/setup#token=([\w-]+)", log.read_text("utf-8"))):
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"the server did not start:\n{log.read_text('utf-8')}")
        time.sleep(0.1)
    return process, f"http://127.0.0.1:{port}", found[0]


def sign_in(browser, url, token):
    """Set the desk up; return the state of a browser in which its administrator is signed in."""
    context = browser.new_context()
    made = {"token": token, "login": "root", "password": PASSWORD}
    for path, body in (("setup", made), ("login", {"login": "root", "password": PASSWORD})):
        answer = context.request.post(f"{url}/api/v1/{path}", data=body)
        assert answer.ok, answer.text()
    state = context.storage_state()
    context.close()
    return state


def one_run(browser, url, state):
    """Return the figures of one fresh browser, and the addresses of what it loaded."""
    context = browser.new_context(
        storage_state=state, viewport={"width": 1280, "height": 800}, locale="zh-CN"
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.add_init_script(WATCH)
    page.goto(f"{url}/desk/inbox/all")
    rows = page.locator("[data-conversation]")
    rows.nth(3).wait_for()
    page.locator(".list-row").first.wait_for()
    loaded = page.evaluate("performance.getEntriesByType('resource').map(one => one.name)")
    page.wait_for_load_state("networkidle")
    opened = rows.nth(3).get_attribute("data-conversation")
    rows.nth(3).click()
    page.locator(".thread .message").first.wait_for()
    loaded += page.evaluate("performance.getEntriesByType('resource').map(one => one.name)")
    page.locator(f"[data-conversation='{LONG}']").click()
    page.wait_for_url(f"**/{LONG}")
    page.locator(".thread .message", has_text=f"（{MESSAGES - 1}）").wait_for()
    seen = wait_for(page, ("list", opened, LONG))
    page.goto(f"{url}/desk/inbox/all")
    page.locator(".list-row").first.wait_for()
    scrolled = page.evaluate(SCROLL)
    context.close()
    assert scrolled["rows"] == CONVERSATIONS, scrolled["rows"]
    frames = sorted(scrolled["frames"])
    return {
        "first_load_ms": round(seen["list"], 1),
        "first_open_ms": round(seen[opened], 1),
        "long_thread_ms": round(seen[LONG], 1),
        "rows": scrolled["rows"],
        "frames": len(frames),
        "frame_p95_ms": round(frames[int(len(frames) * 0.95)], 1),
        "frame_longest_ms": round(frames[-1], 1),
        "frames_over_50_ms": sum(one > 50 for one in frames),
    }, set(loaded)


def wait_for(page, names):
    """Return what the page noted, once it has noted all of it."""
    while True:
        seen = page.evaluate("window.__seen")
        if all(name in seen for name in names):
            return seen
        page.wait_for_timeout(20)


def gzip_kb(addresses):
    """Return how large the scripts and styles among these are, each by gzip."""
    paths = {urllib.parse.urlsplit(one).path for one in addresses}
    files = [STATIC / one.lstrip("/") for one in paths if one.endswith((".js", ".css"))]
    return round(sum(len(gzip.compress(one.read_bytes(), 9)) for one in files) / 1000, 1)


def highest(values):
    """Return the 95th percentile; of few runs the highest."""
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.95))]


def summarised(runs, loaded):
    names = ("first_load_ms", "first_open_ms", "long_thread_ms")
    return {
        **{name: highest([run[name] for run in runs]) for name in names},
        "long_list_ms": max(run["frame_longest_ms"] for run in runs),
        "gzip_kb": gzip_kb(loaded),
        "medians": {name: statistics.median(run[name] for run in runs) for name in names},
        "conversations": CONVERSATIONS,
        "messages": MESSAGES,
        "runs": runs,
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python "
        f"{platform.python_version()}, load {os.getloadavg()[0]:.1f} at the end",
    }


def measure(count):
    """Measure some runs; return what is recorded."""
    from playwright.sync_api import sync_playwright

    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        raise SystemExit("no Chromium was found: install one, or say CHROMIUM=/path")
    with tempfile.TemporaryDirectory(prefix="kefu-screens-") as work:
        folder = Path(work)
        prepare(folder)  # runs a loop of its own, which a driver's thread does not allow
        with sync_playwright() as driver:
            process, url, token = serve(folder)
            try:
                browser = driver.chromium.launch(executable_path=found, args=OPTIONS)
                state, runs, loaded = sign_in(browser, url, token), [], set()
                for number in range(count):
                    run, addresses = one_run(browser, url, state)
                    print(f"  run {number + 1}: {json.dumps(run)}", flush=True)
                    runs.append(run)
                    loaded |= addresses
                browser.close()
            finally:
                process.terminate()
                process.wait(30)
    return summarised(runs, loaded)


def main():
    parser = argparse.ArgumentParser(prog="python -m bench.desk_screens", description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    if not (STATIC / "desk" / "index.html").is_file():
        raise SystemExit("the workbench is not built: run `make web` first")
    record = measure(parser.parse_args().runs)
    (RESULTS / "desk_screens.json").write_text(json.dumps(record, indent=2) + "\n", "utf-8")
    for name in ("first_load_ms", "first_open_ms", "long_thread_ms", "long_list_ms", "gzip_kb"):
        print(f"{name:18}{record[name]:>10}")


if __name__ == "__main__":
    main()
