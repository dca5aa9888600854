"""What ``action_verify_customer`` says where the domain has no response for it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

__all__ = ["built_in_text", "wait_in_words"]

_TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "zh": {
        "utter_ask_verification_phone": "为了账户安全，要先验证一下手机号。请把手机号发给我。",
        "utter_verification_wrong_phone": "这个手机号好像不对，请再发一次完整的 11 位手机号。",
        "utter_verification_no_phone": "您的账号没有可以验证的手机号，这里没法发验证码。",
        "utter_verification_unavailable": "现在发不了短信验证码。",
        "utter_code_sent": "验证码已发到 {masked_phone}，{minutes} 分钟内有效，"
        "请把收到的 6 位数字发给我。",
        "utter_ask_verification_code": "接着验证：请把短信里的 6 位验证码发给我，"
        "没收到可以说“再发一次”。",
        "utter_code_wrong": "验证码不对，请再核对一下，还可以试 {tries} 次。",
        "utter_code_expired": "这个验证码已经过期了。",
        "utter_code_too_soon": "验证码刚发过，{wait}后才能再发。收到的话直接把 6 位数字发给我。",
        "utter_code_too_often": "这个号码要的验证码太多了，请{wait}后再试。",
        "utter_code_used_up": "这个验证码已经不能用了。",
        "seconds": "{count} 秒",
        "minutes": "约 {count} 分钟",
        "hours": "约 {count} 小时",
    },
    "en": {
        "utter_ask_verification_phone": "To keep your account safe I have to verify your phone "
        "first. What is your phone number?",
        "utter_verification_wrong_phone": "That does not look like a mobile number. "
        "Please send me the whole number.",
        "utter_verification_no_phone": "There is no phone on your account that a code could be "
        "sent to.",
        "utter_verification_unavailable": "I cannot send a verification code at the moment.",
        "utter_code_sent": "I have sent a code to {masked_phone}; it is valid for {minutes} min. "
        "Please send me its 6 digits.",
        "utter_ask_verification_code": "Back to the verification: please send me the 6 digits of "
        "the code, or ask for another one.",
        "utter_code_wrong": "That is not the code. You can try {tries} more times.",
        "utter_code_expired": "That code has expired.",
        "utter_code_too_soon": "I have just sent a code; I can send another one in {wait}. "
        "If you have it, send me its 6 digits.",
        "utter_code_too_often": "Too many codes were asked for. Please try again in {wait}.",
        "utter_code_used_up": "That code cannot be used any more.",
        "seconds": "{count} s",
        "minutes": "about {count} min",
        "hours": "about {count} h",
    },
}
"""By language: response -> text, and units of time."""


def built_in_text(name: str, values: Mapping[str, str], language: str) -> str:
    """Return what is said in the place of response ``name``."""
    return _words(language)[name].format(**values)


def wait_in_words(seconds: float, language: str) -> str:
    """Return a time to wait, rounded up."""
    words = _words(language)
    if seconds < 90:
        return words["seconds"].format(count=max(1, math.ceil(seconds)))
    minutes = math.ceil(seconds / 60)
    if minutes < 90:
        return words["minutes"].format(count=minutes)
    return words["hours"].format(count=math.ceil(minutes / 60))


def _words(language: str) -> Mapping[str, str]:
    return _TEXTS["zh" if language.lower().startswith("zh") else "en"]
