"""``kefu test``: how good a model is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kefu.cli.group import GreedyOption, KefuCommand, KefuGroup
from kefu.cli.options import (
    PATH,
    allow_missing_option,
    domain_option,
    logging_options,
    nlu_option,
    out_option,
)

if TYPE_CHECKING:
    from kefu.cli.nlu_testing import NluTest

__all__ = ["test", "test_core", "test_e2e", "test_nlu"]

Function = TypeVar("Function", bound=Callable[..., Any])
COMMANDS = {
    "e2e": ("kefu.cli.test:test_e2e", "Play test stories, messages included."),
    "core": ("kefu.cli.test:test_core", "Play stories, taking their intents as given."),
    "nlu": ("kefu.cli.test:test_nlu", "Score intents, entities, answers and sentiments."),
}

models_option = click.option(
    "-m", "--model", "models", cls=GreedyOption, type=PATH, metavar="PATH...",
    help="A model, or a folder whose newest is taken; several are compared with the first.  "
    "[default: models]",
)  # fmt: skip
all_models_option = click.option(
    "--evaluate-model-directory", "all_models", is_flag=True,
    help="Of a folder given with --model, compare all models, the oldest being the first.",
)  # fmt: skip
results_option = out_option("results", "Folder for the result files.")
test_stories_option = click.option(
    "-s", "--stories", type=PATH, help="File or folder with test stories.  [default: tests]"
)
max_stories_option = click.option(
    "--max-stories", type=click.IntRange(min=1), help="Play only so many."
)
fail_option = click.option(
    "--fail-on-prediction-errors", is_flag=True, help="Exit with status 1 if a story fails."
)
config_option = click.option(
    "-c", "--config", cls=GreedyOption, type=PATH, metavar="PATH...",
    help="For cross-validation; several are compared with one another.",
)  # fmt: skip
cross_option = click.option(
    "--cross-validation", is_flag=True, help="Train and test on parts of the data in turn."
)
folds_option = click.option(
    "-f", "--folds", type=click.IntRange(min=2), default=5, show_default=True,
    help="Number of parts.",
)  # fmt: skip


hold_out_option = click.option(
    "--hold-out", type=click.FloatRange(0, 1, min_open=True, max_open=True), metavar="SHARE",
    help="Train on the data without this share of it and test on the share, e.g. 0.2.",
)  # fmt: skip
jobs_option = click.option(
    "-j", "--jobs", type=click.IntRange(min=1),
    help="Folds that are worked on at once; results are the same.  [default: one a core]",
)  # fmt: skip
report_language_option = click.option(
    "--report-language", type=click.Choice(["zh", "en"]),
    help="Language of the HTML report.  [default: the project's]",
)  # fmt: skip
no_report_option = click.option("--no-report", is_flag=True, help="Write no HTML report.")


def file_options(function: Function) -> Function:
    """Add the options that say which result files are wanted."""
    for option in (
        click.option("-r", "--runs", hidden=True, expose_value=False),
        click.option("-p", "--percentages", cls=GreedyOption, hidden=True, expose_value=False),
        click.option("--no-plot", is_flag=True, help="Draw no confusion matrices."),
        click.option("--successes", is_flag=True, help="Write what was right to files, too."),
        click.option("--no-errors", is_flag=True, help="Do not write what was wrong."),
        click.option("--no-warnings", is_flag=True, help="Do not write stories with warnings."),
    ):
        function = option(function)
    return function


@click.group(
    cls=KefuGroup,
    commands_at=COMMANDS,
    invoke_without_command=True,
    epilog="""
        kefu test
        kefu test -m models/live.tar.gz models/new.tar.gz
        kefu test e2e --stories tests --fail-on-prediction-errors
        kefu test nlu --nlu data/nlu --cross-validation --folds 5
    """,
)
@models_option
@all_models_option
@test_stories_option
@max_stories_option
@fail_option
@nlu_option
@config_option
@domain_option
@cross_option
@folds_option
@hold_out_option
@jobs_option
@report_language_option
@no_report_option
@results_option
@file_options
@allow_missing_option
@click.option("--endpoints", type=PATH, hidden=True, expose_value=False)
@logging_options
@click.pass_context
def test(ctx: click.Context, /, **values: Any) -> None:
    """Play the test stories, then score the NLU examples.

    Reports go to results/ in Rasa's format. Of several models each is compared with the first one.
    Exit status: 0, unless --fail-on-prediction-errors is given and a story fails, of several
    models with the last one.
    """
    if ctx.invoked_subcommand is not None:
        return
    from kefu.cli.nlu_testing import run_nlu_test
    from kefu.cli.testing import run_story_test

    stories = values["stories"] or Path("tests")
    failed = 0
    if values["stories"] or stories.exists():
        failed = run_story_test(**_story_values(values), stories=stories, end_to_end=True)
    else:
        click.echo(f"There are no test stories: {stories} does not exist.", err=True)
    run_nlu_test(_nlu_values(values))
    ctx.exit(int(bool(failed and values["fail_on_prediction_errors"])))


@click.command(
    cls=KefuCommand,
    positional="--stories",
    epilog="kefu test e2e tests/test_stories.yml --fail-on-prediction-errors",
)
@models_option
@all_models_option
@test_stories_option
@max_stories_option
@fail_option
@report_language_option
@no_report_option
@results_option
@file_options
@logging_options
@click.pass_context
def test_e2e(ctx: click.Context, /, **values: Any) -> None:
    """Play test stories: every message is understood, every action predicted."""
    from kefu.cli.testing import run_story_test

    stories = values["stories"] or Path("tests")
    failed = run_story_test(**_story_values(values), stories=stories, end_to_end=True)
    ctx.exit(int(bool(failed and values["fail_on_prediction_errors"])))


@click.command(
    cls=KefuCommand,
    epilog="""
        kefu test core --stories data/stories
        kefu test core --e2e --stories tests
        kefu test core -m models/live.tar.gz models/new.tar.gz
        kefu test core -m candidates --evaluate-model-directory
    """,
)
@models_option
@all_models_option
@click.option("-s", "--stories", type=PATH, default="data", show_default=True,
              help="File or folder with stories.")  # fmt: skip
@click.option("--e2e", "--end-to-end", "end_to_end", is_flag=True, help="Understand messages too.")
@max_stories_option
@fail_option
@report_language_option
@no_report_option
@results_option
@file_options
@click.option("--endpoints", type=PATH, hidden=True, expose_value=False)
@logging_options
@click.pass_context
def test_core(ctx: click.Context, /, **values: Any) -> None:
    """Play stories and compare every action; intents are taken as given."""
    from kefu.cli.testing import run_story_test

    failed = run_story_test(
        **_story_values(values), stories=values["stories"], end_to_end=values["end_to_end"]
    )
    ctx.exit(int(bool(failed and values["fail_on_prediction_errors"])))


@click.command(
    cls=KefuCommand,
    epilog="""
        kefu test nlu --nlu test_data.yml
        kefu test nlu --cross-validation --folds 10
        kefu test nlu --hold-out 0.2
        kefu test nlu --config config.yml other.yml
        kefu test nlu -m models/live.tar.gz models/new.tar.gz
    """,
)
@models_option
@all_models_option
@nlu_option
@config_option
@domain_option
@cross_option
@folds_option
@hold_out_option
@jobs_option
@report_language_option
@no_report_option
@results_option
@file_options
@allow_missing_option
@logging_options
def test_nlu(**values: Any) -> None:
    """Score intents, entities, answers and sentiments on labelled examples.

    Reports go to results/ in Rasa's format, and as nlu_report.html, which opens in any browser
    without a network: what is taken for what and why, what may be mislabelled, whether
    confidence means what it says.
    """
    from kefu.cli.nlu_testing import run_nlu_test

    run_nlu_test(_nlu_values(values))


def _models(values: dict[str, Any]) -> tuple[Path, ...]:
    """Return the models that are tested; several are to be compared."""
    named = tuple(values["models"]) or (Path("models"),)
    if not values["all_models"]:
        return named
    from kefu.model.location import find_model, models_in

    found = [models_in(one) if one.is_dir() else [one] for one in named]
    return tuple(model for one in found for model in one) or (find_model(named[0]),)


def _story_values(values: dict[str, Any]) -> dict[str, Any]:
    return {
        "models": _models(values),
        "max_stories": values["max_stories"],
        "report": None if values["no_report"] else values["report_language"] or "",
        "files": _file_values(values),
    }


def _nlu_values(values: dict[str, Any]) -> NluTest:
    from kefu.cli.nlu_testing import NluTest

    kept = ("nlu", "config", "domain", "cross_validation", "folds", "hold_out", "jobs",
            "allow_missing_components", "report_language")  # fmt: skip
    chosen = {name: values[name] for name in kept}
    chosen["models"] = _models(values)
    return NluTest(**chosen, report=not values["no_report"], files=_file_values(values))


def _file_values(values: dict[str, Any]) -> dict[str, Any]:
    return {
        "folder": values["out"],
        "successes": values["successes"],
        "errors": not values["no_errors"],
        "warnings": not values["no_warnings"],
        "plots": not values["no_plot"],
    }
