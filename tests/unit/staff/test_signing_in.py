"""Signing in: back-off, the same answer for all that is wrong, logins that end."""

import asyncio
import logging
from dataclasses import replace

import pytest

from kefu.errors import StaffError, TooMany
from kefu.staff.attempts import address_key
from kefu.staff.changes import ChangeAccount
from kefu.staff.logins import Lifetimes
from kefu.staff.signing_in import From
from tests.staffing import HERE, PASSWORD, CountingHasher, a_staff, hired

WRONG = "wrong horse 9 staple"


async def refused(staff, login="lin", password=WRONG, whence=HERE):
    with pytest.raises((StaffError, TooMany)) as caught:
        await staff.signing_in.sign_in(login, password, whence)
    return caught.value


@pytest.fixture
async def office():
    staff, clock, hasher = a_staff()
    account = await hired(staff)
    return staff, clock, hasher, account


async def test_who_knows_the_password_is_in(office):
    staff, _, _, account = office
    who, token = await staff.signing_in.sign_in(" ＬＩＮ ", PASSWORD, HERE)
    assert who.account.account_id == account.account_id
    again = await staff.signing_in.who(token)
    assert again == who
    assert again.login.address == "192.0.2.1"
    assert token not in repr(who)
    assert await staff.signing_in.who(token + "x") is None
    assert await staff.signing_in.who("") is None
    assert await staff.signing_in.who("x" * 1000) is None


async def test_whatever_is_wrong_the_answer_and_the_work_are_the_same(office):
    staff, _, hasher, _ = office
    await hired(staff, "shut", is_active=False)
    await hired(staff, "invited", password_hash=None)
    answers = []
    for login in ("lin", "nobody", "shut", "invited", "not a login!"):
        hasher.verified.clear()
        error = await refused(staff, login, WRONG)
        answers.append((str(error), error.problem, error.status, len(hasher.verified)))
    assert set(answers) == {("login or password is not right", "login-failed", 401, 1)}
    assert (await refused(staff, "shut", PASSWORD)).problem == "login-failed"


@pytest.mark.parametrize("login", ["lin", "nobody"])
async def test_a_login_is_locked_with_growing_pauses_whether_it_exists_or_not(office, login):
    staff, clock, hasher, _ = office
    for number in range(5):
        await refused(staff, login, whence=From(f"192.0.2.{number}"))
    hasher.verified.clear()
    locked = await refused(staff, login, PASSWORD, From("198.51.100.1"))
    assert isinstance(locked, TooMany)
    assert (locked.retry_after, hasher.verified) == (30.0, [])
    counters = staff.signing_in.counters
    assert (counters.sign_ins_failed, counters.sign_ins_refused) == (5, 1)
    clock.advance(30)
    assert (await refused(staff, login)).problem == "login-failed"
    assert (await refused(staff, login)).retry_after == 60.0
    for pause in (60, 120, 240, 480, 900, 900):
        clock.advance(pause)
        assert (await refused(staff, login)).problem == "login-failed"
    assert (await refused(staff, login)).retry_after == 900.0


async def test_a_lock_ends_and_a_right_password_forgets_the_failures(office):
    staff, clock, _, _ = office
    for _ in range(5):
        await refused(staff)
    clock.advance(30)
    await staff.signing_in.sign_in("lin", PASSWORD, HERE)
    for _ in range(5):
        assert (await refused(staff)).problem == "login-failed"


async def test_whoever_guesses_elsewhere_does_not_keep_an_agent_out_at_their_desk(office):
    staff, clock, _, _ = office
    await staff.signing_in.sign_in("lin", PASSWORD, HERE)
    elsewhere = From("198.51.100.1")
    for _ in range(5):
        await refused(staff, whence=elsewhere)
    assert isinstance(await refused(staff, password=PASSWORD, whence=elsewhere), TooMany)
    await staff.signing_in.sign_in("lin", PASSWORD, HERE)
    clock.advance(12 * 3600 + 86_000)
    for _ in range(5):
        await refused(staff, whence=elsewhere)
    await staff.signing_in.sign_in("lin", PASSWORD, HERE)
    clock.advance(12 * 3600 + 86_400)
    for _ in range(5):
        await refused(staff, whence=elsewhere)
    assert isinstance(await refused(staff, password=PASSWORD), TooMany)


async def test_a_known_address_has_no_more_guesses_than_others(office):
    staff, _, _, _ = office
    await staff.signing_in.sign_in("lin", PASSWORD, HERE)
    for _ in range(5):
        assert (await refused(staff)).problem == "login-failed"
    assert isinstance(await refused(staff, password=PASSWORD), TooMany)


async def test_the_store_is_asked_the_same_for_logins_that_do_not_exist(office):
    staff, _, _, _ = office
    asked, store = [], staff.audit

    def noting(name):
        do = getattr(store, name)

        async def noted(*args, **named):
            asked.append(name)
            return await do(*args, **named)

        setattr(store, name, noted)

    for name in ("by_login", "logins", "count"):
        noting(name)
    for login in ("lin", "nobody"):
        await refused(staff, login)
    assert asked == ["by_login", "logins", "count"] * 2


async def test_one_password_sprayed_over_many_logins_locks_the_address(office):
    staff, clock, _, _ = office
    for number in range(30):
        assert (await refused(staff, f"user{number}")).problem == "login-failed"
    assert isinstance(await refused(staff, "user30"), TooMany)
    assert isinstance(await refused(staff, "lin", PASSWORD), TooMany)
    await staff.signing_in.sign_in("lin", PASSWORD, From("198.51.100.7"))
    clock.advance(31)
    assert (await refused(staff, "user31")).problem == "login-failed"


async def test_signing_in_oneself_does_not_buy_more_guesses(office):
    staff, _, _, _ = office
    for number in range(30):
        assert (await refused(staff, f"user{number}")).problem == "login-failed"
        if number < 29:
            await staff.signing_in.sign_in("lin", PASSWORD, HERE)
    assert isinstance(await refused(staff, "other"), TooMany)
    assert isinstance(await refused(staff, "lin", PASSWORD), TooMany)


async def test_a_hundred_guesses_at_one_instant_are_five(office):
    staff, _, hasher, _ = office
    guesses = [refused(staff, "lin", f"{WRONG}{n}", From(f"10.0.0.{n}")) for n in range(30)]
    answers = await asyncio.gather(*guesses)
    assert sum(isinstance(answer, TooMany) for answer in answers) == 25
    assert len(hasher.verified) == 5


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.1", "address:192.0.2.1"),
        ("::ffff:192.0.2.1", "address:192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "address:2001:db8:1:2::/64"),
        ("fe80::1%eth0", "address:fe80::/64"),
        ("unknown", "address:unknown"),
    ],
)
def test_an_address_of_ipv6_is_counted_as_its_network(address, key):
    assert address_key(address) == key


async def test_signing_in_gives_a_new_token_and_ends_the_one_before(office):
    staff, _, _, _ = office
    _, first = await staff.signing_in.sign_in("lin", PASSWORD, HERE)
    who, second = await staff.signing_in.sign_in("lin", PASSWORD, HERE, instead_of=first)
    assert first != second
    assert await staff.signing_in.who(first) is None
    assert await staff.signing_in.who(second) == who


async def test_a_login_slides_and_ends(office):
    staff, clock, _ = a_staff(lifetimes=Lifetimes(idle=1000.0, longest=2500.0))
    await hired(staff)
    _, token = await staff.signing_in.sign_in("lin", PASSWORD, HERE)
    clock.advance(50)
    assert (await staff.signing_in.who(token)).login.expires_at == clock.now() + 950
    clock.advance(900)
    assert (await staff.signing_in.who(token)).login.expires_at == clock.now() + 1000
    clock.advance(900)
    assert (await staff.signing_in.who(token)).login.expires_at == clock.now() + 650
    clock.advance(650)
    assert await staff.signing_in.who(token) is None


async def test_who_is_disabled_while_the_password_is_looked_at_is_not_in(office):
    staff, _, _, account = office
    store = staff.audit

    class Shutting(CountingHasher):
        def verify(self, stored, password):
            change = ChangeAccount(replace(account, is_active=False))
            asyncio.run_coroutine_threadsafe(store.apply([change]), loop).result()
            return super().verify(stored, password)

    loop = asyncio.get_running_loop()
    staff.signing_in._passwords._hasher = Shutting()
    assert (await refused(staff, "lin", PASSWORD)).problem == "login-failed"
    assert await staff.signing_in.logins(account.account_id) == []


async def test_a_hash_of_older_parameters_is_renewed(office):
    staff, _, _, account = office
    staff.signing_in._passwords._hasher = CountingHasher(time_cost=2)
    await staff.signing_in.sign_in("lin", PASSWORD, HERE)
    renewed = (await staff.audit.account(account.account_id)).password_hash
    assert renewed != account.password_hash
    assert "t=2" in renewed
    await staff.signing_in.sign_in("lin", PASSWORD, HERE)
    assert (await staff.audit.account(account.account_id)).password_hash == renewed


async def test_a_new_password_ends_all_logins_and_begins_another(office):
    staff, _, _, _ = office
    tokens = [(await staff.signing_in.sign_in("lin", PASSWORD, HERE))[1] for _ in range(3)]
    who = await staff.signing_in.who(tokens[0])
    fresh = "another horse 7 staple"
    changed, token = await staff.signing_in.change_password(who, PASSWORD, fresh, HERE)
    assert [await staff.signing_in.who(old) for old in tokens] == [None] * 3
    assert await staff.signing_in.who(token) == changed
    assert (await refused(staff, "lin", PASSWORD)).problem == "login-failed"
    await staff.signing_in.sign_in("lin", fresh, HERE)


async def test_a_stolen_login_cannot_guess_the_password(office):
    staff, _, _, _ = office
    who, _ = await staff.signing_in.sign_in("lin", PASSWORD, HERE)
    for _ in range(5):
        with pytest.raises(StaffError) as caught:
            await staff.signing_in.change_password(who, WRONG, "another horse 7 staple", HERE)
        assert (caught.value.problem, caught.value.status) == ("wrong-password", 403)
    with pytest.raises(TooMany):
        await staff.signing_in.change_password(who, PASSWORD, "another horse 7 staple", HERE)


async def test_a_weak_new_password_is_refused_before_anything_is_counted(office):
    staff, _, hasher, _ = office
    who, _ = await staff.signing_in.sign_in("lin", PASSWORD, HERE)
    hasher.verified.clear()
    with pytest.raises(StaffError, match="too short"):
        await staff.signing_in.change_password(who, PASSWORD, "short", HERE)
    assert hasher.verified == []


async def test_ones_own_logins_are_revoked_and_nobody_elses(office):
    staff, _, _, account = office
    other = await hired(staff, "wu")
    who, token = await staff.signing_in.sign_in("lin", PASSWORD, HERE)
    with pytest.raises(StaffError, match="no such login"):
        await staff.signing_in.end_login(other, who.login.login_id, HERE)
    await staff.signing_in.end_login(account, who.login.login_id, HERE)
    assert await staff.signing_in.who(token) is None


async def test_an_account_has_fifty_browsers_at_most(office):
    staff, clock, _, account = office
    tokens = []
    for _ in range(52):
        tokens.append((await staff.signing_in.sign_in("lin", PASSWORD, HERE))[1])
        clock.advance(1)
    assert len(await staff.signing_in.logins(account.account_id)) == 50
    assert [await staff.signing_in.who(token) for token in tokens[:2]] == [None, None]
    assert await staff.signing_in.who(tokens[2])


async def test_settings_are_kept_and_limited(office):
    staff, _, _, account = office
    await staff.signing_in.set_settings(account, {"theme": "dark"})
    assert (await staff.audit.account(account.account_id)).settings == {"theme": "dark"}
    with pytest.raises(StaffError, match="at most") as caught:
        await staff.signing_in.set_settings(account, {"x": "y" * 20_000})
    assert caught.value.status == 413


async def test_secrets_are_never_logged(office, caplog):
    staff, _, _, _ = office
    with caplog.at_level(logging.DEBUG):
        _, token = await staff.signing_in.sign_in("lin", PASSWORD, HERE)
        for _ in range(7):
            await refused(staff, "lin", "my-Secret-guess-77")
    said = caplog.text + str([record.__dict__ for record in caplog.records])
    assert "refused" in said
    for secret in (token, PASSWORD, "my-Secret-guess-77", "$argon2"):
        assert secret not in said
