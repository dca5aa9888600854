from kefu.server.merging import merged

ONE = """# HELP a_total how often
# TYPE a_total counter
a_total 1.0
# HELP b about b
# TYPE b histogram
b_bucket{le="1.0",route="a b"} 2.0
b_count{route="x"} 3.0
"""
TWO = """# HELP a_total how often
# TYPE a_total counter
a_total 5.0
# HELP c only here
# TYPE c gauge
c 7.0
"""


def test_families_stay_together_and_every_sample_says_whose_it_is():
    assert merged({2: TWO, 1: ONE}).splitlines() == [
        "# HELP a_total how often",
        "# TYPE a_total counter",
        'a_total{worker="1"} 1.0',
        'a_total{worker="2"} 5.0',
        "# HELP b about b",
        "# TYPE b histogram",
        'b_bucket{worker="1",le="1.0",route="a b"} 2.0',
        'b_count{worker="1",route="x"} 3.0',
        "# HELP c only here",
        "# TYPE c gauge",
        'c{worker="2"} 7.0',
    ]
    assert merged({}) == ""
