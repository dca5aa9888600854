"""Training by HTTP: the project comes with the request, the model goes back with the answer.

It runs in a process of its own, so that customers are answered meanwhile.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path

from sanic.response import HTTPResponse

from kefu.errors import RequestError
from kefu.server.answers import bad_request, flag
from kefu.server.routes.table import ApiCall

__all__ = ["train"]

DEFAULT_FOLDER = "models"
MODEL_TYPE = "application/gzip"
PROJECT_FILE = "project.yml"


async def train(call: ApiCall) -> HTTPResponse:
    """Train a model of the body, a YAML file with configuration, domain and data."""
    request = call.request
    if not request.body:
        message = "You must provide training data in the request body in order to train your model."
        raise RequestError(400, "BadRequest", message)
    options = _options(call)
    return await call.jobs.answer(request, lambda: _train(call, options))


def _options(call: ApiCall) -> list[str]:
    options = ["--force"] if flag(call.request, "force_training") else []
    augmentation: str | None = call.request.args.get("augmentation")
    if augmentation is not None:
        if not augmentation.isdecimal():
            raise bad_request("'augmentation' must be a number.", "augmentation", "query")
        options += ["--augmentation", augmentation]
    return options


async def _train(call: ApiCall, options: list[str]) -> HTTPResponse:
    with tempfile.TemporaryDirectory(prefix="kefu-train-") as name:
        folder = Path(name)
        (folder / PROJECT_FILE).write_bytes(call.request.body)
        models = folder / DEFAULT_FOLDER
        if flag(call.request, "save_to_default_model_directory", default=True):
            models = _model_folder(call)
        before = set(models.glob("*.tar.gz"))
        await _run(folder, ["--out", str(models), *options])
        trained = sorted(set(models.glob("*.tar.gz")) - before) or sorted(before)
        model = trained[-1]
        body = await asyncio.to_thread(model.read_bytes)
    headers = {
        "filename": model.name,
        "Content-Disposition": f'attachment; filename="{model.name}"',
    }
    return HTTPResponse(body, headers=headers, content_type=MODEL_TYPE)


def _model_folder(call: ApiCall) -> Path:
    current = call.services.models.current
    return (Path(current.file).parent if current else Path(DEFAULT_FOLDER)).absolute()


async def _run(folder: Path, options: list[str]) -> None:
    named = [part for key in ("config", "domain", "data") for part in (f"--{key}", PROJECT_FILE)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "kefu", "train", "--quiet", *named, *options,
        cwd=folder, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE,
    )  # fmt: skip
    try:
        _, errors = await process.communicate()
    finally:
        await _end(process)
    if process.returncode:
        problems = [line for line in errors.decode("utf-8", "replace").splitlines() if line.strip()]
        raise RequestError(
            400, "TrainingError", "No model could be trained.", details={"problems": problems}
        )


async def _end(process: Process) -> None:
    if process.returncode is None:  # whoever asked has gone, or the server stops
        process.kill()
        await process.communicate()
