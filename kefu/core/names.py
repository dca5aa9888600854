"""Names that Rasa projects and logs use with a fixed meaning."""

from __future__ import annotations

from typing import Final

ACTION_LISTEN: Final = "action_listen"
ACTION_RESTART: Final = "action_restart"
ACTION_SESSION_START: Final = "action_session_start"
ACTION_DEFAULT_FALLBACK: Final = "action_default_fallback"
ACTION_DEACTIVATE_LOOP: Final = "action_deactivate_loop"
ACTION_REVERT_FALLBACK_EVENTS: Final = "action_revert_fallback_events"
ACTION_DEFAULT_ASK_AFFIRMATION: Final = "action_default_ask_affirmation"
ACTION_DEFAULT_ASK_REPHRASE: Final = "action_default_ask_rephrase"
ACTION_TWO_STAGE_FALLBACK: Final = "action_two_stage_fallback"
ACTION_UNLIKELY_INTENT: Final = "action_unlikely_intent"
ACTION_BACK: Final = "action_back"
ACTION_RULE_SNIPPET: Final = "..."
ACTION_EXTRACT_SLOTS: Final = "action_extract_slots"
ACTION_VALIDATE_SLOT_MAPPINGS: Final = "action_validate_slot_mappings"
ACTION_QUERY_KNOWLEDGE_BASE: Final = "action_query_knowledge_base"
ACTION_HANDOFF: Final = "action_handoff"
ACTION_REVIEW: Final = "action_review"
ACTION_ANSWER_FROM_KNOWLEDGE: Final = "action_answer_from_knowledge"
ACTION_VERIFY_CUSTOMER: Final = "action_verify_customer"

DEFAULT_ACTIONS: Final = (
    ACTION_LISTEN,
    ACTION_RESTART,
    ACTION_SESSION_START,
    ACTION_DEFAULT_FALLBACK,
    ACTION_DEACTIVATE_LOOP,
    ACTION_REVERT_FALLBACK_EVENTS,
    ACTION_DEFAULT_ASK_AFFIRMATION,
    ACTION_DEFAULT_ASK_REPHRASE,
    ACTION_TWO_STAGE_FALLBACK,
    ACTION_UNLIKELY_INTENT,
    ACTION_BACK,
    ACTION_RULE_SNIPPET,
    ACTION_EXTRACT_SLOTS,
)
"""Actions every bot has, in the order that Rasa gives them."""

KEFU_ACTIONS: Final = (
    ACTION_HANDOFF,
    ACTION_REVIEW,
    ACTION_ANSWER_FROM_KNOWLEDGE,
    ACTION_VERIFY_CUSTOMER,
)
"""Actions that every bot has besides Rasa's. They stand in no list of a domain's actions, so that
nothing that is counted or shown by such a list differs from Rasa."""

KEFU_LOOPS: Final = (ACTION_VERIFY_CUSTOMER,)
"""Those of them that keep the conversation until they are done, as forms do."""

INTENT_RESTART: Final = "restart"
INTENT_BACK: Final = "back"
INTENT_OUT_OF_SCOPE: Final = "out_of_scope"
INTENT_SESSION_START: Final = "session_start"
INTENT_NLU_FALLBACK: Final = "nlu_fallback"
INTENT_KNOWLEDGE: Final = "knowledge"
"""What KnowledgeSelector calls a message that a passage of an article answers."""
DEFAULT_INTENTS: Final = (
    INTENT_RESTART,
    INTENT_BACK,
    INTENT_OUT_OF_SCOPE,
    INTENT_SESSION_START,
    INTENT_NLU_FALLBACK,
)

REQUESTED_SLOT: Final = "requested_slot"
SESSION_STARTED_METADATA_SLOT: Final = "session_started_metadata"
KNOWLEDGE_BASE_SLOTS: Final = (
    "knowledge_base_listed_objects",
    "knowledge_base_last_object",
    "knowledge_base_last_object_type",
)
OTHER_CATEGORY: Final = "__other__"
"""Category of a categorical slot's values that the domain does not list."""

SHOULD_NOT_BE_SET: Final = "should_not_be_set"
"""Stands in rules for a slot or loop that must be empty."""

VIEWED_KEY: Final = "viewed"
"""In a message's metadata: addresses of pages that the customer has seen, the newest first; of
those who agreed to visits being kept."""
ATTACHMENT_URL_KEY: Final = "attachment_url"
"""In a message's metadata: where the file that came with it can be had, signed and for a time."""
LEFT_MESSAGE_KEY: Final = "leave_message"
"""Metadata of a message that a person answers later; holds ``name`` and ``contact``."""

HANDOFF_KEY: Final = "handoff"
"""Metadata of the pause that hands a conversation to a person: why, and what was said of it."""
HANDOFF_RESPONSES: Final = (
    "utter_handoff",
    "utter_handoff_waiting",
    "utter_handoff_closed",
    "utter_handoff_nobody",
)
"""What ``action_handoff`` says, where the domain has it."""
HANDOFF_VARIABLES: Final = ("position", "waiting", "wait", "hours")
"""Variables of these responses besides the slots."""
REVIEW_KEY: Final = "review"
"""Metadata of events that an answer waits for an agent, or that one was decided on."""
HANDOFF_REASON_SLOT: Final = "handoff_reason"
"""Slot, if the domain has it, in which a handoff records why, in words."""
CUSTOMER_NAME_SLOT: Final = "customer_name"
"""Slot, if the domain has it, with the customer's name; a handoff repeats it for the queue."""

TIMING_KEY: Final = "timing"
"""In what was understood of a message: how long that took, where somebody wanted to know."""
KNOWLEDGE_KEY: Final = "knowledge"
"""In what was understood of a message: the passages found for it, and the answer. In the metadata
of what the bot says: where it comes from."""
KNOWLEDGE_RESPONSE: Final = "utter_knowledge"
"""How an answer from an article is said, where the domain has it."""
KNOWLEDGE_VARIABLES: Final = ("answer", "title", "heading")
"""Variables of this response besides the slots."""
CUSTOMER_ID_SLOT: Final = "customer_id"
CUSTOMER_PHONE_SLOT: Final = "customer_phone"
PHONE_SLOT: Final = "phone"
"""Where ``action_verify_customer`` finds out whom it verifies: who the shop says they are, their
phone as the shop knows it, and the phone that whoever is not signed in gives."""
VERIFICATION_SLOT: Final = "verification"
VERIFIED_PHONE_SLOT: Final = "verified_phone"
VERIFIED_UNTIL_SLOT: Final = "verified_until"
CODE_PHONE_SLOT: Final = "code_phone"
"""What ``action_verify_customer`` sets: ``passed`` or ``failed``, for which phone, until when, and
where the last code went."""
VERIFICATION_SLOTS: Final = (
    VERIFICATION_SLOT,
    VERIFIED_PHONE_SLOT,
    VERIFIED_UNTIL_SLOT,
    CODE_PHONE_SLOT,
)
"""Without these it cannot work."""
VERIFICATION_RESPONSES: Final = (
    "utter_ask_verification_phone",
    "utter_verification_wrong_phone",
    "utter_verification_no_phone",
    "utter_verification_unavailable",
    "utter_code_sent",
    "utter_ask_verification_code",
    "utter_code_wrong",
    "utter_code_expired",
    "utter_code_too_soon",
    "utter_code_too_often",
    "utter_code_used_up",
)
"""What it says, where the domain has it."""
VERIFICATION_VARIABLES: Final = ("masked_phone", "minutes", "tries", "wait")
"""Variables of these responses besides the slots."""

EXTERNAL_MESSAGE_PREFIX: Final = "EXTERNAL: "
ENTITY_LABEL_SEPARATOR: Final = "#"
RETRIEVAL_DELIMITER: Final = "/"
UTTER_PREFIX: Final = "utter_"
