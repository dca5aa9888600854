"""The reference page and the commands agree."""

from pathlib import Path

import click
import pytest

from kefu.cli.group import KefuGroup
from kefu.cli.root import kefu

PAGE = Path(__file__).parents[3].joinpath("docs", "reference", "commands.md").read_text("utf-8")
COMMON = {"verbose", "debug", "quiet"}


def commands(command, path):
    is_only_a_folder = isinstance(command, KefuGroup) and not command.invoke_without_command
    if not is_only_a_folder:
        yield path, command
    if isinstance(command, KefuGroup):
        for name in command.list_commands(click.Context(command)):
            yield from commands(command.get_command(click.Context(command), name), f"{path} {name}")


ALL = dict(commands(kefu, "kefu"))


@pytest.mark.parametrize("path", ALL)
def test_a_command_and_all_its_options_are_documented(path):
    assert f"## `{path}`\n" in PAGE
    section = PAGE.partition(f"## `{path}`\n")[2].partition("\n## ")[0]
    for option in ALL[path].params:
        if not getattr(option, "hidden", False) and option.name not in COMMON:
            for name in option.opts:
                assert f"`{name}`" in section, name


@pytest.mark.parametrize("path", ALL)
def test_a_command_explains_itself_with_examples(path):
    command = ALL[path]
    assert command.help
    assert command.epilog.strip().startswith(("kefu", "printf"))
    options = [one for one in command.params if isinstance(one, click.Option) and not one.hidden]
    assert all(option.help for option in options)


def test_the_page_names_no_command_that_is_not_there():
    named = {line[4:-1] for line in PAGE.splitlines() if line.startswith("## `kefu")}
    assert named == set(ALL)
