"""How much sooner cross-validation ends with a process a core: ``python -m bench.jobs``.

Runs ``kefu test nlu --cross-validation`` on the shop of this repository with one process and with
as many as there are cores, in turn. A pair of runs counts when other programs took at most a
tenth of the machine meanwhile, which is read from ``/proc/stat`` (Linux). Results go to
``bench/results/jobs.json``.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from bench import engines

RESULTS = Path(__file__).parent / "results" / "jobs.json"
MOST_BY_OTHERS = 0.1
FOLDS = 4


def run(jobs):
    """Return wall seconds, CPU seconds and the share of the machine that others took."""
    cores = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder:
        options = ("--folds", str(FOLDS), "--jobs", str(jobs), "--no-plot", "--out", folder)
        command = engines.kefu().call("test", "nlu", "--cross-validation", *options)
        busy, started = _busy_seconds(), time.perf_counter()
        process = subprocess.Popen(command, cwd=engines.ROOT, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        wall, busy = time.perf_counter() - started, _busy_seconds() - busy
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    own = usage.ru_utime + usage.ru_stime
    return {"wall": wall, "cpu": own, "others": max(0.0, busy - own) / (wall * cores)}


def _busy_seconds():
    """Return how many seconds all cores together have worked since the machine started."""
    fields = list(map(int, Path("/proc/stat").read_text("utf-8").split("\n")[0].split()[1:9]))
    idle = fields[3] + fields[4]
    return (sum(fields) - idle) / os.sysconf("SC_CLK_TCK")


def wait_for_quiet(minutes):
    """Return when others hardly work, or after so many minutes."""
    cores = len(os.sched_getaffinity(0))
    until = time.monotonic() + 60 * minutes
    while time.monotonic() < until:
        busy = _busy_seconds()
        time.sleep(3)
        if (_busy_seconds() - busy) / (3 * cores) <= MOST_BY_OTHERS / 2:
            return


def summary(pairs, jobs):
    """Return medians of pairs of runs that were hardly disturbed; None where there are none."""
    kept = [pair for pair in pairs if max(one["others"] for one in pair) <= MOST_BY_OTHERS]
    if not kept:
        return None
    median = statistics.median
    return {
        "folds": FOLDS,
        "jobs": jobs,
        "pairs": len(kept),
        "left_out_as_disturbed": len(pairs) - len(kept),
        "wall_s_one": round(median(one["wall"] for one, _ in kept), 2),
        "wall_s_all": round(median(many["wall"] for _, many in kept), 2),
        "cpu_s_one": round(median(one["cpu"] for one, _ in kept), 2),
        "cpu_s_all": round(median(many["cpu"] for _, many in kept), 2),
        "times_as_fast": round(median(one["wall"] / many["wall"] for one, many in kept), 2),
        "by_others": round(max(run["others"] for pair in kept for run in pair), 3),
    }


def main():
    """Measure, print and record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=3, help="so many undisturbed ones are wanted")
    parser.add_argument("--attempts", type=int, default=8)
    parser.add_argument("--patience", type=float, default=0, help="minutes to wait for quiet")
    options = parser.parse_args()
    jobs = min(len(os.sched_getaffinity(0)), FOLDS)
    pairs, found = [], None
    while len(pairs) < options.attempts and (found or {}).get("pairs", 0) < options.pairs:
        wait_for_quiet(options.patience)
        pairs.append((run(1), run(jobs)))
        found = summary(pairs, jobs)
        for each, name in zip(pairs[-1], ("one process", f"{jobs} processes"), strict=True):
            others = f"others {each['others']:.0%}"
            print(f"{name}: {each['wall']:.1f} s, {each['cpu']:.1f} CPU s, {others}", flush=True)
    if found is None:
        raise SystemExit("the machine was never quiet enough; nothing is recorded")
    print(json.dumps(found, indent=1))
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
