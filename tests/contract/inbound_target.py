"""A process that brings messages from a queue into an SQLite log, until it is killed."""

import asyncio
import sys

from kefu.gateway.inbound import Inbound
from kefu.gateway.records import Arrival
from kefu.gateway.rows import write_message
from kefu.storage.memory import open_memory
from kefu.storage.sql import open_sql
from tests.contract.test_inbound_queue import PARTITIONS, Place


async def main():
    kind, url, name, database = sys.argv[1:]
    storage = await open_sql(database)
    place = Place(kind, url)
    place.name = name

    async def take_in(message):
        await storage.stores.log.receive(
            Arrival(
                conversation_id=message.conversation_id,
                channel=message.input_channel,
                message_id=message.message_id,
                timestamp=1.0,
                body=write_message(message),
            )
        )

    # Leases of its own: the one before it is dead for certain.
    leases = open_memory().leases
    inbound = Inbound(place.open(), leases, name=name, partitions=PARTITIONS, take_in=take_in)
    await inbound.run()


asyncio.run(main())
