"""The shop's keys come from the settings, from a file, or from the shop's server."""

import pytest
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from kefu.clock import ManualClock
from kefu.customers.tokens import Tokens
from kefu.errors import CustomerError, ProjectError
from kefu.project.settings import CustomerSettings
from kefu.remote.shop_keys import shop_keys


def token(key, alg, clock, **header):
    claims = {"sub": "u1", "exp": int(clock.now()) + 60}
    return jwt.encode({"alg": alg, **header}, claims, key, algorithms=[alg])


def tokens(settings, folder, clock):
    return Tokens(settings, shop_keys(settings, folder, clock), clock)


@pytest.mark.parametrize(
    ("key", "alg"),
    [
        (RSAKey.generate_key(2048), "RS256"),
        (ECKey.generate_key("P-256"), "ES256"),
        (OKPKey.generate_key("Ed25519"), "Ed25519"),
    ],
    ids=["rsa", "ec", "ed25519"],
)
async def test_a_public_key_in_a_file(tmp_path, key, alg):
    clock = ManualClock()
    tmp_path.joinpath("shop.pem").write_bytes(key.as_pem(private=False))
    settings = CustomerSettings(public_key="shop.pem", algorithms=(alg,))
    found = await tokens(settings, tmp_path, clock).read(token(key, alg, clock))
    assert found.user == "u1"


async def test_a_private_key_or_none_is_refused(tmp_path):
    private = ECKey.generate_key("P-256").as_pem(private=True).decode()
    for text in (private, "missing.pem", "-----BEGIN PUBLIC KEY-----\nx\n"):
        with pytest.raises(ProjectError, match="public_key"):
            shop_keys(CustomerSettings(public_key=text), tmp_path, ManualClock())


async def test_a_key_set_is_fetched_kept_and_fetched_again(tmp_path):
    clock = ManualClock()
    old, new = (ECKey.generate_key("P-256", {"kid": name}) for name in ("old", "new"))
    served, asked = [KeySet([old])], []

    async def keys(_):
        asked.append(clock.now())
        if not served:
            raise web.HTTPBadGateway
        return web.json_response(served[0].as_dict(private=False))

    app = web.Application()
    app.router.add_get("/keys", keys)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    settings = CustomerSettings(jwks=f"http://127.0.0.1:{port}/keys", algorithms=("ES256",))
    ours = tokens(settings, tmp_path, clock)
    try:
        for _ in range(3):
            await ours.read(token(old, "ES256", clock, kid="old"))
        assert len(asked) == 1
        served[0] = KeySet([old, new])
        clock.advance(20)
        await ours.read(token(new, "ES256", clock, kid="new"))
        stranger = ECKey.generate_key("P-256", {"kid": "strange"})
        for _ in range(5):  # tokens of strangers do not make us ask again and again
            with pytest.raises(CustomerError):
                await ours.read(token(stranger, "ES256", clock, kid="strange"))
        assert len(asked) == 2
        served.clear()
        clock.advance(1000)
        await ours.read(token(new, "ES256", clock, kid="new"))
    finally:
        await runner.cleanup()


async def test_keys_that_cannot_be_had_are_said_so(tmp_path):
    settings = CustomerSettings(jwks="http://127.0.0.1:9/keys", algorithms=("ES256",))
    clock = ManualClock()
    with pytest.raises(CustomerError, match="keys cannot be fetched"):
        await tokens(settings, tmp_path, clock).read(
            token(ECKey.generate_key("P-256"), "ES256", clock)
        )
