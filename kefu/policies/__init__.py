"""Decides what the bot does next.

One file a policy, the ensemble that weighs them, and what turns stories and rules into
training conversations. May import :mod:`kefu.project`, :mod:`kefu.core` and what is below.
"""
