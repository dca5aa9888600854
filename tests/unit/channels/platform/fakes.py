"""What processes share, in memory; every process of a test is given the same."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StateValue:
    value: str
    version: int


class SharedState:
    """A channel state that also counts, and can lose races on purpose."""

    def __init__(self):
        self.values = {}
        self.lost_races = 0
        self.changes = 0

    async def get(self, key):
        return self.values.get(key)

    async def put(self, key, value, *, expires_in=None):
        version = self.values[key].version if key in self.values else 0
        self.values[key] = StateValue(value, version + 1)

    async def change(self, key, value, *, expected_version, expires_in=None):
        self.changes += 1
        version = self.values[key].version if key in self.values else 0
        if self.lost_races > 0 and version == expected_version:
            self.lost_races -= 1
            return False
        if version != expected_version:
            return False
        self.values[key] = StateValue(value, version + 1)
        return True


@dataclass(frozen=True)
class Lease:
    name: str
    token: int


class SharedLeases:
    def __init__(self):
        self.holders = {}
        self.tokens = 0

    async def acquire(self, name, *, seconds):
        if name in self.holders:
            return None
        self.tokens += 1
        self.holders[name] = Lease(name, self.tokens)
        return self.holders[name]

    async def renew(self, lease, *, seconds):
        return self.holders.get(lease.name) == lease

    async def release(self, lease):
        if self.holders.get(lease.name) == lease:
            del self.holders[lease.name]
