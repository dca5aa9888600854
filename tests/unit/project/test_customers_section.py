"""The section ``customers`` of endpoints.yml."""

import pytest

from kefu.project.settings import CustomerSettings
from tests.unit.project.test_settings_files import endpoints

SECRET = "0123456789abcdef0123456789abcdef"


def test_without_the_section_nobody_signs_in():
    read, report = endpoints("")
    assert read.customers == CustomerSettings()
    assert not read.customers.has_key
    assert not report.sorted()


def test_everything_can_be_set():
    read, report = endpoints(
        f"customers:\n  jwt_secret: {SECRET}\n  algorithms: [HS256, HS512]\n  audience: kefu\n"
        f"  issuer: shop\n  leeway: 5\n  phone_country: 44\n  phone_key: {SECRET}\n"
        "  slots: {name: who, tags: tags, attributes.level: level}\n"
    )
    assert not report.sorted()
    assert read.customers == CustomerSettings(
        jwt_secret=SECRET,
        algorithms=("HS256", "HS512"),
        audience="kefu",
        issuer="shop",
        leeway_seconds=5.0,
        phone_country="44",
        phone_key=SECRET,
        slots={"name": "who", "tags": "tags", "attributes.level": "level"},
    )
    assert SECRET not in repr(read.customers)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"jwt_secret: {SECRET}", ("HS256",)),
        ("public_key: shop.pem", ("RS256", "ES256")),
        ("jwks: https://shop.example/keys", ("RS256", "ES256")),
    ],
)
def test_algorithms_go_with_the_key(text, wanted):
    read, report = endpoints(f"customers:\n  {text}\n")
    assert read.customers.algorithms == wanted
    assert not report.sorted()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("jwt_secret: short", "endpoints.weak-secret"),
        (f"jwt_secret: {SECRET}\n  jwks: keys.json", "endpoints.several-keys"),
        ("public_key: shop.pem\n  algorithms: [HS256]", "endpoints.unknown-algorithm"),
        (f"jwt_secret: {SECRET}\n  algorithms: [none]", "endpoints.unknown-algorithm"),
        ("jwks: http://shop.example/keys", "endpoints.open-keys"),
        ("leeway: -1", "endpoints.wrong-type"),
        ("phone_key: x", "endpoints.weak-secret"),
        ("audience: shop", "endpoints.no-key"),
        ("issuer: shop", "endpoints.no-key"),
        ("algorithms: [HS256]", "endpoints.no-key"),
        ("jwks: ftp://shop.example/keys", "endpoints.bad-address"),
        ("jwks: 'https://[::1'", "endpoints.bad-address"),
        ("leeway: .nan", "endpoints.wrong-type"),
        ("phone_country: china", "endpoints.wrong-type"),
        ("slots: {shoe: size}", "endpoints.unknown-field"),
        ("slots: {user.name: size}", "endpoints.unknown-field"),
        ("slots: {attributes.customer_id: customer_id}", "endpoints.claim-as-proof"),
        ("slots: {phone: customer_phone}", "endpoints.claim-as-proof"),
        ("slots: {name: verified_phone}", "endpoints.claim-as-proof"),
        ("slots: {tags: verification}", "endpoints.claim-as-proof"),
        ("jwt_secrets: x", "endpoints.unknown-setting"),
    ],
)
def test_what_is_wrong_is_named(text, code):
    _, report = endpoints(f"customers:\n  {text}\n")
    assert [problem.code for problem in report.sorted()] == [code]


def test_what_is_proven_may_go_where_proof_is_wanted():
    read, report = endpoints(
        "customers:\n  slots:\n    user: customer_id\n    verified_phone: customer_phone\n"
    )
    assert not report.sorted()
    assert read.customers.slots == {"user": "customer_id", "verified_phone": "customer_phone"}


def test_the_secret_may_stand_in_a_file_that_the_shop_makes(tmp_path):
    (tmp_path / "shop.key").write_text(SECRET + "\n")
    text = f"customers:\n  jwt_secret: ${{S:-}}\n  jwt_secret_file: {tmp_path}/shop.key\n"
    read, report = endpoints(text)
    assert not report.sorted()
    assert read.customers.jwt_secret == SECRET
    given = SECRET[::-1]
    assert endpoints(text, S=given)[0].customers.jwt_secret == given


def test_without_that_file_nobody_signs_in_yet(tmp_path):
    read, report = endpoints(f"customers:\n  jwt_secret_file: {tmp_path}/none.key\n")
    assert not report.sorted()
    assert not read.customers.has_key


def test_a_file_that_is_no_text_is_told(tmp_path):
    (tmp_path / "shop.key").write_bytes(b"\xff\xfe\x00")
    _, report = endpoints(f"customers:\n  jwt_secret_file: {tmp_path}/shop.key\n")
    assert [problem.code for problem in report.sorted()] == ["endpoints.secret-file"]


def test_a_weak_secret_in_a_file_is_told(tmp_path):
    (tmp_path / "shop.key").write_text("short")
    _, report = endpoints(f"customers:\n  jwt_secret_file: {tmp_path}/shop.key\n")
    assert [problem.code for problem in report.sorted()] == ["endpoints.weak-secret"]
