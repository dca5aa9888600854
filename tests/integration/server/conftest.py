"""A running server, fresh for each test."""

import pytest

from kefu.server.settings import ServerSettings
from tests.serving import running_server


@pytest.fixture
def settings():
    return ServerSettings(enable_api=True, auth_token="secret", cors_origins=("https://a.example",))


@pytest.fixture
def credentials():
    return {"rest": {}, "web": {"secret": "0123456789abcdef"}}


@pytest.fixture
async def server(tmp_path, settings, credentials):
    async with running_server(tmp_path, settings=settings, credentials=credentials) as served:
        yield served


@pytest.fixture
def ask(server):
    """Return a function that sends a request and returns status, headers and body."""

    async def ask(method, path, *, token="secret", **options):
        if token:
            options["headers"] = {
                "Authorization": f"Bearer {token}",
                **options.get("headers", {}),
            }
        async with server.session.request(method, path, **options) as response:
            is_json = response.content_type in {"application/json", "application/problem+json"}
            body = await response.json() if is_json else await response.text()
            return response.status, response.headers, body

    return ask
