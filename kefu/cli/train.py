"""``kefu train``: from the project's files to a model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from kefu.cli.group import KefuCommand, KefuGroup
from kefu.cli.options import (
    accepted,
    accepted_flags,
    allow_missing_option,
    config_option,
    data_option,
    domain_option,
    endpoints_option,
    logging_options,
    nlu_option,
    out_option,
    stories_option,
)

__all__ = ["train", "train_core", "train_nlu"]

Function = TypeVar("Function", bound=Callable[..., Any])
COMMANDS = {
    "nlu": ("kefu.cli.train:train_nlu", "Train only what understands messages."),
    "core": ("kefu.cli.train:train_core", "Train only what decides what to do next."),
}


def _say_from_scratch(_ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    if value is not None:
        click.echo("Training from scratch: that takes seconds, --finetune is ignored.", err=True)


force_option = click.option("--force", is_flag=True, help="Train even what has not changed.")
name_option = click.option("--fixed-model-name", help="File name of the model.")
augmentation_option = click.option(
    "--augmentation", type=click.IntRange(min=0), help="How many stories to glue together."
)
seed_option = click.option("--seed", type=int, help="For everything random; always the same.")
keep_nlu_option = click.option(
    "--persist-nlu-data", is_flag=True, help="Put the NLU training data into the model."
)
finetune_option = click.option(
    "--finetune", is_flag=False, flag_value="latest", hidden=True, callback=_say_from_scratch,
    expose_value=False,
)  # fmt: skip
models_option = out_option("models", "Folder for the model.")


@click.group(
    cls=KefuGroup,
    commands_at=COMMANDS,
    invoke_without_command=True,
    epilog="""
        kefu train
        kefu train --data data more-data --domain domain/
        kefu train --fixed-model-name shop --force
        kefu train nlu --nlu data/nlu
    """,
)
@data_option
@config_option
@domain_option
@models_option
@name_option
@force_option
@click.option(
    "--dry-run", is_flag=True, help="Only say what would be trained: status 0 nothing, 1 something."
)
@augmentation_option
@seed_option
@allow_missing_option
@click.option(
    "--skip-validation",
    is_flag=True,
    help="Do not check the data; what cannot be trained still fails.",
)
@click.option("--fail-on-validation-warnings", is_flag=True, help="Let warnings stop training.")
@click.option("--validation-max-history", type=int, help="Turns that the validation compares.")
@keep_nlu_option
@endpoints_option
@accepted("--num-threads", "--epoch-fraction")
@finetune_option
@accepted_flags("--debug-plots")
@logging_options
@click.pass_context
def train(ctx: click.Context, /, **values: Any) -> None:
    """Train a model from the project's files.

    Problems of the files are printed first; errors stop the training. What has not changed since
    the last training is not trained again.
    """
    if ctx.invoked_subcommand is None:
        _train("both", values)


@click.command(cls=KefuCommand, epilog="kefu train nlu --nlu data/nlu --config config.yml")
@config_option
@domain_option
@nlu_option
@models_option
@name_option
@force_option
@seed_option
@allow_missing_option
@keep_nlu_option
@accepted("--num-threads", "--epoch-fraction")
@finetune_option
@logging_options
def train_nlu(nlu: Path | None, **values: Any) -> None:
    """Train only what understands messages: intents, entities, answers."""
    _train("nlu", {**values, "data": (nlu,) if nlu else ()})


@click.command(cls=KefuCommand, epilog="kefu train core --stories data/stories --augmentation 20")
@config_option
@domain_option
@stories_option
@models_option
@name_option
@force_option
@augmentation_option
@allow_missing_option
@seed_option
@accepted("--epoch-fraction")
@finetune_option
@accepted_flags("--debug-plots")
@logging_options
def train_core(stories: Path | None, **values: Any) -> None:
    """Train only what decides what to do next, from stories and rules."""
    _train("core", {**values, "data": (stories,) if stories else ()})


def _train(what: Any, values: dict[str, Any]) -> None:
    from kefu.cli.training_report import run_training
    from kefu.training.train import TrainingOptions

    options = TrainingOptions(
        what=what,
        out=values["out"],
        model_name=values["fixed_model_name"],
        force=values["force"],
        dry_run=values.get("dry_run", False),
        augmentation=values.get("augmentation"),
        seed=values["seed"],
        allow_missing_components=values.get("allow_missing_components", False),
        keep_nlu_data=values.get("persist_nlu_data", False),
    )
    status = run_training(
        options,
        config=values["config"],
        domain=values["domain"],
        data=values["data"],
        skip_validation=values.get("skip_validation", False),
        fail_on_warnings=values.get("fail_on_validation_warnings", False),
        max_history=values.get("validation_max_history"),
    )
    click.get_current_context().exit(status)
