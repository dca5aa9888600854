"""A customer who comes by several channels is one: one history, one memory of the bot."""

import time
from contextlib import asynccontextmanager

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from kefu.project.settings import CustomerSettings
from tests.described import check_described
from tests.serving import DOMAIN, running_server
from tests.simulators.wechat import Account, WeChat

SECRET = "0123456789abcdef0123456789abcdef"
ADA = "oAda"
WECHAT = f"wechat-{ADA}"
SLOTS = {
    "order_no": {"type": "text", "mappings": [{"type": "from_entity", "entity": "order_no"}]},
    "customer_name": {"type": "text", "mappings": [{"type": "custom"}]},
}
RESPONSES = {
    "utter_greet": [{"text": "您好，{customer_name}！"}],
    "utter_track": [{"text": "订单 {order_no} 正在派送。"}],
}


def shop_token(**claims):
    told = {"sub": "u1", "exp": int(time.time()) + 600, "name": "艾达", "unionid": "x-ada"}
    return jwt.encode({"alg": "HS256"}, told | claims, OctKey.import_key(SECRET))


@asynccontextmanager
async def wechat_and_web(tmp_path):
    """Serve the web channel and an official account with its platform."""
    account = Account()
    async with WeChat(account, seed=3) as platform:
        credentials = {
            "web": {"secret": "0123456789abcdef"},
            "wechat": {
                "appid": account.appid,
                "secret": account.secret,
                "token": account.token,
                "original_id": account.original_id,
                "api": platform.url,
            },
        }
        async with running_server(
            tmp_path,
            credentials=credentials,
            domain={**DOMAIN, "slots": SLOTS, "responses": RESPONSES},
            customer_settings=CustomerSettings(jwt_secret=SECRET, algorithms=("HS256",)),
        ) as server:
            platform.callback_url = f"{server.url}/webhooks/wechat/webhook"
            yield server, platform


@asynccontextmanager
async def on_the_page(server):
    """Give an open socket and the address of its visitor."""
    async with server.session.post("/webhooks/web/visitors") as response:
        token = (await response.json())["token"]
    async with server.session.ws_connect("/webhooks/web/socket") as socket:
        await socket.send_json({"type": "hello", "token": token})
        while (await socket.receive_json(timeout=5))["type"] != "synced":
            pass
        yield socket, f"web-{token.split('.')[1]}"


async def say(socket, number, text):
    """Say something on the page and return what the bot answers."""
    await socket.send_json({"type": "message", "id": number, "text": text})
    while True:
        frame = await socket.receive_json(timeout=5)
        if frame["type"] == "message" and frame["from"] == "bot":
            return frame["text"]


def heard_on(history):
    """Return the channels of what the customer said."""
    said = [entry for entry in history["entries"] if entry["kind"] == "user"]
    return [entry["input_channel"] for entry in said if not entry["text"].startswith("EXTERNAL")]


async def api(server, method, path, **options):
    headers = {"Authorization": "Bearer secret"}
    async with server.session.request(method, path, headers=headers, **options) as response:
        body = await response.json()
        check_described(method, path, response.status, body)
        return response.status, body


async def test_from_the_page_to_wechat_and_back_apart(tmp_path):
    async with wechat_and_web(tmp_path) as (server, platform), on_the_page(server) as (page, web):
        assert await say(page, "1", '/track{"order_no": "A17"}') == "订单 A17 正在派送。"
        ref = await server.customers.sign_in(web, shop_token())
        assert ref.conversation_id == web
        assert await say(page, "2", "/greet") == "您好，艾达！"

        ada = platform.customer(ADA, unionid="x-ada")
        await ada.says("/silence")
        await server.work()
        await server.gateway.idle()
        assert await server.gateway.resolve(WECHAT) == web

        # the slot that was given on the page is used in WeChat, and the reply goes there
        await ada.says("/track")
        await server.gateway.idle()
        assert ada.texts == ["订单 A17 正在派送。"]

        # what is said without a message goes to the channel of the latest one
        await server.gateway.trigger_intent(web, "greet", output_channel="latest")
        await server.gateway.idle()
        assert ada.texts[-1] == "您好，艾达！"

        # and back on the page: same conversation
        assert await say(page, "3", "/track") == "订单 A17 正在派送。"

        _, customer = await api(server, "GET", f"/api/v1/customers?conversation={WECHAT}")
        who = customer["customer_id"]
        known = {(it["kind"], it.get("value")) for it in customer["identities"]}
        assert known >= {("user", "u1"), ("unionid", "x-ada"), ("address", WECHAT)}
        _, history = await api(server, "GET", f"/api/v1/customers/{who}/timeline")
        assert heard_on(history) == ["web", "web", "wechat", "wechat", "web"]
        assert [e["at"] for e in history["entries"]] == sorted(e["at"] for e in history["entries"])

        _, found = await api(server, "GET", f"/api/v1/customers/{who}/merges")
        if found["merges"]:  # else WeChat told who it was before anything was said there
            (merge,) = found["merges"]
            undo = {"merge_id": merge["merge_id"]}
            status, parted = await api(server, "POST", f"/api/v1/customers/{who}/undo", json=undo)
            assert status == 200
            assert parted["parted"]["conversation_id"] == WECHAT
            assert await server.gateway.resolve(WECHAT) == WECHAT
            await ada.says("/greet")
            await server.gateway.idle()
            assert ada.texts[-1] == "您好，None！"


async def test_two_histories_become_one_and_are_parted_again(tmp_path):
    async with wechat_and_web(tmp_path) as (server, platform), on_the_page(server) as (page, web):
        ada = platform.customer(ADA, unionid="x-ada")
        await ada.says('/track{"order_no": "B2"}')
        await server.work()
        await server.gateway.idle()
        assert ada.texts == ["订单 B2 正在派送。"]
        assert await say(page, "1", "/greet") == "您好，None！"

        ref = await server.customers.sign_in(web, shop_token())
        assert ref.conversation_id == web  # that of the signed-in user
        assert await server.gateway.resolve(WECHAT) == web
        await ada.says("/greet")
        await server.gateway.idle()
        assert ada.texts[-1] == "您好，艾达！"

        _, found = await api(server, "GET", f"/api/v1/customers/{ref.customer_id}/merges")
        (merge,) = found["merges"]
        assert merge["merged_conversation"] == WECHAT
        _, history = await api(server, "GET", f"/api/v1/customers/{ref.customer_id}/timeline")
        assert heard_on(history) == ["wechat", "web", "wechat"]
        status, _ = await api(
            server,
            "POST",
            f"/api/v1/customers/{ref.customer_id}/undo",
            json={"merge_id": merge["merge_id"]},
        )
        assert status == 200
        assert await server.gateway.resolve(WECHAT) == WECHAT
        status, again = await api(
            server,
            "POST",
            f"/api/v1/customers/{ref.customer_id}/undo",
            json={"merge_id": merge["merge_id"]},
        )
        assert (status, "undone already" in again["detail"]) == (400, True)


async def test_the_shop_tells_whose_an_address_is(tmp_path):
    async with wechat_and_web(tmp_path) as (server, _):
        ref = await server.customers.identify("web-a", kind="user", value="u9", is_verified=True)
        body = {"address": "wechat_miniprogram-oAda", "kind": "user", "value": "u9"}
        status, found = await api(server, "POST", "/api/v1/customers/identify", json=body)
        assert (status, found["customer_id"]) == (200, ref.customer_id)
        assert await server.gateway.resolve("wechat_miniprogram-oAda") == "web-a"


async def test_hiding_and_forgetting_by_the_api(tmp_path):
    async with wechat_and_web(tmp_path) as (server, _), on_the_page(server) as (page, web):
        ref = await server.customers.sign_in(web, shop_token(phone="13800138000"))
        path = f"/api/v1/customers/{ref.customer_id}"
        assert (await api(server, "GET", path))[1]["name"] == "艾达"
        _, found = await api(server, "GET", "/api/v1/customers?phone=138%200013%208000")
        assert found["customer_id"] == ref.customer_id
        _, hidden = await api(server, "POST", f"{path}/hide", json={"fields": ["name"]})
        assert (hidden["name"], hidden["hidden"]) == (None, ["name"])
        assert await say(page, "1", "/greet") == "您好，None！"
        _, gone = await api(server, "POST", f"{path}/forget", json={"fields": ["phone"]})
        assert gone["phone"] is None
        assert (await api(server, "GET", "/api/v1/customers?phone=13800138000"))[0] == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/api/v1/customers", None, 400),
        ("GET", "/api/v1/customers?user=a&phone=b", None, 400),
        ("GET", "/api/v1/customers?phone=110", None, 400),
        ("GET", "/api/v1/customers?user=nobody", None, 404),
        ("GET", "/api/v1/customers/nobody", None, 404),
        ("GET", "/api/v1/customers/nobody/timeline", None, 404),
        ("GET", "/api/v1/customers/nobody/visits", None, 404),
        ("POST", "/api/v1/customers/nobody/undo", {"merge_id": 1}, 404),
        ("POST", "/api/v1/customers/{known}/undo", {"merge_id": 1}, 404),
        ("POST", "/api/v1/customers/{known}/undo", {"merge_id": "1"}, 400),
        ("POST", "/api/v1/customers/{known}/hide", {"fields": []}, 400),
        ("POST", "/api/v1/customers/{known}/hide", {"fields": ["shoe"]}, 400),
        ("POST", "/api/v1/customers/{known}/hide", {"fields": ["name"], "hidden": 1}, 400),
        ("POST", "/api/v1/customers/{known}/forget", {"fields": "name"}, 400),
        ("POST", "/api/v1/customers/identify", {"kind": "user", "value": "u1"}, 400),
        ("POST", "/api/v1/customers/identify", {"address": "w-1", "kind": "x", "value": "1"}, 400),
        (
            "POST",
            "/api/v1/customers/identify",
            {"address": "w-1", "kind": "user", "value": ""},
            400,
        ),
    ],
)
async def test_what_the_api_cannot_do_it_refuses(server, ask, method, path, body, status):
    ref = await server.customers.identify("web-a", kind="user", value="u9", is_verified=True)
    options = {} if body is None else {"json": body}
    found, _, _ = await ask(method, path.replace("{known}", ref.customer_id), **options)
    assert found == status
    assert (await ask(method, path, token=None, **options))[0] == 401
