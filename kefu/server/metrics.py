"""Figures about the server in Prometheus's text format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from kefu import __version__
from kefu.server.traffic import BUCKETS, RouteTraffic, Traffic

__all__ = ["CONTENT_TYPE", "exposition"]

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


def exposition(
    traffic: Traffic,
    measurements: Mapping[str, float],
    channel_events: Mapping[tuple[str, str], int],
) -> str:
    """Return all figures: requests, sockets, what is measured and counted, process, platform."""
    registry = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    registry.register(_Figures(traffic, measurements, channel_events))
    return generate_latest(registry).decode()


class _Figures(Collector):
    def __init__(
        self,
        traffic: Traffic,
        measurements: Mapping[str, float],
        channel_events: Mapping[tuple[str, str], int],
    ) -> None:
        self._traffic = traffic
        self._measurements = measurements
        self._channel_events = channel_events

    def collect(self) -> Iterator[Metric]:
        info = GaugeMetricFamily("kefu_info", "Version of Kefu", labels=["version"])
        info.add_metric([__version__], 1)
        yield info
        yield from _requests(self._traffic)
        yield GaugeMetricFamily(
            "kefu_open_websockets", "WebSockets open now", value=self._traffic.open_sockets
        )
        yield CounterMetricFamily(
            "kefu_websockets_opened", "WebSockets opened", value=self._traffic.sockets_opened
        )
        yield from _measured(self._measurements)
        yield _events(self._channel_events)


def _events(channel_events: Mapping[tuple[str, str], int]) -> Metric:
    counts = CounterMetricFamily(
        "kefu_channel_events", "What happened on channels", labels=["channel", "event"]
    )
    for (channel, event), count in sorted(channel_events.items()):
        counts.add_metric([channel, event], count)
    return counts


def _requests(traffic: Traffic) -> Iterator[Metric]:
    counts = CounterMetricFamily(
        "kefu_http_requests", "Requests answered", labels=["route", "status"]
    )
    durations = HistogramMetricFamily(
        "kefu_http_request_duration_seconds", "Time to answer, errors left out", labels=["route"]
    )
    for name, route in sorted(traffic.routes.items()):
        for status, count in sorted(route.statuses.items()):
            counts.add_metric([name, str(status)], count)
        if route.statuses:
            durations.add_metric([name], _cumulated(route), route.seconds)
    yield counts
    yield durations
    errors = CounterMetricFamily(
        "kefu_http_errors", "Requests that ended in an error", labels=["status"]
    )
    for status, count in sorted(traffic.errors.items()):
        errors.add_metric([str(status)], count)
    yield errors


def _cumulated(route: RouteTraffic) -> list[tuple[str, float]]:
    total = 0
    buckets: list[tuple[str, float]] = []
    bounds = [*(str(bound) for bound in BUCKETS), "+Inf"]
    for bound, count in zip(bounds, route.durations, strict=True):
        total += count
        buckets.append((bound, total))
    return buckets


def _measured(measurements: Mapping[str, float]) -> Iterator[Metric]:
    for name, value in sorted(measurements.items()):
        text = name.replace("_", " ")
        if name.endswith("_total"):
            yield CounterMetricFamily(f"kefu_{name.removesuffix('_total')}", text, value=value)
        else:
            yield GaugeMetricFamily(f"kefu_{name}", text, value=value)
