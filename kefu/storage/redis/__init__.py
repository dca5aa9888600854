"""Coordination of several processes in Redis. Loaded only when the settings name it.

May import the ports it implements and :mod:`redis`.
"""

from kefu.storage.redis.opening import RedisCoordination, open_redis

__all__ = ["RedisCoordination", "open_redis"]
