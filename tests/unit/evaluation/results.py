"""Short ways to write results that tests need."""

from kefu.evaluation.understanding import LabelResult
from kefu.nlu.explanation import Contribution


def result(target, prediction, confidence=0.9, text="", grams=(), **more):
    """Build a result; ``grams`` are (feature, weight) pairs of characters."""
    reasons = tuple(Contribution("characters", feature, weight) for feature, weight in grams)
    return LabelResult(
        text=text or f"{target} as {prediction}",
        target=target,
        prediction=prediction,
        confidence=confidence,
        reasons=reasons,
        **more,
    )


def ranked(target, text="", **chances):
    """Build a result from the confidence in each label."""
    ranking = tuple(sorted(chances.items(), key=lambda item: -item[1]))
    (label, confidence), *_ = ranking
    return result(target, label, confidence, text, ranking=ranking)
