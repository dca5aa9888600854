"""Channels ``wechat`` (official accounts, 公众号) and ``wechat_miniprogram`` (小程序客服消息).

Both are pushed to in one form and send through one API; they differ in what customers can send and
do, and in what they can be sent. Loaded only when named.
"""

from kefu.channels.wechat.miniprogram import MiniProgramConnector
from kefu.channels.wechat.official import WeChatConnector

__all__ = ["MiniProgramConnector", "WeChatConnector"]
