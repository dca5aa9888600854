"""Conversations in memory that are as new as the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from kefu.core.domain import Domain
from kefu.gateway.counters import Counters
from kefu.gateway.live import Live, LiveConversations
from kefu.gateway.ports import Stores
from kefu.gateway.records import Commit, Committed, Head, LogEntry, StoredConversation
from kefu.gateway.turn_leases import TurnLeases

__all__ = ["Loading"]

_LONGEST_TAIL = 200
"""Entries above which a conversation is loaded anew rather than continued."""


@dataclass(slots=True)
class _Unshared:
    """What the cache lacks of a conversation whose lease this process has."""

    before: Head
    """Where the conversation stood before :attr:`entries`."""
    head: Head
    whole: StoredConversation | None = None
    """What was read from the store, before :attr:`entries`."""
    entries: list[LogEntry] = field(default_factory=list)
    begins_anew: bool = False

    def add(self, head: Head, entries: Sequence[LogEntry]) -> None:
        """Add a commit."""
        self.head = head
        self.entries.extend(entries)


class Loading:
    """Finds conversations: in memory, in the cache the processes share, in the store.

    One process alone may trust its memory. Where there are others, it may as long as it has had
    the conversation's lease without a gap; otherwise what came since is looked for. The cache gets
    what another process is likely to look for, when the lease is given back.
    """

    def __init__(
        self,
        stores: Stores,
        conversations: LiveConversations,
        counters: Counters,
        *,
        leases: TurnLeases | None = None,
    ) -> None:
        """Put it together; without ``leases`` this process is alone."""
        self._stores = stores
        self._conversations = conversations
        self._counters = counters
        self._leases = leases
        self._cache = stores.shared.cache if stores.shared else None
        self._unshared: dict[str, _Unshared] = {}
        if leases is not None:
            leases.before_giving_back = self._hand_over

    async def live(
        self, conversation_id: str, domain: Domain, *, is_new: bool = False, version: int = 0
    ) -> Live:
        """Return the conversation as of its last commit.

        Args:
            conversation_id: Which one.
            domain: What its events are understood by.
            is_new: The caller knows that only its first message was stored when that came.
            version: The lowest version it can have.
        """
        live = self._conversations.get(conversation_id, domain)
        if live is not None and await self._is_current(live, version):
            return live
        if is_new and live is None and await self._is_empty(conversation_id):
            return self._begun(conversation_id, domain)
        if live is not None and await self._has_caught_up(live, version):
            return live
        return await self._loaded(conversation_id, domain, version)

    def peek(self, conversation_id: str, domain: Domain) -> Live | None:
        """Return the conversation if it is in memory, whether or not it is the latest."""
        return self._conversations.get(conversation_id, domain)

    def put(self, conversation_id: str, live: Live) -> None:
        """Keep a conversation after a commit."""
        lease = self._leases.held(conversation_id) if self._leases else None
        live.token = lease.token if lease else 0
        self._conversations.put(conversation_id, live)

    def drop(self, conversation_id: str) -> None:
        """Look for the conversation elsewhere next time."""
        self._conversations.drop(conversation_id)

    def share(self, commit: Commit, committed: Committed, before: Head, head: Head) -> None:
        """Let the next turn see a commit, should it be taken elsewhere."""
        conversation_id = commit.conversation_id
        if self._cache is None or self._leases is None:
            return
        if self._leases.held(conversation_id) is None:
            return
        unshared = self._unshared.get(conversation_id)
        begins_anew = commit.snapshot is not None
        is_too_much = unshared is not None and len(unshared.entries) > _LONGEST_TAIL
        if unshared is None or begins_anew or is_too_much:
            unshared = self._unshared[conversation_id] = _Unshared(
                before, head, begins_anew=begins_anew
            )
        unshared.add(
            head,
            [
                LogEntry(seq=seq, kind=entry.kind, timestamp=entry.timestamp, body=entry.body)
                for seq, entry in enumerate(commit.entries, start=committed.first_seq)
            ],
        )

    def _hand_over(self, conversation_id: str, *, is_followed: bool) -> None:
        """Give the cache what it lacks if another process is likely to go on."""
        unshared = self._unshared.pop(conversation_id, None)
        if unshared is None or self._cache is None or not is_followed:
            return
        if unshared.whole is not None:
            self._cache.put(conversation_id, unshared.whole)
        if unshared.entries:
            self._cache.append(
                conversation_id,
                unshared.head,
                unshared.entries,
                before=unshared.before,
                begins_anew=unshared.begins_anew,
            )

    async def _is_current(self, live: Live, version: int) -> bool:
        """Whether nothing was committed since ``live`` was."""
        if live.head.version < version:
            return False
        if self._leases is None:
            return True
        conversation_id = live.tracker.conversation_id
        lease = self._leases.held(conversation_id)
        if lease is not None and live.token and live.token in {lease.token, lease.previous}:
            live.token = lease.token
            return True
        head = await self._stores.conversations.head(conversation_id)
        is_same = head is not None and head.version == live.head.version
        if is_same and lease is not None:
            live.token = lease.token
        return is_same

    def _begun(self, conversation_id: str, domain: Domain) -> Live:
        live = Live.new(conversation_id, domain)
        if self._leases is not None:
            self.put(conversation_id, live)
        return live

    async def _is_empty(self, conversation_id: str) -> bool:
        """Whether nothing was committed to a conversation that was new a moment ago."""
        if self._leases is None:
            return True
        head = await self._stores.conversations.head(conversation_id)
        return head is None or head.version == 0

    async def _has_caught_up(self, live: Live, version: int) -> bool:
        """Add to ``live`` what others committed meanwhile; False if it has to be loaded."""
        if self._leases is None:
            return False
        conversation_id, after = live.tracker.conversation_id, live.head.last_seq
        lease = self._leases.held(conversation_id)
        tail = await self._tail(conversation_id, after, version)
        is_kept = self._conversations.get(conversation_id, live.tracker.domain) is live
        if tail is None or not is_kept or live.head.last_seq != after:
            return False
        live.head = tail.head
        live.replay(tail)
        live.token = lease.token if lease is not None else 0
        self._conversations.put(conversation_id, live)
        self._counters.continued += 1
        return True

    async def _tail(
        self, conversation_id: str, after: int, version: int
    ) -> StoredConversation | None:
        found = await self._cached(conversation_id, version, after=after)
        if found is not None:
            return found
        head = await self._stores.conversations.head(conversation_id)
        if head is None or head.last_seq - after > _LONGEST_TAIL:
            return None
        entries = await self._stores.log.history(
            conversation_id, after=after, limit=_LONGEST_TAIL + 1
        )
        committed = tuple(entry for entry in entries if entry.seq <= head.last_seq)
        return StoredConversation(head=head, snapshot=None, entries=committed)

    async def _loaded(self, conversation_id: str, domain: Domain, version: int) -> Live:
        lease = self._leases.held(conversation_id) if self._leases else None
        stored = await self._cached(conversation_id, version)
        if stored is None:
            self._counters.loads += 1
            stored = await self._stores.log.load(conversation_id)
            if stored is None:
                return Live.new(conversation_id, domain)
            if self._cache is not None and lease is not None:
                self._unshared[conversation_id] = _Unshared(stored.head, stored.head, whole=stored)
        live = Live.restored(conversation_id, domain, stored)
        live.token = lease.token if lease is not None else 0
        self._conversations.put(conversation_id, live)
        return live

    async def _cached(
        self, conversation_id: str, version: int, *, after: int | None = None
    ) -> StoredConversation | None:
        """Return what the cache has, if it is as new as the log."""
        lease = self._leases.held(conversation_id) if self._leases else None
        if self._cache is None or lease is None or lease.previous == 0:
            return None  # whoever wrote to it last may have died before
        if not version:
            head = await self._stores.conversations.head(conversation_id)
            version = 0 if head is None else head.version
        found = await self._cache.get(conversation_id, after=after)
        return found if found is not None and found.head.version >= version else None
