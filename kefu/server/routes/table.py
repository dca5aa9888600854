"""What an entry of a route table says, and how it becomes a handler of the web framework."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Literal
from urllib.parse import unquote

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

from kefu.errors import RequestError
from kefu.server.answers import read_body
from kefu.server.auth import require_token
from kefu.server.ports import LoadedModel
from kefu.server.services import Services
from kefu.server.settings import ServerSettings
from kefu.server.traffic import Traffic

__all__ = ["ApiCall", "ApiRoute", "serve_routes"]

NO_MODEL_HELP = "https://rasa.com/docs/rasa/user-guide/configuring-http-api/"


@dataclass(slots=True)
class ApiCall:
    """One request on its way through a route."""

    request: Request
    services: Services
    traffic: Traffic
    conversation_id: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)
    """What stands for the variable parts of the path, decoded."""

    @property
    def model(self) -> LoadedModel:
        """The loaded model.

        Raises:
            RequestError: None is loaded (409).
        """
        model = self.services.models.current
        if model is None:
            raise RequestError(
                409,
                "Conflict",
                "No agent loaded. To continue processing, a model of a trained agent needs to be "
                "loaded.",
                help_url=NO_MODEL_HELP,
            )
        return model


@dataclass(frozen=True, slots=True)
class ApiRoute:
    """An address of the API."""

    method: Literal["GET", "HEAD", "POST", "PUT", "DELETE"]
    path: str
    serve: Callable[[ApiCall], Awaitable[HTTPResponse]]
    access: Literal["open", "token"] = "token"
    needs_model: bool = False


def serve_routes(
    app: Sanic[Any, Any],
    routes: tuple[ApiRoute, ...],
    services: Services,
    settings: ServerSettings,
    traffic: Traffic,
) -> None:
    """Serve ``routes`` on ``app``."""
    for route in routes:
        handler = _handler(route, services, settings, traffic)
        name = f"{route.method}_{route.path}".translate(_NAME_CHARACTERS)
        app.add_route(handler, route.path, methods=[route.method], name=name)


_NAME_CHARACTERS = str.maketrans(dict.fromkeys("/<>:-.", "_"))


def _handler(
    route: ApiRoute, services: Services, settings: ServerSettings, traffic: Traffic
) -> Callable[..., Coroutine[Any, Any, HTTPResponse]]:
    token = settings.auth_token if route.access == "token" else None
    counts = traffic.route(f"{route.method} {route.path}")
    serve, needs_model, max_body = route.serve, route.needs_model, settings.max_body

    async def handler(request: Request, **parts: str) -> HTTPResponse:
        begun = perf_counter()
        if token is not None:
            require_token(request, token)
        await read_body(request, max_body)
        decoded = {name: unquote(part) for name, part in parts.items()}
        conversation_id = decoded.get("conversation_id", "")
        call = ApiCall(request, services, traffic, conversation_id, decoded)
        if needs_model:
            _ = call.model
        response = await serve(call)
        counts.add(response.status, perf_counter() - begun)
        return response

    # Sanic reads the body of a handler without this mark before calling it, whoever asks.
    handler.is_stream = True  # type: ignore[attr-defined]
    return handler
