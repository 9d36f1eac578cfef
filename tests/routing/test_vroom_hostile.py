"""Whatever a JSON file holds, reading it ends with a problem or with one clear line, never with a traceback."""

import json
from copy import deepcopy
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing import RoutingError, check
from routing.__main__ import main
from routing.vroom import read_problem
from routing.vroom_answer import read_plan, write_error, write_plan
from tests.routing.test_vroom import ROAD, by_matrix, documented, planned

_odd = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([10**9, 10**10, 2**63, -(2**63), 2**64, 10**40, 10**4000]),
    st.floats(),
    st.sampled_from(["", "1", "\ud800", "a\nb", "x" * 5000]),
)
_values = st.recursive(
    _odd, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)


@st.composite
def _broken(draw: st.DrawFn, good: list[dict[str, Any]]) -> dict[str, Any]:
    """A good document with one to three of its values, keys or items changed, added, doubled or taken away."""
    document: dict[str, Any] = deepcopy(draw(st.sampled_from(good)))
    for _ in range(draw(st.integers(1, 3))):
        place: Any = document
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(place[key], dict | list) and place[key] and draw(st.sampled_from([True, True, False])):
                place = place[key]
                continue
            _change(draw, place, key)
            break
    return document


def _change(draw: st.DrawFn, place: Any, key: Any) -> None:
    how = draw(st.sampled_from(["change", "remove", "double", "rename"]))
    if how == "change":
        place[key] = draw(_values)
    elif how == "remove":
        del place[key]
    elif isinstance(place, list):
        place.append(deepcopy(place[key]))
    else:
        place[draw(st.text(max_size=4)) if how == "rename" else key] = deepcopy(place[key])


def _is_one_clear_line(text: str) -> bool:
    return 0 < len(text) < 400 and "\n" not in text


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_broken([documented(), by_matrix()]))
def test_a_broken_problem_is_read_or_refused_in_one_line(document: dict[str, Any]) -> None:
    try:
        problem = read_problem(document, ROAD)
        answer = write_plan(planned(problem), problem, document)
    except RoutingError as error:
        answer = write_error(error)

    told = json.loads(json.dumps(answer))
    assert told["code"] == 0 or (told["code"] == 2 and _is_one_clear_line(told["error"]))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_broken_solution_is_checked_or_refused_in_one_line(data: st.DataObject) -> None:
    document = documented()
    problem = read_problem(document, ROAD)
    answer = write_plan(planned(problem, ["2", "5", "1"], ["6", "pickup 4", "delivery 3"]), problem, document)
    broken = data.draw(_broken([json.loads(json.dumps(answer))]))

    try:
        wrong = check(problem, read_plan(broken, problem, document))
    except RoutingError as error:
        wrong = [str(error)]

    assert all(_is_one_clear_line(line) for line in wrong)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.one_of(st.binary(max_size=60), _values.map(lambda value: json.dumps(value).encode())))
def test_any_file_at_all_gets_exit_code_1_and_one_line(content: bytes, tmp_path: Any, capsys: Any) -> None:
    file = tmp_path / "day.json"
    file.write_bytes(content)

    assert main(["check", str(file), str(file)]) == 1

    assert capsys.readouterr().err.count("\n") == 1
