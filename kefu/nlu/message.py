"""A message on its way through the pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kefu.core.messages import EntityData, IntentData, ParseData
from kefu.core.names import KNOWLEDGE_KEY
from kefu.nlu.segmentation import segment
from kefu.nlu.tokens import Token

if TYPE_CHECKING:
    from kefu.nlu.featurizers.space import Floats, Vector

__all__ = ["Message"]


@dataclass(slots=True, kw_only=True)
class Message:
    """What components read and complete, one after the other."""

    text: str
    metadata: Mapping[str, Any] = field(default_factory=dict)
    tokens: list[Token] | None = None
    """None until a tokenizer of the pipeline has run."""
    is_segmented: bool = True
    """False: the tokens leave text of unspaced scripts in one piece, as Rasa's do."""
    dense: list[Floats] = field(default_factory=list)
    """Features of models trained elsewhere, one array a featurizer, in the pipeline's order."""
    vector: Vector | None = None
    intent: IntentData | None = None
    intent_ranking: list[IntentData] | None = None
    """None unless a component that ranks has run."""
    in_scope: float | None = None
    """How likely the message means any intent that is known; None: nobody has judged that."""
    entities: list[EntityData] = field(default_factory=list)
    response_selector: dict[str, Any] | None = None
    sentiment: IntentData | None = None
    """None unless a component that tells sentiments has run."""
    sentiment_ranking: list[IntentData] = field(default_factory=list)
    knowledge: dict[str, Any] | None = None
    """The passages that answer it; None: it is not answered from articles."""
    extra: dict[str, Any] = field(default_factory=dict)
    """What components want to share beyond the usual; not part of the result."""

    def words(self) -> list[Token]:
        """Return the words that learners see."""
        if self.tokens is None or not (self.is_segmented or self.text.isascii()):
            return segment(self.text)
        return self.tokens

    def result(self) -> ParseData:
        """Return what was understood, in the shape that Rasa gives it."""
        intent = self.intent or {"name": None, "confidence": 0.0}
        data: ParseData = {"text": self.text, "intent": intent, "entities": self.entities}
        if self.tokens is not None:
            data["text_tokens"] = [[token.start, token.end] for token in self.tokens]
        if self.intent_ranking is not None:
            data["intent_ranking"] = self.intent_ranking
        if self.in_scope is not None:
            data["in_scope"] = self.in_scope
        if self.response_selector is not None:
            data["response_selector"] = self.response_selector
        if self.knowledge is not None:
            data[KNOWLEDGE_KEY] = self.knowledge
        if self.sentiment is not None:
            data["sentiment"] = self.sentiment
            data["sentiment_ranking"] = self.sentiment_ranking
        return data
