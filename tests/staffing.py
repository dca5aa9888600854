"""A staff for tests: the real one, with a clock that stands still and cheap passwords."""

from argon2 import PasswordHasher

from kefu.clock import ManualClock
from kefu.core.ids import new_id
from kefu.staff.accounts import Account
from kefu.staff.changes import AddAccount
from kefu.staff.passwords import Passwords
from kefu.staff.permissions import Role
from kefu.staff.signing_in import From
from kefu.staff.staff import Staff
from kefu.storage.memory.staff import MemoryStaff

PASSWORD = "correct horse 9 staple"
HERE = From("192.0.2.1", "Firefox")


class CountingHasher(PasswordHasher):
    """Notes what is verified."""

    def __init__(self, **parameters):
        super().__init__(**{"time_cost": 1, "memory_cost": 8, "parallelism": 1, **parameters})
        self.verified = []

    def verify(self, stored, password):
        self.verified.append(stored)
        return super().verify(stored, password)


def a_staff(store=None, **options):
    """Return a staff, its clock and its hasher."""
    clock, hasher = ManualClock(), CountingHasher()
    staff = Staff(store or MemoryStaff(), clock, passwords=Passwords(hasher), **options)
    return staff, clock, hasher


async def hired(staff, login="lin", role=Role.AGENT, **changes):
    """Return a new account whose password is :data:`PASSWORD`."""
    store = staff.audit
    account = Account(
        **{
            "account_id": new_id("a"),
            "staff_number": f"n-{login}",
            "login": login,
            "display_name": login.title(),
            "role": role,
            "password_hash": CountingHasher().hash(PASSWORD),
            "created_at": 1.0,
            "changed_at": 1.0,
            **changes,
        }
    )
    await store.apply([AddAccount(account)])
    return account
