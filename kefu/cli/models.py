"""``kefu model list``, ``use``, ``rollback`` and ``tag``: which model answers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from kefu.cli.group import KefuCommand
from kefu.cli.options import PATH, logging_options

__all__ = ["list_models", "rollback", "tag", "use"]

LEAD_SECONDS = 0.5
"""So much time running servers have to load a model before all change to it together."""

models_option = click.option(
    "--models", "folder", type=PATH, default="models", show_default=True,
    help="Folder with the models.",
)  # fmt: skip


@click.command(
    cls=KefuCommand,
    epilog="""
        kefu model list
        kefu model list --models /srv/shop/models
    """,
)
@models_option
@logging_options
def list_models(folder: Path) -> None:
    """List the models of a folder, the newest first: which answers, what they are called."""
    from kefu.cli.output import counted, print_table, say
    from kefu.model.location import SUFFIX
    from kefu.model.shelf import ModelShelf

    models = ModelShelf(folder).models()
    if not models:
        say(f"There is no model in {folder.as_posix()}/: 'kefu train' trains one.")
        return
    rows = []
    for model in models:
        found = model.metadata
        learned = (
            "damaged: it cannot be served"
            if found is None
            else ", ".join(
                counted(found.counts[key], noun, plural)
                for key, noun, plural in _COUNTED
                if found.counts.get(key)
            )
        )
        written = datetime.fromtimestamp(model.written, tz=UTC).astimezone()
        rows.append(
            (
                "*" if model.is_served else "",
                model.path.name.removesuffix(SUFFIX),
                f"{written:%Y-%m-%d %H:%M:%S}",
                f"{-(-model.size // 1000):,} kB",
                learned,
                " ".join(model.tags),
            )
        )
    print_table(("", "model", "written", "size", "learned from", "tags"), rows)
    if any(model.is_served for model in models):
        say("* answers, or did when the server last ran.")


_COUNTED = (
    ("examples", "example", "examples"),
    ("stories", "story", "stories"),
    ("rules", "rule", "rules"),
)


@click.command(
    cls=KefuCommand,
    positional="--name",
    epilog="""
        kefu model use calm-otter      # part of the name is enough
        kefu model use good            # a tag
        kefu model use newest
    """,
)
@click.option("--name", required=True, help="A tag, a name or part of one, a path, or 'newest'.")
@models_option
@logging_options
def use(name: str, folder: Path) -> None:
    """Let another model answer, in all servers that run and those that start later.

    Give its name as NAME or with --name. A model that is trained later takes over again.
    """
    from kefu.cli.output import say
    from kefu.model.archive import read_archive
    from kefu.model.shelf import ModelShelf

    shelf = ModelShelf(folder)
    path = shelf.find(name)
    read_archive(path)  # to its end: what is damaged is refused here, not by the servers
    shelf.serve(path, "use", lead=LEAD_SECONDS)
    say(f"{path.as_posix()} answers from now on; servers that run follow at once.")


@click.command(cls=KefuCommand, epilog="kefu model rollback")
@models_option
@logging_options
def rollback(folder: Path) -> None:
    """Let the model answer again that did before this one; repeated, the one before that.

    All servers that run follow at once, and those that start later begin with it. A model that is
    trained later takes over again.
    """
    from kefu.cli.output import say
    from kefu.model.shelf import ModelShelf

    shelf = ModelShelf(folder)
    before = shelf.record().served
    served = shelf.roll_back(lead=LEAD_SECONDS)
    instead = f", no longer {before.file}" if before is not None and before.file else ""
    path = shelf.path_of(served)
    name = path.as_posix() if path else ""
    say(f"{name} answers again{instead}; servers that run follow at once.")


@click.command(
    cls=KefuCommand,
    epilog="""
        kefu model tag --name newest --as good
        kefu model tag --name calm-otter --as "before the sale"
        kefu model tag --remove good
    """,
)
@click.option("--name", help="A tag, a name or part of one, or 'newest'.")
@click.option("--as", "called", help="What to call it; another model of that name loses it.")
@click.option("--remove", help="Take this name away instead.")
@models_option
@logging_options
def tag(name: str | None, called: str | None, remove: str | None, folder: Path) -> None:
    """Give a model a name that is easy to remember; what has one is not deleted by --watch."""
    from kefu.cli.output import say
    from kefu.model.shelf import ModelShelf

    shelf = ModelShelf(folder)
    if remove is not None and name is None and called is None:
        shelf.untag(remove)
        say(f"No model is called {remove!r} any more.")
        return
    if name is None or called is None or remove is not None:
        raise click.UsageError("Give --name and --as, or --remove.")
    path = shelf.find(name)
    before = shelf.tag(path, called)
    moved = f" ({before} was)" if before and before != path.name else ""
    say(f"{path.as_posix()} is called {called!r} now{moved}.")
