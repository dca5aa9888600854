"""The HTTP API with JSON Web Tokens: Rasa's roles, alone and beside the token."""

import time

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from kefu.server.json_web_tokens import JsonWebTokens
from kefu.server.settings import ServerSettings
from kefu.staff.permissions import Role
from tests.integration.server.test_staff import a_desk
from tests.staffing import hired

SECRET = "a secret that is long enough for everybody"


def checks():
    return JsonWebTokens(SECRET, "HS256")


def bearer(role, username="anna", **claims):
    user = {"username": username, "role": role}
    key = OctKey.import_key(SECRET)
    claims = {"user": user, "exp": time.time() + 3600, **claims}
    return f"Bearer {jwt.encode({'alg': 'HS256'}, claims, key)}"


@pytest.fixture
def settings():
    return ServerSettings(enable_api=True, auth_token="secret", jwt=checks())


@pytest.fixture
def status(server):
    """Return a function that asks with an Authorization and returns status and reason."""

    async def status(method, path, shown=None, **options):
        headers = {} if shown is None else {"Authorization": shown}
        async with server.session.request(method, path, headers=headers, **options) as answer:
            body = await answer.json() if answer.content_type == "application/json" else {}
            return answer.status, body.get("reason") if isinstance(body, dict) else None

    return status


async def test_an_admin_reaches_everything(status):
    shown = bearer("admin", "root")
    for path in ("/status", "/domain", "/conversations/anna/tracker", "/api/v1/queue"):
        assert (await status("GET", path, shown))[0] == 200
    assert (await status("POST", "/model/parse", shown, json={"text": "/greet"}))[0] == 200


async def test_a_user_reaches_the_conversation_of_their_name_and_nothing_else(status):
    shown = bearer("user", "anna")
    assert await status("GET", "/conversations/anna/tracker", shown) == (200, None)
    body = {"text": "/greet", "sender": "user"}
    assert (await status("POST", "/conversations/anna/messages", shown, json=body))[0] == 200
    for path in (
        "/conversations/ben/tracker",
        "/conversations/anna2/tracker",
        "/conversations/anna%2Fx/tracker",
        "/conversations/Anna/tracker",
        "/status",
        "/domain",
    ):
        assert await status("GET", path, shown) == (403, "NotAuthorized")
    for path in ("/api/v1/queue", "/api/v1/deliveries", "/api/v1/customers?user=anna"):
        assert (await status("GET", path, shown))[0] == 403
    assert await status("DELETE", "/model", shown) == (403, "NotAuthorized")


async def test_a_name_is_compared_as_it_is_not_as_it_is_escaped(status):
    assert (await status("GET", "/conversations/%E5%AE%89/tracker", bearer("user", "安")))[0] == 200
    wrong = bearer("user", "%E5%AE%89")
    assert (await status("GET", "/conversations/%E5%AE%89/tracker", wrong))[0] == 403


@pytest.mark.parametrize("role", [None, "guest", "ADMIN", ""])
async def test_other_roles_reach_nothing(status, role):
    shown = bearer(role)
    assert await status("GET", "/conversations/anna/tracker", shown) == (403, "NotAuthorized")


@pytest.mark.parametrize(
    "shown",
    [None, "Bearer ", "Bearer a.b.c", "Basic YTpi", "Bearer wrong"],
)
async def test_whoever_shows_nothing_good_is_not_known(status, shown):
    assert await status("GET", "/conversations/anna/tracker", shown) == (401, "NotAuthenticated")


async def test_a_token_that_has_expired_is_not_good(status):
    shown = bearer("admin", exp=time.time() - 3600)
    assert await status("GET", "/status", shown) == (401, "NotAuthenticated")


async def test_the_token_of_the_api_opens_it_as_well(status):
    assert (await status("GET", "/status?token=secret"))[0] == 200
    assert (await status("GET", "/status", "Bearer secret"))[0] == 200
    # as with Rasa, a wrong token does not matter where a good JWT is shown
    assert (await status("GET", "/status?token=wrong", bearer("admin")))[0] == 200


async def test_a_jwt_in_the_address_is_not_read(status):
    token = bearer("admin").removeprefix("Bearer ")
    assert await status("GET", f"/status?token={token}") == (401, "NotAuthenticated")


async def test_an_admin_is_a_machine_to_the_staff_and_a_user_is_not(tmp_path):
    settings = ServerSettings(enable_api=True, jwt=checks())
    async with a_desk(tmp_path, settings) as desk:
        await hired(desk.staff, "root", Role.ADMIN)
        for shown, status in ((bearer("admin"), 200), (bearer("user"), 403), ("Bearer x", 401)):
            headers = {"Authorization": shown}
            async with desk.server.session.get("/api/v1/agents", headers=headers) as answer:
                assert answer.status == status
        assert (await (await desk.signed_in()).ask("GET", "agents"))[0] == 200
