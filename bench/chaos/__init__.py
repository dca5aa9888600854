"""Breaks everything that can break, under load, and counts what became of every message.

``python -m bench.chaos`` serves a small project with ``kefu run``, first in one process on SQLite,
then in three on PostgreSQL and Redis. Simulated customers write on the web, on WeChat and on WeCom,
while processes are killed, the database and Redis are stopped and started, sockets are cut, the
action server hangs and the disk fills up, all at moments drawn from a fixed seed. At the end every
message that was acknowledged is looked for at the customer who was answered. Anything lost, doubled
(where the channel knows an idempotency key) or out of order makes the exit status 1.
"""
