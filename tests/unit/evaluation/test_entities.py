from kefu.evaluation.entities import EntityResult, spans_by_type


def spans(*found):
    return [{"start": s, "end": e, "entity": name, "extractor": "CRF"} for s, e, name in found]


def entities(targets, predictions):
    return EntityResult(
        text="", targets=spans(*targets), predictions=spans(*predictions), tokens=[]
    )


def test_a_whole_entity_is_right_only_with_place_and_type():
    report = spans_by_type(
        [
            entities([(0, 2, "city"), (5, 7, "city")], [(0, 2, "city"), (5, 6, "city")]),
            entities([(0, 2, "city")], [(0, 2, "product")]),
        ]
    )
    city = report.labels["city"]
    assert (city.support, city.recall, city.precision) == (3, 1 / 3, 1 / 2)
    assert dict(city.confused_with) == {"no_entity": 1, "product": 1}


def test_what_nobody_annotated_counts_against_precision():
    report = spans_by_type([entities([(0, 2, "city")], [(0, 2, "city"), (3, 4, "city")])])
    assert report.labels["city"].precision == 0.5
    assert report.labels["city"].recall == 1.0


def test_two_types_found_at_one_place_are_both_counted():
    report = spans_by_type([entities([(0, 2, "a")], [(0, 2, "b"), (0, 2, "c")])])
    assert report.labels["a"].recall == 0.0
    assert report.total == 2
