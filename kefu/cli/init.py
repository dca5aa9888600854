"""``kefu init``: a new project with a small assistant that works at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import click

from kefu.cli.group import KefuCommand
from kefu.cli.options import logging_options
from kefu.cli.output import is_quiet, say
from kefu.errors import ProjectError

__all__ = ["init"]

LANGUAGES = ("zh", "en")
TEMPLATE_SUFFIX = ".template"
"""Of files that tools would otherwise take for a part of Kefu itself."""


@click.command(
    cls=KefuCommand,
    positional="--init-dir",
    epilog="""
        kefu init                            # asks for what it needs to know
        kefu init --no-prompt my-shop        # a Chinese assistant in my-shop/
        kefu init --no-prompt --language en my-shop --train
    """,
)
@click.option("--init-dir", type=click.Path(path_type=Path), help="Folder of the new project.")
@click.option("--no-prompt", is_flag=True, help="Ask nothing; refuse to overwrite files.")
@click.option(
    "--language", type=click.Choice(LANGUAGES), help="Language the assistant speaks.  [default: zh]"
)
@click.option(
    "--train/--no-train", "trains", default=None, help="Train the first model right away."
)
@logging_options
def init(init_dir: Path | None, no_prompt: bool, language: str | None, trains: bool | None) -> None:
    """Create a new project with a small working assistant.

    The assistant of a tea shop that chats, answers questions and looks up orders: a start for
    your own. Give the folder as PATH or with --init-dir; without it the current folder is used.
    """
    folder = init_dir or Path()
    if not no_prompt:
        if init_dir is None:
            folder = Path(click.prompt("Folder of the new project", default="."))
        if language is None:
            language = click.prompt(
                "Language of the assistant", default="zh", type=click.Choice(LANGUAGES)
            )
    files = dict(_template(language or "zh", name=folder.resolve().name))
    _refuse_or_ask(folder, list(files), no_prompt=no_prompt)
    for relative, content in files.items():
        path = folder / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    (folder / "models").mkdir(exist_ok=True)
    _write_schemas(folder)
    say(f"Created {len(files)} files in {folder.resolve()}.")
    if trains is None and not no_prompt:
        trains = click.confirm("Train the first model now?", default=True)
    if trains:
        _train(folder)
    _say_next_steps(folder, has_model=bool(trains))


def _template(language: str, *, name: str) -> Iterator[tuple[str, str]]:
    """Yield the relative path and content of each file of a new project."""
    assistant_id = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "my-assistant"
    root = resources.files("kefu.cli") / "templates" / language
    for relative, file in _files(root, ""):
        content = file.read_text(encoding="utf-8")
        content = content.replace("__NAME__", name).replace("__ASSISTANT_ID__", assistant_id)
        yield relative.removesuffix(TEMPLATE_SUFFIX), content


def _files(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.is_dir():
            if item.name != "__pycache__":
                yield from _files(item, f"{prefix}{item.name}/")
        else:
            yield f"{prefix}{item.name}", item


def _refuse_or_ask(folder: Path, names: list[str], *, no_prompt: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise ProjectError(f"{folder} is a file — name a folder for the new project")
    existing = [name for name in names if (folder / name).exists()]
    if not existing:
        return
    shown = ", ".join(existing[:5]) + (" ..." if len(existing) > 5 else "")
    if no_prompt:
        raise ProjectError(
            f"{folder.resolve()} already has {shown} — choose another folder, or delete them first"
        )
    click.echo(f"{folder.resolve()} already has {shown}.")
    click.confirm("Overwrite them?", default=False, abort=True)


def _write_schemas(folder: Path) -> None:
    from kefu.app.schemas import FOLDER, project_schemas, write_schemas
    from kefu.project.load import load_project

    write_schemas(project_schemas(load_project(folder).draft), folder / FOLDER)


def _train(folder: Path) -> None:
    from contextlib import chdir

    from kefu.cli.train import train

    with chdir(folder):
        train.main(["--quiet"] if is_quiet() else [], standalone_mode=False)


def _say_next_steps(folder: Path, *, has_model: bool) -> None:
    steps = [] if folder.resolve() == Path.cwd() else [f"cd {folder}"]
    if not has_model:
        steps.append("kefu train")
    steps += ["kefu shell    # chat in the terminal", "kefu run      # chat in the browser"]
    say("Next:\n" + "\n".join(f"  {step}" for step in steps))
