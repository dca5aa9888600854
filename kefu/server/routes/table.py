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

from kefu.desk.library.library import Library
from kefu.errors import RequestError
from kefu.server.answers import read_body
from kefu.server.auth import Keys
from kefu.server.guard import Admitted, Guard, whence
from kefu.server.jobs import Jobs
from kefu.server.ports import LoadedModel
from kefu.server.problems import PREFIX, SAFE_HEADERS
from kefu.server.routes.form import Form
from kefu.server.services import Services
from kefu.server.settings import ServerSettings
from kefu.server.traffic import Traffic
from kefu.staff.directory import Acting
from kefu.staff.logins import SignedIn
from kefu.staff.permissions import Permission
from kefu.staff.staff import Staff

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
    guard: Guard = field(default_factory=lambda: Guard(None, Keys(), api_is_on=False))
    admitted: Admitted | None = None
    """Who asks; None where nobody was asked for a login."""
    long_work: Jobs | None = None

    @property
    def staff(self) -> Staff:
        """Who works here; its routes are served only where there is one."""
        assert self.services.staff is not None
        return self.services.staff

    @property
    def library(self) -> Library:
        """What the desk keeps; its routes are served only where it keeps something."""
        assert self.services.library is not None
        return self.services.library

    @property
    def jobs(self) -> Jobs:
        """Long work."""
        assert self.long_work is not None
        return self.long_work

    @property
    def who(self) -> SignedIn:
        """The agent who is signed in, on routes that no machine is admitted to."""
        assert self.admitted is not None
        assert self.admitted.who is not None
        return self.admitted.who

    @property
    def acting(self) -> Acting:
        """Who asks, as one who administers."""
        assert self.admitted is not None
        return Acting(self.admitted.actor, whence(self.request).address)

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
    serve: Callable[[ApiCall], Awaitable[HTTPResponse | None]]
    """Gives the answer; None: it was sent already, piece by piece."""
    access: Literal["open", "token", "staff"] = "token"
    """``token``: for whoever shows the API's token, and for agents with the permission, if there
    is one. ``staff``: for agents, and for machines with a token if their permissions have it."""
    permission: Permission | None = None
    """What is asked for; on ``staff`` None: any agent who is signed in, and no machine."""
    needs_model: bool = False
    form: Form = field(default_factory=Form)
    max_body: int | None = None
    """Longest body, in bytes; None: that of the API."""


def serve_routes(
    app: Sanic[Any, Any],
    routes: tuple[ApiRoute, ...],
    services: Services,
    settings: ServerSettings,
    traffic: Traffic,
) -> None:
    """Serve ``routes`` on ``app``."""
    guard = Guard(services.staff, settings.keys, api_is_on=settings.enable_api)
    jobs = Jobs(services.job_queue, services.call_back, app.error_handler.default)

    async def end_jobs(*_: Any) -> None:
        await jobs.close()

    app.before_server_stop(end_jobs)
    common = _Common(guard, services, settings, traffic, jobs)
    for route in routes:
        handler = _handler(route, common)
        name = f"{route.method}_{route.path}".translate(_NAME_CHARACTERS)
        # Else Sanic reads each handler's source for what the error handler decides anyway.
        app.add_route(handler, route.path, [route.method], name=name, error_format="json")


_NAME_CHARACTERS = str.maketrans(dict.fromkeys("/<>:-.", "_"))


@dataclass(frozen=True, slots=True)
class _Common:
    """What all routes have."""

    guard: Guard
    services: Services
    settings: ServerSettings
    traffic: Traffic
    jobs: Jobs


def _handler(
    route: ApiRoute, common: _Common
) -> Callable[..., Coroutine[Any, Any, HTTPResponse | None]]:
    guard, services, traffic, jobs = common.guard, common.services, common.traffic, common.jobs
    most = common.settings.max_body
    counts = traffic.route(f"{route.method} {route.path}")
    serve, needs_model = route.serve, route.needs_model
    max_body = min(route.max_body or most, most)
    access, permission = route.access, route.permission
    is_for_customers = permission is None and "<conversation_id" in route.path
    headers = SAFE_HEADERS if route.path.startswith(PREFIX) else {}

    async def handler(request: Request, **parts: str) -> HTTPResponse | None:
        begun = perf_counter()
        admitted: Admitted | None = None
        if access == "token":
            of = unquote(parts["conversation_id"]) if is_for_customers and parts else None
            admitted = await guard.admit_to_api(request, permission, of)
        elif access == "staff":
            admitted = await guard.admit(request, permission)
        await read_body(request, max_body)
        decoded = {name: unquote(part) for name, part in parts.items()}
        conversation_id = decoded.get("conversation_id", "")
        call = ApiCall(request, services, traffic, conversation_id, decoded, guard, admitted, jobs)
        if needs_model:
            _ = call.model
        response = await serve(call)
        if response is None:
            counts.add(200, perf_counter() - begun)
            return None
        response.headers.update(headers)
        counts.add(response.status, perf_counter() - begun)
        return response

    # Sanic reads the body of a handler without this mark before calling it, whoever asks.
    handler.is_stream = True  # type: ignore[attr-defined]
    return handler
