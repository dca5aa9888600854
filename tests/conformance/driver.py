"""Plays one case: ``driver.py CASE_DIR OUT.json``, the contract of the suite's check.py."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.conformance.player import play_case


def main() -> int:
    if len(sys.argv) != 3:
        print("usage: driver.py CASE_DIR OUT.json", file=sys.stderr)
        return 2
    result = asyncio.run(play_case(Path(sys.argv[1]).resolve()))
    Path(sys.argv[2]).write_text(json.dumps(result, ensure_ascii=False), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
