"""Play a trainer's loop against a running server, and time it: ``python -m examples.trainer``."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path

from examples.trainer.acts import ACTS
from examples.trainer.running import Customers, NotReady, running


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Play all acts, print how long each took; return 0 if everything came and nothing was lost."""
    parser = argparse.ArgumentParser(prog="python -m examples.trainer", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often each act is played")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    chosen = parser.parse_args()
    _write("Training if needed, starting Kefu with --watch on a copy of the assistant ...")
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="kefu-trainer-") as work:
        try:
            with running(Path(work)) as server, Customers(server, "/greet") as customers:
                for act in ACTS:
                    for number in range(1, chosen.rounds + 1):
                        server.settled()  # a trainer looks and thinks before the next edit
                        for timing in act(server, number):
                            times.setdefault(timing.what, []).append(timing.seconds)
                            _write(f"  {timing.what:<34} {timing.seconds:6.2f} s")
        except NotReady as error:
            sys.stderr.write(f"{error}\n")
            return 1
    _write("")
    for what, seconds in times.items():
        spread = f"{min(seconds):.2f} to {max(seconds):.2f}"
        _write(f"{what:<34} {statistics.median(seconds):6.2f} s  ({spread}, {len(seconds)} times)")
    lost = customers.sent - customers.answered
    _write(
        f"Meanwhile customers wrote {customers.sent:,} messages: {lost} lost,"
        f" the longest wait {customers.longest * 1000:.0f} ms."
    )
    if chosen.json:
        figures = {
            "seconds": times,
            "messages": {"sent": customers.sent, "lost": lost, "longest": customers.longest},
        }
        chosen.json.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return int(lost > 0)


if __name__ == "__main__":
    sys.exit(main())
