"""``kefu replay``: past conversations on a candidate model, before it goes live."""

from __future__ import annotations

from typing import Any

import click

from kefu.cli.group import GreedyOption, KefuCommand
from kefu.cli.options import PATH, endpoints_option, logging_options, model_option, out_option

__all__ = ["replay"]


@click.command(
    cls=KefuCommand,
    positional="--model",
    epilog="""
        kefu replay --since 7d
        kefu replay models/new.tar.gz --against models/live.tar.gz --since 2026-11-01
        kefu replay --handed-over --channel wechat --redact
        kefu replay --trackers export.jsonl --fail-on-worse 20
    """,
)
@model_option
@click.option(
    "--against",
    type=PATH,
    help="A second model: compare with its answers, not with the recorded ones.",
)
@endpoints_option
@click.option("--store", metavar="URL", help="Database to read in place of the project's.")
@click.option(
    "--trackers", type=PATH, help="Read a file with trackers, one a line, not the database."
)
@click.option(
    "--since", metavar="TIME", help="From then on: 2026-11-01, 2026-11-01T08:00, 7d, 24h."
)
@click.option("--until", metavar="TIME", help="Before then.")
@click.option(
    "--channel", cls=GreedyOption, metavar="NAME...", help="Only messages from these channels."
)
@click.option(
    "--intent", cls=GreedyOption, metavar="NAME...", help="Only what was understood as these then."
)
@click.option("--handed-over", is_flag=True, help="Only what people had to answer, or look at.")
@click.option(
    "--below",
    type=click.FloatRange(0, 1),
    metavar="CONFIDENCE",
    help="Only what the bot was less sure of than this.",
)
@click.option("--conversation", cls=GreedyOption, metavar="ID...", help="Only these conversations.")
@click.option(
    "--sample",
    type=click.FloatRange(0, 1, min_open=True),
    default=1.0,
    metavar="SHARE",
    help="Only this share of the conversations, chosen at random, e.g. 0.1.",
)
@click.option("--seed", type=int, default=0, help="Chooses another sample, and other examples.")
@click.option("-j", "--jobs", type=click.IntRange(min=1), help="Processes.  [default: one a core]")
@out_option("results/replay", "Folder for replay.html and replay.json.")
@click.option(
    "--report-language",
    type=click.Choice(["zh", "en"]),
    help="Language of the page.  [default: the model's]",
)
@click.option("--redact", is_flag=True, help="Mask phones, e-mails, numbers and addresses.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print the numbers as JSON, and nothing else."
)
@click.option(
    "--fail-on-worse",
    type=click.IntRange(min=0),
    metavar="N",
    help="Exit with status 1 if more than N answers would be worse.",
)
@logging_options
@click.pass_context
def replay(ctx: click.Context, /, **values: Any) -> None:
    """Answer past conversations anew, and show where the answers differ.

    Nothing leaves: no custom action runs, no message is sent, no code, no request; the database is
    opened to be read. Custom actions give what they gave when they ran; where another one would
    run, that is said. Exit status: 0, unless --fail-on-worse is given and exceeded.
    """  # fmt: skip
    from kefu.cli.replaying import run_replay

    worse = run_replay(values)
    limit = values["fail_on_worse"]
    ctx.exit(int(limit is not None and worse > limit))
