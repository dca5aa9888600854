"""Which runs count when the machine is shared."""

from bench import jobs


def run(wall, others, cpu=10.0):
    return {"wall": wall, "cpu": cpu, "others": others}


def test_pairs_that_others_disturbed_are_left_out():
    pairs = [
        (run(12.0, 0.01), run(8.0, 0.05)),
        (run(30.0, 0.0), run(30.0, 0.6)),
        (run(15.0, 0.02), run(10.0, 0.1)),
    ]
    found = jobs.summary(pairs, 2)
    assert found["pairs"] == 2
    assert found["left_out_as_disturbed"] == 1
    assert found["times_as_fast"] == 1.5
    assert found["wall_s_one"] == 13.5
    assert found["by_others"] == 0.1


def test_a_machine_that_is_never_quiet_gives_no_figures():
    assert jobs.summary([(run(12.0, 0.5), run(8.0, 0.0))], 2) is None
