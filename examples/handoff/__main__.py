"""Play a handoff in real browsers: ``python -m examples.handoff``."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from examples.handoff.people import Pictures
from examples.handoff.play import WANTED, missing, perform, told
from examples.handoff.servers import ROOT, NotStarted, served

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
BUILT = ROOT / "kefu" / "server" / "static" / "desk" / "index.html"


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _browser() -> str:
    """Return where Chromium is.

    Raises:
        SystemExit: Something that the play needs is not on this machine.
    """
    if not BUILT.is_file():
        raise SystemExit("The desk is not built. Run `make web` first.")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        raise SystemExit(
            "No Chromium or Chrome was found, and the play needs a real browser.\n"
            "Install one (Debian: apt-get install chromium), or say where it is:"
            " CHROMIUM=/path/to/chrome make demo-handoff"
        )
    return found


def main() -> int:
    """Play, list what the log holds, check it; return 0 if everything is there."""
    parser = argparse.ArgumentParser(prog="python -m examples.handoff", description=__doc__)
    parser.add_argument("--pictures", type=Path, help="folder for the screenshots")
    chosen = parser.parse_args()
    executable = _browser()
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only after the clear messages

    folder = chosen.pictures or Path(tempfile.mkdtemp(prefix="kefu-handoff-"))
    folder.mkdir(parents=True, exist_ok=True)
    _write("Training if needed, starting the shop and Kefu in a folder of their own ...")
    with tempfile.TemporaryDirectory(prefix="kefu-demo-") as work:
        try:
            with served(Path(work)) as server, sync_playwright() as driver:
                browser = driver.chromium.launch(executable_path=executable, args=OPTIONS)
                items, faults = perform(browser, server, Pictures(folder), _write)
                browser.close()
        except NotStarted as error:
            _write(str(error))
            return 1
    return _report(items, faults, folder)


def _report(items: list[dict[str, object]], faults: list[str], folder: Path) -> int:
    _write("\nWhat the log holds (GET /api/v1/conversations/<id>/thread):")
    for item in items:
        _write(told(item))
    lost = missing(items)
    _write(f"\nScreenshots: {folder}")
    for fault in faults:
        _write(f"A script failed: {fault}")
    if lost:
        _write(f"Not in the log where it should be: {lost[0]} {lost[1]}")
        return 1
    _write(f"All {len(WANTED)} steps are in the log, in their order.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
