from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from kefu.cli.group import GreedyOption, KefuCommand, KefuGroup


@click.command(cls=KefuCommand, positional="--model", epilog="tool run x")
@click.option("--data", cls=GreedyOption, default=["data"])
@click.option("--model", default="models")
@click.option("--flag", is_flag=True)
def command(**values: object) -> None:
    click.echo(values)


@click.group(
    cls=KefuGroup,
    invoke_without_command=True,
    positional="--model",
    commands_at={"sub": (f"{__name__}:command", "A subcommand.")},
)
@click.option("--data", cls=GreedyOption, default=["data"])
@click.option("--model", default="models")
@click.pass_context
def group(ctx: click.Context, **values: object) -> None:
    if ctx.invoked_subcommand is None:
        click.echo(values)


def run(what: click.Command, line: str) -> dict[str, object]:
    result = CliRunner().invoke(what, line.split())
    assert result.exit_code == 0, result.output
    values: dict[str, object] = eval(result.output)
    return values


@pytest.mark.parametrize(
    ("line", "data"),
    [
        ("", ("data",)),
        ("--data a", ("a",)),
        ("--data a b c", ("a", "b", "c")),
        ("--data a b --flag", ("a", "b")),
        ("--data a --data b c", ("a", "b", "c")),
        ("--data=a b", ("a",)),
    ],
)
def test_a_greedy_option_takes_all_values_behind_it(line: str, data: tuple[str, ...]) -> None:
    assert run(command, line)["data"] == data


def test_a_lone_value_stands_for_the_named_option() -> None:
    assert run(command, "x.tar.gz")["model"] == "x.tar.gz"
    assert run(command, "--flag x.tar.gz")["model"] == "x.tar.gz"
    assert run(group, "x.tar.gz")["model"] == "x.tar.gz"


def test_values_given_before_a_subcommand_count_for_it() -> None:
    assert run(group, "--data a sub")["data"] == ("a",)
    assert run(group, "--model m sub --data b c") == {
        "data": ("b", "c"), "model": "m", "flag": False,
    }  # fmt: skip


def test_a_group_without_subcommand_is_a_command() -> None:
    assert run(group, "--data a b") == {"data": ("a", "b"), "model": "models"}


def test_a_file_named_like_a_subcommand_is_a_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    assert run(group, "--data a sub")["data"] == ("a", "sub")


def test_examples_stand_in_the_help_as_written() -> None:
    output = CliRunner().invoke(command, ["--help"]).output
    assert output.endswith("Examples:\n  tool run x\n")


def test_help_of_a_group_lists_commands_without_importing_them() -> None:
    @click.group(cls=KefuGroup, commands_at={"gone": ("no.such.module:x", "Does things.")})
    def lazy() -> None: ...

    output = CliRunner().invoke(lazy, ["--help"]).output
    assert "gone  Does things." in output


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("sbu", "No such command 'sbu'. Did you mean 'group sub'?"),
        ("./some/file.yml other", "No such command './some/file.yml'."),
        ("zzz other", "No such command 'zzz'."),
    ],
)
def test_a_wrong_command_is_named_with_the_nearest(line: str, advice: str) -> None:
    plain = KefuGroup("group", commands_at=group.commands_at, callback=lambda: None)
    result = CliRunner().invoke(plain, line.split())
    assert result.exit_code == 2
    assert f"Error: {advice}\n" in result.output


def test_a_command_of_a_subgroup_is_found_under_its_name() -> None:
    outer = KefuGroup("tool", commands_at={"group": (f"{__name__}:group", "")}, callback=print)
    result = CliRunner().invoke(outer, ["sub"])
    assert "Did you mean 'tool group sub'?" in result.output
