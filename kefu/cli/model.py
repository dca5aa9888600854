"""``kefu model``: which model answers, and language models that were trained elsewhere."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from kefu.cli.group import KefuCommand, KefuGroup
from kefu.cli.options import logging_options

__all__ = ["export_onnx", "model"]

COMMANDS = {
    "list": (
        "kefu.cli.models:list_models",
        "List the models, and which answers.",
    ),
    "use": ("kefu.cli.models:use", "Let another model answer, in all servers."),
    "rollback": ("kefu.cli.models:rollback", "Let the model answer again that did before."),
    "tag": ("kefu.cli.models:tag", "Give a model a name."),
    "export-onnx": (
        "kefu.cli.model:export_onnx",
        "Prepare a BERT-like model for LanguageModelFeaturizer.",
    ),
}


@click.group(
    cls=KefuGroup,
    commands_at=COMMANDS,
    epilog="""
        kefu model list
        kefu model use calm-otter
        kefu model rollback
        kefu model tag --name newest --as good
        kefu model export-onnx downloads/bert-base-chinese --out models/bert
    """,
)
def model() -> None:
    """See and change which model answers; prepare language models that were trained elsewhere."""


@click.command(
    cls=KefuCommand,
    positional="--folder",
    epilog="""
        kefu model export-onnx downloads/bert-base-chinese --out models/bert
        kefu model export-onnx models/bert     # writes beside the files that are there
    """,
)
@click.option("--folder", type=click.Path(path_type=Path), required=True, help="The model's files.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder to write.  [default: the same]"
)
@logging_options
def export_onnx(folder: Path, out: Path | None) -> None:
    """Write model.onnx and tokenizer.json from a model of Hugging Face on this machine.

    Give its folder as PATH or with --folder. One that has an ONNX model already is taken over and
    tried out. Any other is converted, for which torch, transformers and onnx must be installed;
    where they are not, the command says what to run instead. Nothing is downloaded.
    """
    from kefu.cli.output import say
    from kefu.nlu.providers.onnx_export import export_language_model

    target = out or folder
    words = ["kefu", "model", "export-onnx", str(folder), *(["--out", str(out)] if out else [])]
    done = export_language_model(folder, target, command=shlex.join(words))
    verb = "Converted" if done.was_converted else "Took over the ONNX model of"
    say(f"{verb} {folder.as_posix()}: {target.as_posix()}, {done.megabytes:,.0f} MB.")
    if done.width is not None:
        say(f"Tried out: {done.width} numbers a message, of at most {done.limit} tokens.")
    for note in done.notes:
        say(f"Note: {note}.")
    say("In config.yml, before the classifier:")
    say("  - name: LanguageModelFeaturizer")
    say("    model_name: bert")
    say(f"    model_weights: {target.as_posix()}")
