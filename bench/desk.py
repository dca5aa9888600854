"""How fast the desk is, beside its targets: ``python -m bench.desk``.

Runs the measurements, each in a process of its own, and prints one table of what they recorded;
with ``--read`` it prints the table of what was recorded before. Those that are not there, or were
never run, say so in the table.
"""

import argparse
import importlib.util
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Figure:
    """A row of the table: where its record is, what is in it, and what it is compared with."""

    label: str
    record: str
    """Name of the module that measures it and of the file that it writes."""
    path: tuple[str, ...]
    """Keys that lead to the figure."""
    raw: tuple[str, ...]
    """... to the raw limit; empty: there is none."""
    unit: str
    target: float


FIGURES = (
    Figure(
        "strategy, 2,000 waiting × 200 agents, p95",
        "desk_strategy",
        ("at_most_5", "least_load", "p95_ms"),
        ("at_most_5", "raw", "p95_ms"),
        "ms",
        10,
    ),
    Figure(
        "claim, 4 processes on PostgreSQL, p99",
        "desk_claims",
        ("rows", "PostgreSQL, 4 processes", "p99_ms"),
        ("rows", "PostgreSQL, 4 processes", "raw", "p99_ms"),
        "ms",
        30,
    ),
    Figure(
        "claims: what must never be",
        "desk_claims",
        ("rows", "PostgreSQL, 4 processes", "counts"),
        (),
        "",
        0,
    ),
    Figure(
        "handoff requested → on the agent's live line, p95",
        "desk_handoff",
        ("rows", "sqlite", "p95_ms"),
        ("rows", "sqlite", "raw", "p95_ms"),
        "ms",
        200,
    ),
    Figure(
        "  on PostgreSQL",
        "desk_handoff",
        ("rows", "postgresql", "p95_ms"),
        ("rows", "postgresql", "raw", "p95_ms"),
        "ms",
        200,
    ),
    Figure(
        "search among 1,000,000 messages, slowest query, p95",
        "desk_search",
        ("results", "sqlite", "queries"),
        (),
        "ms",
        300,
    ),
    Figure(
        "100 agents on live lines, 300 messages/s, p95",
        "desk_live",
        ("runs", "sqlite", "p95_ms"),
        ("runs", "raw", "p95_ms"),
        "ms",
        150,
    ),
    Figure(
        "  on PostgreSQL",
        "desk_live",
        ("runs", "postgresql", "p95_ms"),
        ("runs", "raw", "p95_ms"),
        "ms",
        150,
    ),
    Figure("workbench, first load", "desk_screens", ("first_load_ms",), (), "ms", 1_000),
    Figure("  first conversation opened", "desk_screens", ("first_open_ms",), (), "ms", 150),
    Figure("  gzip before charts", "desk_screens", ("gzip_kb",), (), "kB", 250),
    Figure("a conversation of 5,000 messages", "desk_screens", ("long_thread_ms",), (), "ms", 200),
    Figure("10,000 conversations, longest frame", "desk_screens", ("long_list_ms",), (), "ms", 50),
)


def found(record, path):
    """Return the figure at the end of a path; of several, what counts; None: there is none."""
    for key in path:
        if isinstance(record, list):  # of runs, each with the name of its store
            record = {run["storage"]: run for run in record}
        if not isinstance(record, dict) or key not in record:
            return None
        record = record[key]
    if not isinstance(record, dict):
        return record
    if all(isinstance(value, dict) for value in record.values()):
        return max(value["p95_ms"] for value in record.values())
    return sum(record.values())


def read(name):
    """Return what a measurement recorded, or None."""
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else None


def lines(records):
    """Return the table's lines."""
    yield f"{'':52}{'measured':>12}{'target':>12}{'raw limit':>12}"
    for figure in FIGURES:
        record = records.get(figure.record)
        value = found(record, figure.path)
        if value is None:
            yield f"{figure.label:52}{'–':>12}   not measured: run bench.{figure.record}"
            continue
        raw = found(record, figure.raw) if figure.raw else None
        unit = f" {figure.unit}" if figure.unit else ""
        verdict = "" if value <= figure.target else "   MISSED"
        yield (
            f"{figure.label:52}{f'{value:g}{unit}':>12}{f'≤ {figure.target:g}{unit}':>12}"
            f"{'–' if raw is None else f'{raw:g}{unit}':>12}{verdict}"
        )


def main():
    """Measure what there is to measure, and print the table."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--read", action="store_true", help="measure nothing")
    given = arguments.parse_args()
    names = list(dict.fromkeys(figure.record for figure in FIGURES))
    for name in names:
        if given.read or importlib.util.find_spec(f"bench.{name}") is None:
            continue
        print(f"bench.{name} …", flush=True)
        done = subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False)
        if done.returncode:
            print(f"bench.{name} failed; the table shows what it recorded before", flush=True)
    print()
    for line in lines({name: read(name) for name in names}):
        print(line)


if __name__ == "__main__":
    main()
