"""Commands that are imported when they are called, and options that take several values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from importlib import import_module  # noqa: TID251 - commands are a registry
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

__all__ = ["GreedyOption", "KefuCommand", "KefuGroup"]


class GreedyOption(click.Option):
    """An option that takes all values behind it, as Rasa's: ``--data a.yml b.yml``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["multiple"] = True
        super().__init__(*args, **kwargs)


class KefuCommand(click.Command):
    """A command with greedy options and, where named, one optional positional argument.

    Args:
        positional: Name of the option that a value without an option name stands for.
    """

    def __init__(self, *args: Any, positional: str | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("context_settings", {"help_option_names": ["-h", "--help"]})
        super().__init__(*args, **kwargs)
        self.positional = positional

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse ``args`` after writing short forms out."""
        args = list(_spread(self, args, stops=()))
        return super().parse_args(ctx, _with_named_value(self, ctx, args, self.positional))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Print the examples as they were written."""
        _write_examples(self.epilog, formatter)


class KefuGroup(click.Group):
    """A group that imports a command when it is called, and may be a command itself.

    Args:
        commands_at: Command name -> (``module:attribute``, one line of help).
        positional: Name of the option that a value without an option name stands for.
    """

    def __init__(
        self,
        *args: Any,
        commands_at: Mapping[str, tuple[str, str]],
        positional: str | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("context_settings", {"help_option_names": ["-h", "--help"]})
        super().__init__(*args, **kwargs)
        self.commands_at = commands_at
        self.positional = positional

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of the commands, in the order of the help page."""
        return list(self.commands_at)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return a command."""
        if cmd_name not in self.commands_at:
            return None
        module_name, _, attribute = self.commands_at[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module_name), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that ``args`` begin with.

        Raises:
            click.UsageError: There is none; the message names the nearest.
        """
        if args and args[0] not in self.commands_at:
            ctx.fail(f"No such command '{args[0]}'.{self._nearest(ctx, args[0])}")
        return super().resolve_command(ctx, args)

    def _nearest(self, ctx: click.Context, wrong: str) -> str:
        near = get_close_matches(wrong, self.commands_at, n=1)
        if not near:
            near = [
                f"{name} {wrong}"
                for name in self.commands_at
                if wrong in getattr(self.get_command(ctx, name), "commands_at", ())
            ]
        named = " or ".join(f"'{ctx.command_path} {name}'" for name in near)
        return f" Did you mean {named}?" if named else ""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse ``args`` after writing short forms out."""
        args = list(_spread(self, args, stops=self.commands_at))
        if self.positional:
            args = _with_named_value(self, ctx, args, self.positional, known=self.commands_at)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; options given before a subcommand's name count for the subcommand."""
        given = {
            name: value
            for name, value in ctx.params.items()
            if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE
        }
        ctx.default_map = dict.fromkeys(self.commands_at, given)
        return super().invoke(ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self.commands_at.items()])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Print the examples as they were written."""
        _write_examples(self.epilog, formatter)


def _write_examples(examples: str | None, formatter: click.HelpFormatter) -> None:
    if not examples:
        return
    with formatter.section("Examples"):
        for line in examples.strip().splitlines():
            formatter.write(f"  {line.strip()}\n")


def _spread(command: click.Command, args: Sequence[str], stops: Any) -> Iterator[str]:
    """Repeat the name of a greedy option before each of its values."""
    greedy = {
        name
        for param in command.params
        if isinstance(param, GreedyOption)
        for name in (*param.opts, *param.secondary_opts)
    }
    current: str | None = None
    has_value = False
    for index, arg in enumerate(args):
        if arg == "--":
            yield from args[index:]
            return
        if arg in stops and not Path(arg).exists() and (current is None or has_value):
            yield from args[index:]
            return
        if arg.startswith("-") and len(arg) > 1:
            current, has_value = (arg if arg in greedy else None), False
        elif current is not None and has_value:
            yield current
        else:
            has_value = True
        yield arg


def _with_named_value(
    command: click.Command,
    ctx: click.Context,
    args: list[str],
    positional: str | None,
    known: Any = (),
) -> list[str]:
    """Write the option's name before a lone value: ``run x.tar.gz`` -> ``run --model x.tar.gz``."""
    if positional is None:
        return args
    _, rest, _ = command.make_parser(ctx).parse_args(list(args))
    if len(rest) != 1 or rest[0] in known or rest[0].startswith("-"):
        return args
    at = len(args) - 1 - args[::-1].index(rest[0])
    return [*args[:at], positional, *args[at:]]
