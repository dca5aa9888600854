"""The circuit breaker in front of the shop."""

from __future__ import annotations

from actions.circuit import Circuit


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def opened(clock: Clock) -> Circuit:
    circuit = Circuit(failures=3, pause=10.0, clock=clock)
    for _ in range(3):
        assert circuit.lets_through()
        circuit.failed()
    return circuit


def test_it_opens_after_failures_in_a_row() -> None:
    assert not opened(Clock()).lets_through()


def test_an_answer_in_between_starts_the_count_again() -> None:
    circuit = Circuit(failures=2, pause=10.0, clock=Clock())
    for _ in range(3):
        circuit.failed()
        circuit.succeeded()
    assert circuit.lets_through()


def test_one_call_probes_when_the_pause_is_over() -> None:
    clock = Clock()
    circuit = opened(clock)
    clock.now += 10.0
    assert circuit.lets_through()
    assert not circuit.lets_through()


def test_a_probe_that_fails_waits_again_and_one_that_succeeds_closes() -> None:
    clock = Clock()
    circuit = opened(clock)
    clock.now += 10.0
    assert circuit.lets_through()
    circuit.failed()
    clock.now += 9.0
    assert not circuit.lets_through()
    clock.now += 1.0
    assert circuit.lets_through()
    circuit.succeeded()
    assert circuit.lets_through()
    assert circuit.lets_through()
