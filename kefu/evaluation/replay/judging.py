"""Whether a new answer is better or worse than the recorded one, as far as the log can tell.

The rules, first to last; ``docs/howto/replay.md`` tells them to readers. *Proven* is what an agent
decided on this very answer, or what follows from the intent that a trainer gave the message;
everything else that is called better or worse is *likely*. What the log tells nothing about is
neither: a different answer that nobody has judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from kefu.evaluation.replay.answers import Answer
from kefu.evaluation.replay.evidence import BAD, GOOD, HINTS, Evidence, is_intent, says

__all__ = ["VERDICTS", "Judgement", "Source", "Strength", "Thresholds", "Verdict", "judge"]

Verdict = Literal["same", "better", "worse", "handed_over", "answers_now", "different"]
"""``handed_over``: an agent would get, or look at, what the bot answered; ``answers_now``: the bot
would answer what it handed over or did not understand; ``different``: another answer, and nothing
tells which one is right."""
VERDICTS: Final[tuple[Verdict, ...]] = (
    "worse", "better", "handed_over", "answers_now", "different", "same",
)  # fmt: skip
Strength = Literal["proven", "likely", ""]
Source = Literal["trainers", "agents", "customers", "change"]
"""Who says so; ``change``: nobody does, it is a change that is hardly meant."""
_HELD: Final = ("reviewed", "handed_over")
_SAYING: Final[Mapping[Source, str]] = {
    "trainers": "understood-as-corrected misunderstood-now still-misunderstood was-misunderstood",
    "agents": "says-the-correction sends-what-was-corrected hands-over-what-was-corrected"
    " sends-what-was-discarded hands-over-what-was-discarded sends-what-was-approved"
    " not-what-was-approved was-edited was-discarded was-approved was-taken_over",
    "customers": "as-settled was-repeated was-negative was-asked_human was-rated_low"
    " was-rated_high was-pleased",
}
_SOURCES: Final = {why: source for source, whys in _SAYING.items() for why in whys.split()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From which confidence on the bot answers, and an agent looks at the answer."""

    answer: float = 0.9
    review: float = 0.7

    def band(self, confidence: float) -> int:
        """Return 2 where the bot answers by itself, 1 where an agent looks first, else 0."""
        return (confidence >= self.answer) + (confidence >= self.review)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What is to be thought of a new answer."""

    verdict: Verdict
    strength: Strength = ""
    why: str = ""
    """Key of the rule that decided."""

    @property
    def source(self) -> Source:
        """Whose word, or behaviour, the rule is about."""
        return _SOURCES.get(self.why, "change")


def judge(  # noqa: PLR0911 - a list of rules, the first one that fits
    recorded: Answer, new: Answer, evidence: Evidence, limits: Thresholds
) -> Judgement:
    """Compare a new answer with the recorded one, by what happened after that one."""
    if new.mode == "failed":
        return Judgement(verdict="worse", strength="proven", why="fails")
    if _is_same(recorded, new):
        return Judgement(verdict="same", why=_of_same(new, evidence))
    decided = _by_agents(recorded, new, evidence) or _by_trainers(recorded, new, evidence)
    if decided is not None:
        return decided
    if recorded.mode == "handed_over":
        return _instead_of_handing_over(recorded, new)
    if recorded.mode == "fallback":
        return _instead_of_fallback(new, evidence, limits)
    if new.mode == "fallback":
        return _not_understood_now(recorded, evidence, limits)
    if new.mode in _HELD and recorded.mode not in _HELD:
        return _by_signs(recorded, new, evidence, ("handed_over", "handed-over"))
    return _instead_of_answer(recorded, new, evidence, limits)


def _is_same(recorded: Answer, new: Answer) -> bool:
    if recorded.mode == new.mode == "handed_over":
        return True
    if (recorded.mode, recorded.actions) != (new.mode, new.actions):
        return False
    return new.unknown != () or recorded.texts == new.texts


def _begins_like(held: Answer, new: Answer) -> bool:
    """Whether a new answer begins with what was held back; how that went on is not known."""
    return held.actions == new.actions[: len(held.actions)]


def _of_same(new: Answer, evidence: Evidence) -> str:
    if evidence.right and is_intent(new, evidence.right):
        evidence = replace(evidence, signs=tuple(s for s in evidence.signs if s != "misunderstood"))
    return "still-bad" if evidence.is_bad else "still-good" if evidence.is_good else ""


def _by_agents(recorded: Answer, new: Answer, evidence: Evidence) -> Judgement | None:
    """Judge by what an agent decided on the recorded draft."""
    does_the_same = _begins_like(recorded, new)
    sends_it = does_the_same and new.mode == "answered"
    if "edited" in evidence.signs:
        return _after_correction(new, evidence.correction, sends_it=sends_it)
    if "discarded" in evidence.signs and new.mode == "handed_over":
        return _proven("better", "hands-over-what-was-discarded")
    if "discarded" in evidence.signs and sends_it:
        return _proven("worse", "sends-what-was-discarded")
    if "approved" in evidence.signs:
        if sends_it:
            return _proven("better", "sends-what-was-approved")
        if not does_the_same or new.mode == "handed_over":
            return _proven("worse", "not-what-was-approved")
    return None


def _by_trainers(recorded: Answer, new: Answer, evidence: Evidence) -> Judgement | None:
    """Judge by the intent that a trainer gave the message."""
    right = evidence.right
    if not right:
        return None
    was_right, is_right = is_intent(recorded, right), is_intent(new, right)
    if is_right and not was_right and new.mode not in ("fallback", "silent"):
        return _proven("better", "understood-as-corrected")
    if was_right and not is_right:
        return _proven("worse", "misunderstood-now")
    if not is_right and new.mode in ("answered", "reviewed"):
        return Judgement(verdict="different", why="still-misunderstood")
    return None


def _after_correction(new: Answer, correction: str, *, sends_it: bool) -> Judgement | None:
    if says(new, correction):
        return _proven("better", "says-the-correction")
    if sends_it:
        return _proven("worse", "sends-what-was-corrected")
    if new.mode == "handed_over":
        return _likely("better", "hands-over-what-was-corrected")
    return None


def _instead_of_handing_over(recorded: Answer, new: Answer) -> Judgement:
    if recorded.reason in ("asked", "sensitive", "negative", "important"):
        return _likely("worse", f"no-person-though-{recorded.reason}")
    if new.mode in ("fallback", "silent"):
        return Judgement(verdict="different", why="no-person-no-answer")
    return Judgement(verdict="answers_now", why="instead-of-person")


def _instead_of_fallback(new: Answer, evidence: Evidence, limits: Thresholds) -> Judgement:
    if new.mode in _HELD:
        return Judgement(verdict="handed_over", why="instead-of-fallback")
    if evidence.settled_by and new.actions == evidence.settled_by:
        return _likely("better", "as-settled")
    if new.mode == "answered" and limits.band(new.confidence) == 2:
        return Judgement(verdict="answers_now", why="understood-now")
    return Judgement(verdict="different", why="after-fallback")


def _instead_of_answer(
    recorded: Answer, new: Answer, evidence: Evidence, limits: Thresholds
) -> Judgement:
    """Judge another answer, or other words, by how the customer went on."""
    if recorded.actions == new.actions and recorded.mode == new.mode:
        return Judgement(verdict="different", why="other-words")
    if recorded.mode == "reviewed" and _begins_like(recorded, new):
        return Judgement(verdict="answers_now", why="without-review")
    if evidence.settled_by and new.actions == evidence.settled_by:
        return _likely("better", "as-settled")
    if evidence.is_bad and limits.band(new.confidence) == 0:
        return Judgement(verdict="different", why="unsure")
    if new.mode == "silent":
        return _likely("worse", "silent")
    return _by_signs(recorded, new, evidence, ("different", "another-answer"))


def _not_understood_now(recorded: Answer, evidence: Evidence, limits: Thresholds) -> Judgement:
    """Judge that the bot says that it does not understand; no sign makes that better."""
    if evidence.is_good:
        return _likely("worse", f"was-{next(one for one in evidence.signs if one in GOOD)}")
    if not evidence.is_bad and limits.band(recorded.confidence) == 2:
        return _likely("worse", "not-understood-now")
    return Judgement(verdict="different", why="not-understood-now")


def _by_signs(
    recorded: Answer, new: Answer, evidence: Evidence, unknown: tuple[Verdict, str]
) -> Judgement:
    """Judge a change by the signs: away from what was bad is better, from what was good worse.

    What customers do is a sign of little: it counts only where the models agree with it, by which
    of them is the surer one. ``bench/replay_verdicts.py`` tells how much that is worth.
    """
    is_surer = new.confidence > recorded.confidence
    if evidence.is_bad:
        said = [sign for sign in evidence.signs if sign in BAD]
        sign = next((sign for sign in said if sign not in HINTS), said[0])
        if is_surer or sign not in HINTS:
            return _likely("better", f"was-{sign}")
    elif evidence.is_good:
        sign = next(sign for sign in evidence.signs if sign in GOOD)
        is_understood_alike = is_intent(new, recorded.intent)  # what is done about it has changed
        if is_understood_alike or not is_surer or sign not in HINTS:
            return _likely("worse", f"was-{sign}")
    return Judgement(verdict=unknown[0], why=unknown[1])


def _proven(verdict: Verdict, why: str) -> Judgement:
    return Judgement(verdict=verdict, strength="proven", why=why)


def _likely(verdict: Verdict, why: str) -> Judgement:
    return Judgement(verdict=verdict, strength="likely", why=why)
