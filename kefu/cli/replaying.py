"""What ``kefu replay`` does: reads the options, replays, writes the files, prints the numbers."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from kefu.app.replay import ReplayOrder, replay_log
from kefu.app.settings import AppSettings
from kefu.cli.output import counted, is_terminal, print_table, say
from kefu.cli.project_settings import read_settings
from kefu.clock import SystemClock
from kefu.errors import ProjectError
from kefu.evaluation.files import write_json
from kefu.evaluation.page.writing import page_language, write_page
from kefu.evaluation.replay.judging import VERDICTS
from kefu.evaluation.replay.replaying import Choice
from kefu.evaluation.replay.report import About, replay_json, replay_page
from kefu.evaluation.replay.tally import Key, Tally
from kefu.model.archive import read_metadata
from kefu.model.location import find_model

__all__ = ["moment", "run_replay"]

KINDS_SHOWN = 10
PAGE, NUMBERS = "replay.html", "replay.json"
_AGO = re.compile(r"(\d+(?:\.\d+)?)\s*([mhdw])")
_SECONDS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_NAMES = {
    "same": "the same answer",
    "better": "better",
    "worse": "worse",
    "handed_over": "to people now",
    "answers_now": "by the bot now",
    "different": "different, not judged",
}
_COLOURS = {"better": "green", "worse": "red"}


def run_replay(values: Mapping[str, Any]) -> int:
    """Replay, write and print what came of it; return how many answers would be worse."""
    folder: Path = values["out"]
    order = _order(values)
    metadata = read_metadata(order.model)
    about = About(
        model=order.model.name,
        against=order.against.name if order.against else "",
        filters=_filters(values),
        redacted=values["redact"],
    )
    _make(folder)
    started = time.perf_counter()
    tally = _watched(order, is_quiet=values["as_json"])
    seconds = time.perf_counter() - started
    content = replay_json(tally, about)
    write_json(folder / NUMBERS, content)
    language = values["report_language"] or page_language(metadata.language)
    write_page(folder / PAGE, replay_page(tally, about), language=language, report="replay")
    if values["as_json"]:
        click.echo(json.dumps(content["numbers"], ensure_ascii=False, indent=2))
    else:
        _print(tally, about, seconds, folder)
    return tally.verdicts["worse"]


def _order(values: Mapping[str, Any]) -> ReplayOrder:
    now = SystemClock().now()
    choice = Choice(
        since=moment(values["since"], now, "--since"),
        until=moment(values["until"], now, "--until"),
        channels=frozenset(values["channel"]),
        intents=frozenset(values["intent"]),
        handed_over=values["handed_over"],
        below=values["below"],
        sample=values["sample"],
        seed=values["seed"],
    )
    if choice.since is not None and choice.until is not None and choice.since >= choice.until:
        raise click.UsageError("--since is not before --until: nothing is in between.")
    if values["trackers"] is not None and values["store"] is not None:
        raise click.UsageError("--trackers and --store are two sources; choose one.")
    from_file = values["trackers"] is not None
    services = None if from_file else read_settings(endpoints=values["endpoints"])
    settings = AppSettings(storage_url=values["store"])
    if services is not None:
        settings = AppSettings(endpoints=services.endpoints, storage_url=values["store"])
    return ReplayOrder(
        model=find_model(values["model"]),
        settings=settings,
        choice=choice,
        against=find_model(values["against"]) if values["against"] else None,
        conversations=tuple(values["conversation"]),
        trackers=values["trackers"],
        jobs=values["jobs"] or _cores(),
    )


def moment(text: str | None, now: float, option: str) -> float | None:
    """Return the time that a text names: a date, a time of day, or so long ago.

    Raises:
        UsageError: It names none.
    """
    if text is None:
        return None
    ago = _AGO.fullmatch(text.strip())
    if ago:
        return now - float(ago[1]) * _SECONDS[ago[2]]
    try:
        named = datetime.fromisoformat(text.strip())
    except ValueError:
        raise click.UsageError(
            f"{option}: {text!r} is no time; write 2026-11-01, 2026-11-01T08:00 or 7d."
        ) from None
    return (named if named.tzinfo else named.astimezone()).timestamp()


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _filters(values: Mapping[str, Any]) -> str:
    """Say in words of the command line what was asked for."""
    shown = []
    for name in ("since", "until", "channel", "intent", "handed_over", "below", "conversation"):
        value = values[name]
        if value in (None, (), False):
            continue
        option = f"--{name.replace('_', '-')}"
        listed = " ".join(value) if isinstance(value, tuple) else str(value)
        shown.append(option if value is True else f"{option} {listed}")
    if values["sample"] < 1:
        shown.append(f"--sample {values['sample']:g} --seed {values['seed']}")
    return ", ".join(shown)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ProjectError(
            f"{folder} cannot be the folder for results: {error.strerror} — choose another, --out"
        ) from None


def _watched(order: ReplayOrder, *, is_quiet: bool) -> Tally:
    """Replay, and show on a terminal how far it is."""
    if is_quiet or not is_terminal():
        return replay_log(order)
    from rich.console import Console

    with Console().status("Replaying ...") as status:

        def tell(tally: Tally) -> None:
            worse = tally.verdicts["worse"]
            status.update(f"Replaying: {tally.messages:,} messages, {worse:,} worse so far")

        return replay_log(order, tell)


def _print(tally: Tally, about: About, seconds: float, folder: Path) -> None:
    if not tally.messages:
        _print_nothing(tally)
        return
    first, last = map(_day, (tally.first_at, tally.last_at))
    days = first if first == last else f"{first} to {last}"
    rival = f", compared with {about.against}" if about.against else ""
    say(
        f"{counted(tally.messages, 'message')} of {counted(tally.conversations, 'conversation')}"
        f" ({days}) on {about.model}{rival}: {seconds:.1f} s."
    )
    print_table(("", "messages", "share", "proven", "likely"), _rows(tally))
    known = tally.same["still-bad"]
    if known:
        answers = counted(known, "answer would stay", "answers would stay")
        say(f"{answers} the same although the log speaks against it.")
    if tally.labelled:
        means = counted(tally.labelled["all"], "message means", "messages mean")
        say(
            f"Trainers said what {means}: {tally.labelled['then']:,} understood so then,"
            f" {tally.labelled['now']:,} now."
        )
    if tally.unknown:
        names = ", ".join(name for name, _ in tally.unknown.most_common(3))
        say(f"Custom actions whose outcome the log does not tell would run: {names}.")
    _print_kinds(tally)
    say(f"Open {folder / PAGE} in a browser; {folder / NUMBERS} is for programs.")


def _rows(tally: Tally) -> list[tuple[str, ...]]:
    rows = []
    for verdict in ("same", "better", "worse", "handed_over", "answers_now", "different"):
        number = tally.verdicts[verdict]
        by = [tally.strengths[verdict, strength] for strength in ("proven", "likely")]
        name = _name(verdict)
        shown = [f"{n:,}" if n else "" for n in by]
        rows.append((name, f"{number:,}", f"{number / tally.messages:.1%}", *shown))
    return rows


def _print_kinds(tally: Tally) -> None:
    ranked = sorted(tally.ranked, key=lambda item: (VERDICTS.index(item[0][0]), -item[1].count))
    if not ranked:
        return
    rows = [(f"{cluster.count:,}", *_kind(key)) for key, cluster in ranked[:KINDS_SHOWN]]
    print_table(
        ("", "", "understood", "done"), rows, title="\nWhat would be different, worse first"
    )
    if len(ranked) > KINDS_SHOWN:
        more = counted(len(ranked) - KINDS_SHOWN, "more kind")
        say(f"... and {more}: the most frequent on the page, all in {NUMBERS}")


def _kind(key: Key) -> tuple[str, str, str]:
    verdict, intent, new_intent, done, newly_done = key
    name = _name(verdict)
    return name, _change(intent or "(none)", new_intent or "(none)"), _change(done, newly_done)


def _name(verdict: str) -> str:
    name = _NAMES[verdict]
    return click.style(name, fg=_COLOURS.get(verdict)) if is_terminal() else name


def _change(before: str, after: str) -> str:
    return before if before == after else f"{before} -> {after}"


def _print_nothing(tally: Tally) -> None:
    say(f"No message was to be replayed, of {counted(tally.conversations, 'conversation')}.")
    reasons = {
        "time": "outside the time",
        "filtered": "not asked for",
        "paused": "answered by people",
        "unanswered": "not answered by themselves",
        "outside": "reminders and triggered intents",
        "rating": "ratings",
    }
    for why, number in tally.passed_over.most_common():
        say(f"  {number:,} {reasons[why]}")


def _day(at: float | None) -> str:
    return datetime.fromtimestamp(at or 0.0, UTC).astimezone().strftime("%Y-%m-%d")
