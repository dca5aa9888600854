"""The shop's tokens are believed when they are signed, in time, and meant for us."""

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from kefu.customers.tokens import Tokens
from kefu.errors import CustomerError
from kefu.project.settings import CustomerSettings

NOW = 1_000_000.0
SECRET = "0123456789abcdef0123456789abcdef"


class Clock:
    def now(self):
        return NOW


class Keys:
    def __init__(self, *sets):
        self.sets = list(sets)
        self.asked = 0

    async def key_set(self, *, is_stale=False):
        self.asked += 1
        return self.sets[-1] if is_stale else self.sets[0]


def made(claims, key=SECRET, alg="HS256", **header):
    key = OctKey.import_key(key) if isinstance(key, str) else key
    return jwt.encode({"alg": alg, **header}, {"exp": NOW + 60, **claims}, key)


def tokens(*keys, **settings):
    settings.setdefault("algorithms", ("HS256",))
    return Tokens(
        CustomerSettings(**settings), Keys(*(keys or (OctKey.import_key(SECRET),))), Clock()
    )


async def test_a_good_token_says_who_it_is():
    claims = {
        "sub": "u1",
        "name": "李雷",
        "phone": "13800138000",
        "phone_verified": True,
        "unionid": "o6_bm",
        "attributes": {"level": 3},
    }
    found = await tokens().read(made(claims))
    assert (found.user, found.name, found.unionid) == ("u1", "李雷", "o6_bm")
    assert found.is_phone_verified
    assert found.attributes == {"level": 3}
    assert "138" not in repr(found)


@pytest.mark.parametrize(
    ("claims", "wrong"),
    [
        ({"sub": "u1", "exp": NOW - 31}, "expired"),
        ({"name": "x"}, "sub"),
        ({"sub": ""}, "sub"),
        ({"sub": "u1", "nbf": NOW + 3600}, "not good"),
        ({"sub": "u1", "attributes": [1]}, "attributes"),
        ({"sub": "u" * 300}, "sub"),
    ],
)
async def test_a_token_that_says_nonsense_is_refused(claims, wrong):
    with pytest.raises(CustomerError, match=wrong):
        await tokens().read(made(claims))


async def test_a_clock_that_is_a_little_off_is_forgiven():
    assert (await tokens().read(made({"sub": "u1", "exp": NOW - 20}))).user == "u1"


async def test_a_token_without_an_end_is_refused():
    token = jwt.encode({"alg": "HS256"}, {"sub": "u1"}, OctKey.import_key(SECRET))
    with pytest.raises(CustomerError, match="exp"):
        await tokens().read(token)


@pytest.mark.parametrize("token", ["", "a.b.c", "x" * 9000, "eyJhbGciOiJub25lIn0.e30."])
async def test_junk_is_refused(token):
    with pytest.raises(CustomerError):
        await tokens().read(token)


async def test_another_secret_is_refused():
    with pytest.raises(CustomerError, match="not good"):
        await tokens().read(made({"sub": "u1"}, key="f" * 32))


async def test_only_the_algorithms_that_are_set_are_accepted():
    rsa = RSAKey.generate_key(2048)
    public = RSAKey.import_key(rsa.as_pem(private=False))
    ours = tokens(public, algorithms=("RS256",))
    assert (await ours.read(made({"sub": "u1"}, key=rsa, alg="RS256"))).user == "u1"
    with pytest.raises(CustomerError):  # the public key taken for a secret
        await ours.read(made({"sub": "u1"}, alg="HS256"))


async def test_audience_and_issuer_count_where_they_are_set():
    ours = tokens(audience="kefu", issuer="shop")
    good = {"sub": "u1", "aud": "kefu", "iss": "shop"}
    assert (await ours.read(made(good))).user == "u1"
    for wrong in ({"aud": "other"}, {"iss": "other"}):
        with pytest.raises(CustomerError):
            await ours.read(made(good | wrong))
    with pytest.raises(CustomerError):
        await ours.read(made({"sub": "u1"}))


async def test_a_key_that_is_newer_than_our_copy_is_fetched():
    old = ECKey.generate_key("P-256", {"kid": "old"})
    new = ECKey.generate_key("P-256", {"kid": "new"})
    ours = tokens(KeySet([old]), KeySet([old, new]), algorithms=("ES256",))
    assert (await ours.read(made({"sub": "u1"}, key=new, alg="ES256", kid="new"))).user == "u1"


async def test_without_a_key_nobody_signs_in():
    with pytest.raises(CustomerError, match="not set up"):
        await Tokens(CustomerSettings(), None, Clock()).read(made({"sub": "u1"}))
