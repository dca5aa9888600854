"""The bot's side of a conversation: what it remembers, decides and says after each message.

Does no I/O: understanding, policies, custom actions and remote responses come in through
:mod:`kefu.dialogue.ports`.
"""
