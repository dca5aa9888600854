"""The composition root: the only place that knows both the inside and the outside.

Puts settings, stores, model, bot, gateway, channels and server together, starts them in that
order and stops them in reverse. Used by ``kefu run``, ``kefu shell`` and the tests.
"""
