"""How soon the page of ``kefu visualize`` can be used: ``python -m bench.visualize``.

Writes the page of the shipped assistant, and of a generated project with 300 stories of twelve
steps; opens each in a fresh local Chromium without a network, and reads the browser's clock when
the graph is drawn and takes input. Records all runs in ``results/visualize.json``.

Needs Chromium (CHROMIUM=/path, or in the usual places).
"""

import json
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.measure import environment

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
STORIES = 300
TURNS = 6
INTENTS = 60
RUNS = 5
INTERACTIVE = "performance.getEntriesByName('interactive')[0].startTime"
UNFOLD = """() => {
  const started = performance.now();
  [...document.querySelectorAll("button")].find((one) => one.textContent === "全部展开").click();
  return [performance.now() - started, document.querySelectorAll("g.node").length];
}"""


def generated(folder):
    """Write a project of 300 stories, some of which begin alike."""
    chance = random.Random(1)
    intents = [f"intent_{number:02}" for number in range(INTENTS)]
    folder.joinpath("data").mkdir(parents=True)
    responses = "".join(f"  utter_{one}:\n  - text: 回答 {one}\n" for one in intents)
    folder.joinpath("domain.yml").write_text(
        f'version: "3.1"\nintents: [{", ".join(intents)}]\nresponses:\n{responses}', "utf-8"
    )
    folder.joinpath("config.yml").write_text(
        "recipe: default.v1\nlanguage: zh\npipeline:\n- name: JiebaTokenizer\n"
        "policies:\n- name: MemoizationPolicy\n",
        "utf-8",
    )
    lines = ['version: "3.1"', "stories:"]
    for number in range(STORIES):
        lines += [f"- story: story {number}", "  steps:"]
        for turn in range(TURNS):
            # Few ways to begin, more and more ways to go on.
            intent = chance.choice(intents[: 5 * (turn + 1) * 2])
            lines += [f"  - intent: {intent}", f"  - action: utter_{intent}"]
    folder.joinpath("data", "stories.yml").write_text("\n".join(lines) + "\n", "utf-8")


def written(project, page):
    """Write the page of a project; return the seconds that took."""
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "kefu", "visualize", "--quiet", "--out", str(page)],
        cwd=project,
        env=environment({"PYTHONPATH": str(ROOT)}),
        check=True,
    )
    return time.perf_counter() - started


def opened(driver, executable, page):
    """Return what one fresh browser measures."""
    browser = driver.chromium.launch(executable_path=executable, args=OPTIONS)
    tab = browser.new_context(offline=True, viewport={"width": 1440, "height": 900}).new_page()
    tab.goto(page.as_uri())
    interactive = tab.evaluate(INTERACTIVE)
    first = tab.locator("g.node").count()
    unfolded, nodes = tab.evaluate(UNFOLD)
    browser.close()
    return {
        "interactive_ms": round(interactive, 1),
        "nodes_at_first": first,
        "unfold_all_ms": round(unfolded, 1),
        "nodes_unfolded": nodes,
    }


def measured(driver, executable, name, project, folder):
    page = folder / f"{name}.html"
    seconds = written(project, page)
    runs = [opened(driver, executable, page) for _ in range(RUNS)]
    return {
        "write_seconds": round(seconds, 2),
        "page_kb": round(page.stat().st_size / 1000),
        "interactive_ms": statistics.median(run["interactive_ms"] for run in runs),
        "unfold_all_ms": statistics.median(run["unfold_all_ms"] for run in runs),
        "runs": runs,
    }


def main():
    from playwright.sync_api import sync_playwright

    executable = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not executable:
        sys.exit("Chromium is needed: CHROMIUM=/path/to/chrome")
    with tempfile.TemporaryDirectory() as made, sync_playwright() as driver:
        folder = Path(made)
        generated(folder / "generated")
        results = {
            "machine": f"{os.cpu_count()} cores, {platform.machine()}",
            "shipped": measured(driver, executable, "shipped", ROOT, folder),
            "generated": measured(driver, executable, "generated", folder / "generated", folder),
        }
    RESULTS.joinpath("visualize.json").write_text(json.dumps(results, indent=2) + "\n", "utf-8")
    for name in ("shipped", "generated"):
        one = results[name]
        print(
            f"{name}: written in {one['write_seconds']} s, {one['page_kb']} kB, interactive after "
            f"{one['interactive_ms']} ms, everything unfolded in {one['unfold_all_ms']} ms"
        )


if __name__ == "__main__":
    main()
