"""Is it there, is it ready, what is it doing: for clients, balancers and monitoring."""

from __future__ import annotations

from sanic.response import HTTPResponse

from kefu import __version__
from kefu.server.answers import json_answer, whole
from kefu.server.routes.form import Form
from kefu.server.routes.table import ApiCall, ApiRoute
from kefu.server.versions import RASA_API_VERSION

__all__ = ["API_ROUTES", "OPEN_ROUTES"]

MAX_QUEUE_LENGTH = 1000
DEFAULT_QUEUE_LENGTH = 100
LENGTH = {"limit": f"how many at most; default {DEFAULT_QUEUE_LENGTH}, most {MAX_QUEUE_LENGTH}"}


async def version(_: ApiCall) -> HTTPResponse:
    """Say which version of Rasa's API is spoken, and by which version of Kefu."""
    return json_answer(
        {
            "version": RASA_API_VERSION,
            "minimum_compatible_version": RASA_API_VERSION,
            "kefu_version": __version__,
        }
    )


async def healthz(_: ApiCall) -> HTTPResponse:
    """Say that the process is alive."""
    return json_answer({"status": "ok"})


async def readyz(call: ApiCall) -> HTTPResponse:
    """Say whether customers can be answered: a model is loaded and the log can be written."""
    problems = list(await call.services.problems())
    if problems:
        return json_answer({"status": "not ready", "problems": problems}, 503)
    return json_answer({"status": "ready"})


async def metrics(call: ApiCall) -> HTTPResponse:
    """Return figures in Prometheus's format."""
    # Only who asks for figures pays for the library.
    from kefu.server.metrics import CONTENT_TYPE, exposition  # noqa: PLC0415

    services = call.services
    text = exposition(call.traffic, services.measurements(), services.channel_events)
    if services.all_figures is not None:
        text = await services.all_figures(text)
    return HTTPResponse(text, content_type=CONTENT_TYPE)


async def status(call: ApiCall) -> HTTPResponse:
    """Say which model answers."""
    return json_answer(
        {
            "model_file": call.model.file,
            "model_id": call.model.model_id,
            "num_active_training_jobs": call.jobs.count,
        }
    )


async def queue(call: ApiCall) -> HTTPResponse:
    """List the conversations that wait for a human, the longest waiting first."""
    limit = whole(call.request, "limit", DEFAULT_QUEUE_LENGTH, least=1, most=MAX_QUEUE_LENGTH)
    waiting_list = call.services.waiting_list
    return json_answer({"waiting": await waiting_list.waiting(limit) if waiting_list else []})


OPEN_ROUTES = (
    ApiRoute("GET", "/version", version, access="open"),
    ApiRoute("GET", "/healthz", healthz, access="open"),
    ApiRoute("HEAD", "/healthz", healthz, access="open"),
    ApiRoute("GET", "/readyz", readyz, access="open"),
    ApiRoute("HEAD", "/readyz", readyz, access="open"),
    ApiRoute("GET", "/metrics", metrics, access="open"),
)
"""Served whether or not the API is on."""

API_ROUTES = (
    ApiRoute("GET", "/status", status, needs_model=True),
    ApiRoute("GET", "/api/v1/queue", queue, form=Form(query=LENGTH)),
)
