"""Tokens by which callers of the HTTP API say who they are."""

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from kefu.clock import ManualClock
from kefu.errors import ProjectError
from kefu.server.json_web_tokens import Bearer, JsonWebTokens

SECRET = "a secret that is long enough for everybody"
NOW = 1_700_000_000.0
RSA = RSAKey.generate_key(2048)
CURVE = ECKey.generate_key("P-256")


def signed(claims, *, key=None, method="HS256"):
    return jwt.encode({"alg": method}, claims, key or OctKey.import_key(SECRET), [method])


def reader(secret=SECRET, method="HS256"):
    return JsonWebTokens(secret, method, ManualClock(NOW))


def user(role="user", username="anna", **claims):
    return {"user": {"username": username, "role": role}, **claims}


@pytest.mark.parametrize(
    ("bearer", "of_all", "of_anna", "of_ben"),
    [
        (Bearer("root", "admin"), True, True, True),
        (Bearer("anna", "user"), False, True, False),
        (Bearer(None, "user"), False, False, False),
        (Bearer("anna", None), False, False, False),
    ],
)
def test_an_admin_may_everything_and_a_user_what_is_theirs(bearer, of_all, of_anna, of_ben):
    assert (bearer.may(None), bearer.may("anna"), bearer.may("ben")) == (of_all, of_anna, of_ben)


def test_a_good_token_names_its_user():
    assert reader().read(signed(user())) == Bearer("anna", "user")
    assert reader().read(signed(user("admin", "root"))) == Bearer("root", "admin")


@pytest.mark.parametrize(
    ("key", "method"),
    [(RSA, "RS256"), (RSA, "PS384"), (CURVE, "ES256")],
)
def test_pairs_of_keys_will_do(tmp_path, key, method):
    public = key.as_pem(private=False).decode()
    file = tmp_path / "public.pem"
    file.write_text(public)
    for secret in (public, str(file)):
        token = signed(user(), key=key, method=method)
        assert reader(secret, method).read(token) == Bearer("anna", "user")


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"user": "anna"},
        {"user": {"username": "anna"}},
        {"user": {"username": "anna", "role": "root"}},
        {"user": {"username": 7, "role": ["admin"]}},
    ],
)
def test_who_has_no_known_role_may_nothing(claims):
    bearer = reader().read(signed(claims))
    assert bearer is not None
    assert not bearer.may("anna")
    assert not bearer.may(None)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "secret",
        "a.b.c",
        "x" * 10_000,
        signed(user(), key=OctKey.import_key("another secret, no less long than it")),
        signed(user(exp=NOW - 61)),
        signed(user(nbf=NOW + 61)),
        signed(user(exp="tomorrow")),
        signed(user(), method="HS512"),
        signed(user(), key=RSA, method="RS256"),
        signed(user()).rpartition(".")[0] + ".",
        "eyJhbGciOiJub25lIn0.eyJ1c2VyIjp7InVzZXJuYW1lIjoiYSIsInJvbGUiOiJhZG1pbiJ9fQ.",
    ],
)
def test_a_token_that_is_not_good_names_nobody(token):
    assert reader().read(token) is None


def test_clocks_may_differ_a_little():
    assert reader().read(signed(user(exp=NOW - 59))) is not None


@pytest.mark.parametrize(
    ("secret", "method", "wrong"),
    [
        ("s", "HS999", "cannot be signed by 'HS999'; possible: HS256"),
        ("s", "none", "cannot be signed by 'none'"),
        ("", "HS256", "--jwt-secret .*: the key is empty"),
        ("no such file", "RS256", "for RS256 it must be a public key"),
        (RSA.as_pem(private=True).decode(), "RS256", "is a private key"),
        (RSA.as_pem(private=False).decode(), "HS256", "whoever knows the key can sign"),
        (RSA.as_pem(private=False).decode(), "ES256", "no public key of an elliptic curve"),
        ("-----BEGIN nothing", "RS256", "no public key of RSA"),
    ],
)
def test_what_is_no_key_is_refused(secret, method, wrong):
    with pytest.raises(ProjectError, match=wrong):
        JsonWebTokens(secret, method)


def test_rasas_short_secrets_are_taken():
    token = signed(user(), key=OctKey.import_key("thisismysecret"))
    assert reader("thisismysecret").read(token) == Bearer("anna", "user")
