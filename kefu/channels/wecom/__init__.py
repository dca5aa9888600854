"""WeCom 微信客服: what ``connectors/wecom.py`` is made of.

A callback only says that an account has news; the messages are pulled from the account's log, one
pull at a time, and their cursor is kept in the transaction that keeps them. What goes out carries
an id of ours, by which the platform recognises a repeat. May import ``kefu.channels`` and below.
"""
