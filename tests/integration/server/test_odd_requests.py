"""Whatever is sent to any address of the API, it is answered, and what is wrong is said."""

import json
import random
import re

import pytest
from yarl import URL

from kefu.server.settings import ServerSettings
from kefu.staff.permissions import Role
from tests.integration.server.test_staff import a_desk
from tests.staffing import hired

DEEP = b"[" * 970 + b"]" * 970
BODIES = (
    b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe\x00", b"NaN", b'{"text": 1e999}', b"a: [", b"{}",
    b'{"text": "\\ud800", "name": -1}', b'{"event": "slot", "name": "x", "value": %s}' % DEEP,
    b'{"event": "restart", "timestamp": -1%s}' % (b"0" * 30), DEEP, b"[" * 50_000,
    '{"name": "你好"}'.encode("gb18030"),
)  # fmt: skip
VALUES = (None, True, -1, 10**30, 1e308, "", "\0", "x" * 5_000, [], {}, [None], {"": None})
QUERY = ("", "-1", "abc", "9" * 400, "1e999", "NaN", "%00", "%ff%fe", "%F0%9F%98%80", "x" * 3_000)
NAMES = ("anna", "nobody", "%00", "%ff", "..%2f..", "-1", "9" * 40, "%F0%9F%98%80", "a%2Fb")
NOT_ASKED = re.compile(r"/model/train|/live/poll|/logout|/me/password|/api/v1/login$|/setup$")
"""What takes its time, or ends the login."""


class Odd:
    """Makes up requests, the same ones every time."""

    def __init__(self, document, seed):
        self._schemas = document["components"]["schemas"]
        self._choice = random.Random(seed).choice

    def address(self, path, parameters):
        filled = re.sub(r"\{\w+\}", lambda _: self._choice(NAMES), path)
        query = [
            f"{one['name']}={self._choice(QUERY)}" for one in parameters if self._choice((0, 1))
        ]
        return URL(f"{filled}?{'&'.join(query)}", encoded=True)

    def body(self, operation):
        content = operation.get("requestBody", {}).get("content", {})
        schema = next(iter(content.values()), {}).get("schema", {})
        if not self._choice((0, 1, 1)):
            return self._choice(BODIES)
        return json.dumps(self._value(schema, 0)).encode()

    def _value(self, schema, depth):
        if not self._choice(range(8)) or depth > 4:
            return self._choice(VALUES)
        if "$ref" in schema:
            return self._value(self._schemas[schema["$ref"].rpartition("/")[2]], depth)
        if several := schema.get("anyOf"):
            return self._value(self._choice(several), depth + 1)
        if "properties" in schema:
            parts = schema["properties"].items()
            return {name: self._value(part, depth + 1) for name, part in parts}
        if schema.get("type") == "array":
            return [self._value(schema.get("items") or {}, depth + 1)]
        return self._choice((*schema.get("enum", ()), "user", "/greet", "x", 1, {"event": "user"}))


def is_told(path, body):
    """Whether an error says what is wrong, in Rasa's form or as a problem."""
    keys = {"type", "title", "status", "detail"}
    if not path.startswith("/api/v1/"):
        keys = {"version", "status", "message", "reason", "details", "help", "code"}
    return keys <= set(json.loads(body))


@pytest.mark.parametrize("seed", [1, 2])
async def test_nothing_that_is_sent_makes_a_server_fail(tmp_path, seed, caplog):
    async with a_desk(tmp_path, ServerSettings(enable_api=True, auth_token="secret")) as desk:
        await hired(desk.staff, "root", Role.ADMIN)
        browser = await desk.signed_in()
        session, headers = browser._session, {"X-CSRF-Token": browser.csrf}
        async with session.get("/docs/openapi.json") as answer:
            document = await answer.json()
        odd = Odd(document, seed)
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                if NOT_ASKED.search(path):
                    continue
                is_machines = not path.startswith("/api/v1/")
                shown = {"Authorization": "Bearer secret"} if is_machines else headers
                address = odd.address(path, operation["parameters"])
                body = None if method == "get" else odd.body(operation)
                kind = operation.get("requestBody", {}).get("content", {"application/json": {}})
                shown = {**shown, "Content-Type": next(iter(kind))}
                async with session.request(method, address, data=body, headers=shown) as answer:
                    text = await answer.read()
                    assert answer.status < 500, (method, address, body)
                    if answer.status >= 400:
                        assert is_told(path, text), (method, address, text)
    assert "Traceback" not in caplog.text
