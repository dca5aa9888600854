"""Who said what and who heard what: the count of a run."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

PREFIX = "heard "
KEYED = ("web", "wecom")
"""Channels that recognise a repeated delivery: by the place in the log, by ``msgid``."""


@dataclass
class Count:
    """What became of the messages."""

    customers: int = 0
    sent: int = 0
    sent_again: int = 0
    answered: int = 0
    apologies: int = 0
    """Turns that the bot answered with its apology, as while the action server hung."""
    lost: int = 0
    doubled: int = 0
    doubled_without_key: int = 0
    """On WeChat, whose API knows no idempotency key."""
    out_of_order: int = 0
    in_the_log_wrong: int = 0
    """Messages or answers that the log has not exactly once."""
    faults: Counter = field(default_factory=Counter)

    @property
    def is_clean(self):
        return self.lost == self.doubled == self.out_of_order == self.in_the_log_wrong == 0


class Ledger:
    """Takes note of everything said and heard, by customer."""

    def __init__(self):
        self.channel_of = {}
        self.told = defaultdict(list)
        """Customer -> what was sent, in order, acknowledged or not."""
        self.said = defaultdict(dict)
        """Customer -> what the channel acknowledged, in order."""
        self.heard = defaultdict(list)
        """Customer -> what was answered, in order of arrival; an apology is an answer."""
        self._asked = set()
        self.apologies = 0
        self.sent_again = 0
        self.repeated_frames = 0

    def tell(self, name, what, *, is_asked):
        """Note that a customer is about to send ``what``."""
        self.told[name].append(what)
        if is_asked:
            self._asked.add(what)

    def acknowledge(self, name, what):
        """Note that the channel has taken ``what``."""
        self.said[name][what] = True

    def hear(self, name, text):
        """Note what arrived. An apology answers the oldest question to the action server."""
        if text.startswith(PREFIX):
            self.heard[name].append(text.removeprefix(PREFIX))
            return
        told, said, heard = self.told[name], self.said[name], set(self.heard[name])
        is_open = (
            what
            for what in told
            if what in self._asked and what not in heard and (what in said or what == told[-1])
        )
        self.heard[name].append(next(is_open, "?"))
        self.apologies += 1

    def is_answered(self, name):
        """Whether nothing acknowledged waits for its answer."""
        return set(self.heard[name]).issuperset(self.said[name])

    def unanswered(self):
        """Return how many acknowledged messages wait for their answer."""
        return sum(len(set(said) - set(self.heard[name])) for name, said in self.said.items())

    def count(self):
        """Compare what was said with what was heard."""
        found = Count(
            customers=len(self.channel_of),
            sent_again=self.sent_again,
            apologies=self.apologies,
            doubled=self.repeated_frames,
        )
        for name, said in self.said.items():
            heard = self.heard[name]
            times = Counter(heard)
            found.sent += len(said)
            found.answered += sum(what in times for what in said)
            again = sum(number - 1 for number in times.values())
            if self.channel_of[name] in KEYED:
                found.doubled += again
            else:
                found.doubled_without_key += again
            first = list(dict.fromkeys(heard))
            found.out_of_order += first != [what for what in self.told[name] if what in times]
        found.lost = found.sent - found.answered
        return found
