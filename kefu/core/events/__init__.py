"""The events a conversation is made of: a closed union of immutable facts.

Names and meaning are Rasa's, so that logs, custom actions and tools can be shared; the JSON
form lives in :mod:`kefu.core.codec` alone. Events compare by content, not by time or metadata.
"""

from kefu.core.events.bot import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    BotUttered,
    FollowupAction,
)
from kefu.core.events.customer import (
    EntitiesAdded,
    UserFeaturization,
    UserUtteranceReverted,
    UserUttered,
)
from kefu.core.events.flow import (
    ActiveLoop,
    AgentUttered,
    ConversationPaused,
    ConversationResumed,
    LoopInterrupted,
    ReminderCancelled,
    ReminderScheduled,
    Restarted,
    SessionStarted,
    StoryExported,
)
from kefu.core.events.memory import AllSlotsReset, SlotSet

__all__ = [
    "ActionExecuted",
    "ActionExecutionRejected",
    "ActionReverted",
    "ActiveLoop",
    "AgentUttered",
    "AllSlotsReset",
    "BotUttered",
    "ConversationPaused",
    "ConversationResumed",
    "EntitiesAdded",
    "Event",
    "FollowupAction",
    "LoopInterrupted",
    "ReminderCancelled",
    "ReminderScheduled",
    "Restarted",
    "SessionStarted",
    "SlotSet",
    "StoryExported",
    "UserFeaturization",
    "UserUtteranceReverted",
    "UserUttered",
]

Event = (
    ActionExecuted
    | ActionExecutionRejected
    | ActionReverted
    | ActiveLoop
    | AgentUttered
    | AllSlotsReset
    | BotUttered
    | ConversationPaused
    | ConversationResumed
    | EntitiesAdded
    | FollowupAction
    | LoopInterrupted
    | ReminderCancelled
    | ReminderScheduled
    | Restarted
    | SessionStarted
    | SlotSet
    | StoryExported
    | UserFeaturization
    | UserUtteranceReverted
    | UserUttered
)
"""Any event; match on it exhaustively."""
