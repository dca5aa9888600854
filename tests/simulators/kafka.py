"""A broker that speaks as much of Kafka's protocol as a producer needs, with one topic.

It keeps what it takes as a broker does: an idempotent producer's batches by their sequence numbers,
so that one that comes again is not kept twice.
"""

import asyncio
import struct
from collections import defaultdict
from io import BytesIO

from aiokafka.protocol import admin, metadata, produce, transaction
from aiokafka.record.memory_records import MemoryRecords

PRODUCE, METADATA, API_VERSIONS, INIT_PRODUCER_ID = 0, 3, 18, 22
SPOKEN = {PRODUCE: (3, 7), METADATA: (0, 5), API_VERSIONS: (0, 2), INIT_PRODUCER_ID: (0, 0)}
MODULES = {
    PRODUCE: (produce, "Produce"),
    METADATA: (metadata, "Metadata"),
    API_VERSIONS: (admin, "ApiVersion"),
    INIT_PRODUCER_ID: (transaction, "InitProducerId"),
}
NOT_LEADER = 6


class SimulatedKafka:
    """Listens on a free port.

    Attributes:
        kept: Partition -> key and value of what was taken, in order.
        acks: What the producer asked for, once for each request.
        losing: How many of the next answers are lost with their connection, after what they
            confirm is kept.
        refusing: Error codes of the next produce requests, which are not kept.
    """

    def __init__(self, topic, *, partitions=3):
        self.topic = topic
        self.partitions = partitions
        self.kept = defaultdict(list)
        self.acks = []
        self.losing = 0
        self.refusing = []
        self.repeats = 0
        self._producers = 0
        self._next = {}
        self._server = None

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader, writer):
        try:
            while True:
                (size,) = struct.unpack(">i", await reader.readexactly(4))
                answer = self._answer(await reader.readexactly(size))
                if answer is None:
                    break
                writer.write(struct.pack(">i", len(answer)) + answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _answer(self, body):
        key, version, number, length = struct.unpack(">hhih", body[:10])
        module, name = MODULES[key]
        stream = BytesIO(body[10 + max(0, length) :])
        first, last = SPOKEN[key]
        assert first <= version <= last, f"{name} {version} was never offered"
        request = getattr(module, f"{name}Request_v{version}").decode(stream)
        response = getattr(module, f"{name}Response_v{version}")
        fields = getattr(self, f"_{name.lower()}")(request, version)
        if key == PRODUCE and self.losing:
            self.losing -= 1
            return None
        return struct.pack(">i", number) + response(*fields).encode()

    def _apiversion(self, _request, version):
        spoken = [(key, first, last) for key, (first, last) in SPOKEN.items()]
        return (0, spoken, 0) if version else (0, spoken)

    def _metadata(self, _request, version):
        broker = (1, "127.0.0.1", self.port)
        partitions = [
            (0, number, 1, [1], [1], []) if version >= 5 else (0, number, 1, [1], [1])
            for number in range(self.partitions)
        ]
        if version == 0:
            return [broker], [(0, self.topic, partitions)]
        brokers, topics = [(*broker, None)], [(0, self.topic, False, partitions)]
        if version == 1:
            return brokers, 1, topics
        return (brokers, "c", 1, topics) if version == 2 else (0, brokers, "c", 1, topics)

    def _initproducerid(self, _request, _version):
        self._producers += 1
        return 0, 0, self._producers, 0

    def _produce(self, request, version):
        self.acks.append(request.required_acks)
        error = self.refusing.pop(0) if self.refusing else 0
        topics = []
        for topic, partitions in request.topics:
            assert topic == self.topic
            results = []
            for partition, records in partitions:
                if not error:
                    self._keep(partition, records)
                told = (partition, error, len(self.kept[partition]), -1)
                results.append((*told, 0) if version >= 5 else told)
            topics.append((topic, results))
        return topics, 0

    def _keep(self, partition, data):
        records = MemoryRecords(bytes(data))
        while records.has_next():
            batch = records.next_batch()
            assert batch.validate_crc()
            lines = [(record.key.decode(), record.value.decode()) for record in batch]
            if batch.producer_id < 0:
                self.kept[partition] += lines
                continue
            line = (batch.producer_id, partition)
            expected = self._next.get(line, 0)
            if batch.base_sequence < expected:
                self.repeats += 1
                continue
            assert batch.base_sequence == expected, "the producer left something out"
            self._next[line] = expected + len(lines)
            self.kept[partition] += lines
