"""The words of exports, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

__all__ = ["LANGUAGES", "STEPS", "WORDS", "Language"]

Language = Literal["zh", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")

WORDS: Final[Mapping[Language, Mapping[str, str]]] = {
    "zh": {
        "title": "对话记录",
        "customer": "客户",
        "bot": "机器人",
        "agent": "客服",
        "private": "内部备注",
        "step": "系统",
        "name": "姓名",
        "phone": "电话",
        "tags": "标签",
        "comma": "、",
        "conversation": "对话编号",
        "exported": "导出时间",
        "exported_by": "导出人",
        "zone": "时区",
        "colon": "：",
        "empty": "（没有文字）",
        "time": "时间",
        "seq": "序号",
        "by": "身份",
        "kind": "类型",
        "text": "内容",
        "pictures": "图片",
    },
    "en": {
        "title": "Conversation",
        "customer": "Customer",
        "bot": "Bot",
        "agent": "Agent",
        "private": "Private note",
        "step": "System",
        "name": "Name",
        "phone": "Phone",
        "tags": "Tags",
        "comma": ", ",
        "conversation": "Conversation id",
        "exported": "Exported",
        "exported_by": "Exported by",
        "zone": "Time zone",
        "colon": ": ",
        "empty": "(no words)",
        "time": "Time",
        "seq": "No.",
        "by": "Who",
        "kind": "Kind",
        "text": "Text",
        "pictures": "Pictures",
    },
}

STEPS: Final[Mapping[str, tuple[str, str]]] = {
    "entered": ("进入对话", "entered"),
    "left": ("离开对话", "left"),
    "suggestion_used": ("采用推荐回复", "suggested reply used"),
    "recalled": ("撤回了一条消息", "recalled a message"),
    "ended": ("对话结束", "the chat was ended"),
    "rated": ("客户评价", "rated"),
    "viewed": ("打开了页面", "opened a page"),
    "scanned": ("扫描了二维码", "scanned a code"),
    "service_state": ("平台会话状态变更", "the platform's service state changed"),
    "merged": ("客户身份已合并", "customers were merged"),
    "unmerged": ("客户身份已拆分", "customers were parted"),
    "moved": ("对话已转移", "the conversation was moved"),
    "erased": ("内容已删除", "deleted"),
    "queued": ("进入人工排队", "waits for an agent"),
    "requeued": ("重新排队", "waits again"),
    "withdrawn": ("取消排队", "no longer waits"),
    "assigned": ("已分配给客服", "assigned"),
    "taken_over": ("客服接管", "taken over"),
    "transferred": ("已转接", "transferred"),
    "given_back": ("交还机器人", "given back to the bot"),
    "closed": ("会话关闭", "closed"),
    "reopened": ("会话重新打开", "opened again"),
    "snoozed": ("稍后处理", "put off"),
    "woken": ("恢复处理", "taken up again"),
    "labelled": ("修改标签", "labels changed"),
    "prioritised": ("修改优先级", "priority changed"),
    "invited": ("邀请同事", "a colleague was invited"),
    "review_asked": ("机器人草稿待审核", "a draft of the bot waits for review"),
    "review_decided": ("草稿已审核", "the draft was reviewed"),
    "blocked": ("拉黑设置变更", "blocking changed"),
    "tagged": ("修改客户标签", "tags of the customer changed"),
    "pause": ("转人工", "handed over to humans"),
    "resume": ("机器人恢复服务", "the bot answers again"),
    "restart": ("对话重新开始", "started anew"),
    "session_started": ("新的会话", "a new session began"),
}
"""What happens in a log, by the name of the note or the kind of the event."""
