"""Names of new models: the time, and two words that people can tell apart and say aloud."""

from __future__ import annotations

from datetime import UTC, datetime

from kefu.clock import Clock
from kefu.model.location import SUFFIX

__all__ = ["model_file_name"]

_ADJECTIVES = """
amber ample azure bold brave breezy bright brisk calm candid clear clever cosy crisp deft eager
early easy fair fleet fond fresh gentle glad golden grand happy hardy honest humble jolly keen kind
light lively lucid mellow merry mild neat noble open patient plain polite proud quick quiet rapid
ready rosy rustic serene sharp silver smart snug solid spry steady sunny swift tidy vivid warm wise
"""
_NOUNS = """
acorn anchor aspen badger bamboo beacon birch breeze bridge brook canyon cedar clover comet compass
coral crane creek delta dune ember falcon fern finch fjord forest garden ginkgo harbour heron island
jasmine juniper kestrel lagoon lantern lark lotus lychee magnolia maple meadow mesa nectar oasis
orchid osprey otter panda pebble pine plum pond prairie quartz reef river robin sparrow spruce
"""


def model_file_name(
    fingerprint: str, clock: Clock, *, kind: str = "both", fixed: str | None = None
) -> str:
    """Return the file name of a new model.

    Args:
        fingerprint: Chooses the words, so that equal models are called alike.
        clock: Tells the time for the first part of the name.
        kind: ``nlu`` and ``core`` models have that in front, as Rasa's.
        fixed: The name itself, when somebody has chosen it.
    """
    if fixed:
        return fixed if fixed.endswith(SUFFIX) else f"{fixed}{SUFFIX}"
    moment = datetime.fromtimestamp(clock.now(), tz=UTC).astimezone()
    number = int(fingerprint[:12], 16)
    adjectives, nouns = _ADJECTIVES.split(), _NOUNS.split()
    adjective = adjectives[number % len(adjectives)]
    noun = nouns[number // len(adjectives) % len(nouns)]
    prefix = "" if kind == "both" else f"{kind}-"
    return f"{prefix}{moment:%Y%m%d-%H%M%S}-{adjective}-{noun}{SUFFIX}"
