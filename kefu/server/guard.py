"""Who asks, and may they: the token of the API for machines, the cookie of a login for agents.

A cookie goes along with every request of the browser, also with those that another site's page
makes it send. So a request that changes something has to show the login's other token as well, in a
header that no foreign page can set, and must not come from a foreign page at all.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from sanic.request import Request
from sanic.response import HTTPResponse

from kefu.errors import StaffError
from kefu.server.auth import Keys, require_token, shown_token
from kefu.staff.logins import SignedIn
from kefu.staff.permissions import MACHINE, Actor, Permission, allows
from kefu.staff.signing_in import From
from kefu.staff.staff import Staff

__all__ = ["COOKIE", "CSRF_HEADER", "Admitted", "Guard", "check_csrf", "whence"]

COOKIE: Final = "kefu_desk"
CSRF_HEADER: Final = "X-CSRF-Token"
ONLY_HERE: Final = "__Host-"
"""Before the cookie's name on https: no other host, not even of the same domain, can plant one."""
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_SITES: Final = frozenset({"same-origin", "none"})
MACHINE_ACTOR: Final = Actor(account_id="", name="API", permissions=MACHINE)


@dataclass(frozen=True, slots=True)
class Admitted:
    """Who asks."""

    actor: Actor
    who: SignedIn | None = None
    """None: a machine."""


class Guard:
    """Decides about every request that is not open to all."""

    def __init__(self, staff: Staff | None, keys: Keys, *, api_is_on: bool) -> None:
        """Put it together.

        Args:
            staff: Who works here; None: nobody signs in.
            keys: What machines show; where nothing is asked for, the routes of the API are open,
                those of the staff are for agents only.
            api_is_on: Whether machines may use the API.
        """
        self._staff = staff
        self._keys = keys
        self._api_is_on = api_is_on

    async def admit_to_api(
        self, request: Request, permission: Permission | None, conversation_id: str | None = None
    ) -> Admitted | None:
        """Admit whoever shows a token of the API, or a login that has ``permission``.

        Args:
            request: What is asked.
            permission: Of agents; None: it is nothing for them.
            conversation_id: Whose customer may ask as well, if they show a token of their own.

        Raises:
            RequestError: Neither is shown (401), or the token is that of somebody else (403).
            StaffError: The login may not (403).
        """
        is_machine = self._keys.are_asked_for and shown_token(request) is not None
        is_agent = self._staff is not None and bool(self.token(request))
        if permission is not None and is_agent and not (self._api_is_on and is_machine):
            return await self.admit(request, permission)
        if not self._api_is_on:
            raise StaffError("nobody is signed in", problem="not-signed-in", status=401)
        require_token(request, self._keys, conversation_id)
        return None

    async def admit(self, request: Request, permission: Permission | None) -> Admitted:
        """Admit an agent who is signed in and has ``permission``, or a machine that has it.

        Raises:
            StaffError: Nobody is signed in (401), the request may be forged or they may not (403).
            RequestError: The machine's token is wrong (401), or not an admin's (403).
        """
        is_machine = self._api_is_on and self._keys.are_asked_for and permission is not None
        if is_machine and shown_token(request) is not None:
            require_token(request, self._keys)
            admitted = Admitted(MACHINE_ACTOR)
        else:
            who = await self.signed_in(request)
            if request.method not in SAFE_METHODS:
                self.check_same_site(request)
                check_csrf(request.headers.get(CSRF_HEADER), who)
            admitted = Admitted(who.actor, who)
        if permission is not None and not allows(admitted.actor, permission):
            raise StaffError(
                f"this needs the permission {permission}", problem="not-allowed", status=403
            )
        return admitted

    async def signed_in(self, request: Request) -> SignedIn:
        """Return who is signed in by the cookie.

        Raises:
            StaffError: Nobody (401).
        """
        token = self.token(request)
        who = await self._staff.signing_in.who(token) if self._staff and token else None
        if who is None:
            raise StaffError("nobody is signed in", problem="not-signed-in", status=401)
        return who

    def check_same_site(self, request: Request) -> None:
        """Refuse what a page of another site made the browser send.

        Raises:
            StaffError: It did (403).
        """
        site = request.headers.get("sec-fetch-site")
        origin = request.headers.get("origin")
        if site is not None:
            is_own = site in OWN_SITES
        elif origin is not None:
            public = self._staff.public_url if self._staff else ""
            own = {request.host.lower(), urlsplit(public).netloc.lower()} - {""}
            is_own = _host(origin) in own
        else:
            is_own = True  # no browser: nobody whose cookie could be abused
        if not is_own:
            raise StaffError(
                "requests from other sites' pages are refused", problem="foreign-site", status=403
            )

    # -- cookies ---------------------------------------------------------------------------

    def set_cookie(self, request: Request, response: HTTPResponse, token: str) -> None:
        """Have the browser keep ``token`` where no script reads it and no other site uses it."""
        response.add_cookie(
            self._name(request),
            token,
            path="/",
            max_age=int(self._staff.lifetimes.longest) if self._staff else 0,
            httponly=True,
            samesite="Strict",
            secure=self._is_secured(request),
        )

    def drop_cookie(self, request: Request, response: HTTPResponse) -> None:
        """Have the browser forget it."""
        response.add_cookie(
            self._name(request),
            "",
            path="/",
            max_age=0,
            httponly=True,
            samesite="Strict",
            secure=self._is_secured(request),
        )

    def token(self, request: Request) -> str:
        """Return the login's token that the browser sent; empty: none."""
        return request.cookies.get(self._name(request)) or ""

    def _name(self, request: Request) -> str:
        return f"{ONLY_HERE}{COOKIE}" if self._is_secured(request) else COOKIE

    def _is_secured(self, request: Request) -> bool:
        public = self._staff.public_url if self._staff else ""
        return request.scheme in {"https", "wss"} or public.startswith("https:")


def _host(origin: str) -> str | None:
    """Return the host and port of an origin; None when it is none, as that of a sandboxed page."""
    try:
        return urlsplit(origin).netloc.lower() or None
    except ValueError:
        return None


def check_csrf(shown: str | None, who: SignedIn) -> None:
    """Refuse a request that does not show the login's other token.

    Raises:
        StaffError: It does not (403).
    """
    if shown is not None and hmac.compare_digest(
        shown.encode("utf-8", "replace"), who.csrf.encode()
    ):
        return
    raise StaffError(
        f"the header {CSRF_HEADER} is missing or wrong; GET /api/v1/me has it",
        problem="csrf",
        status=403,
    )


def whence(request: Request) -> From:
    """Return where a request comes from."""
    address, browser = request.client_ip or "", request.headers.get("user-agent", "")
    # Headers may hold bytes that are no text; stores would refuse them.
    return From(*(text.encode("utf-8", "replace").decode()[:200] for text in (address, browser)))
