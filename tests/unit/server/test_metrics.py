"""Counts of requests, and how Prometheus sees them."""

from kefu.server.metrics import exposition
from kefu.server.traffic import Traffic


def lines(traffic, measurements=None, channel_events=None):
    return exposition(traffic, measurements or {}, channel_events or {}).splitlines()


def test_requests_are_counted_by_route_and_status():
    traffic = Traffic()
    traffic.route("GET /x").add(200, 0.002)
    traffic.route("GET /x").add(200, 0.2)
    traffic.route("GET /x").add(503, 20.0)
    shown = lines(traffic)
    assert 'kefu_http_requests_total{route="GET /x",status="200"} 2.0' in shown
    assert 'kefu_http_requests_total{route="GET /x",status="503"} 1.0' in shown


def test_durations_are_classes_that_contain_the_smaller_ones():
    traffic = Traffic()
    for seconds in (0.0005, 0.001, 0.2, 20.0):
        traffic.route("GET /x").add(200, seconds)
    shown = lines(traffic)
    name = "kefu_http_request_duration_seconds"
    assert f'{name}_bucket{{le="0.001",route="GET /x"}} 2.0' in shown
    assert f'{name}_bucket{{le="0.25",route="GET /x"}} 3.0' in shown
    assert f'{name}_bucket{{le="+Inf",route="GET /x"}} 4.0' in shown
    assert f'{name}_count{{route="GET /x"}} 4.0' in shown


def test_errors_are_counted_by_status():
    traffic = Traffic()
    traffic.count_error(404)
    assert 'kefu_http_errors_total{status="404"} 1.0' in lines(traffic)


def test_a_route_that_nobody_asked_for_is_not_shown():
    traffic = Traffic()
    traffic.route("GET /quiet")
    assert not any("/quiet" in line for line in lines(traffic))


def test_figures_from_inside_are_shown_under_their_names():
    shown = lines(Traffic(), {"turns_total": 7, "waiting": 2})
    assert "kefu_turns_total 7.0" in shown
    assert "kefu_waiting 2.0" in shown


def test_what_happened_on_channels_is_counted_by_channel_and_event():
    shown = lines(Traffic(), channel_events={("wechat", "bad_signature"): 2})
    assert 'kefu_channel_events_total{channel="wechat",event="bad_signature"} 2.0' in shown
