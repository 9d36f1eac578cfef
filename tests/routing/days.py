"""Days to plan, drawn by Hypothesis or written down."""

from dataclasses import replace

from hypothesis import strategies as st

from routing import Break, Courier, Location, Problem, Shipment, Stop, TimeWindow

OFFICE = Location(21.0459, 105.8738)
MORNING, AFTERNOON = TimeWindow(8 * 3600, 11 * 3600 + 1800), TimeWindow(13 * 3600 + 1800, 17 * 3600)
LUNCH = Break((TimeWindow(11 * 3600, 13 * 3600),), 2700)


def a_stop(name: str, north: float = 0.005, east: float = 0.005, **changes: object) -> Stop:
    given = {"service": 150, "place_setup": 60, **changes}
    return Stop(name, Location(OFFICE.lat + north, OFFICE.lon + east), **given)  # type: ignore[arg-type]


def a_courier(name: str = "anna", **changes: object) -> Courier:
    given = {"shift": TimeWindow(8 * 3600, 17 * 3600 + 1800), "capacity": (60,), **changes}
    return Courier(name, OFFICE, **given)  # type: ignore[arg-type]


_offsets = st.floats(-0.03, 0.03, allow_nan=False)
_windows = st.sampled_from([(), (MORNING,), (AFTERNOON,), (MORNING, AFTERNOON), (TimeWindow(25_000, 26_000),)])
_shifts = st.sampled_from([TimeWindow(28_800, 63_000), TimeWindow(36_000, 70_200), TimeWindow(28_800, 32_400)])
_rests = st.sampled_from([(), (LUNCH,), (LUNCH, Break((TimeWindow(54_000, 57_600),), 900))])


_skills = st.sampled_from([frozenset[str](), frozenset({"lift"})])
_somebody = st.sampled_from([frozenset[str](), frozenset[str](), frozenset({"c1"})])
_oddities: st.SearchStrategy[dict[str, object]] = st.sampled_from(
    [
        {}, {}, {"open_end": True}, {"speed": 1.5}, {"speed": 0.7, "per_km": 500}, {"fixed": 900},
        {"per_hour_out": 1000}, {"per_hour_out": 3600, "per_hour": 0}, {"max_stops": 2}, {"max_distance": 9000},
        {"max_driving": 2500}, {"max_duration": 7200}, {"max_duration": 3000, "open_end": True},
    ]
)  # fmt: skip


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Small days with everything in them: windows, neighbours, rests, small bags, skills, prices, hopeless stops."""
    places = draw(st.lists(st.tuples(_offsets, _offsets), min_size=1, max_size=5))
    stops = tuple(
        a_stop(
            f"s{number}",
            *draw(st.sampled_from(places)),
            windows=draw(_windows),
            place=draw(st.sampled_from(["", "house a", "house b"])),
            demand=(draw(st.integers(0, 4)),),
            priority=draw(st.sampled_from([0, 0, 50])),
            penalty=draw(st.sampled_from([None, None, 900, 0])),
            release=draw(st.sampled_from([0, 0, 40_000])),
            skills=draw(_skills),
            couriers=draw(_somebody),
        )
        for number in range(draw(st.integers(0, 9)))
    )
    couriers = tuple(
        a_courier(
            f"c{number}",
            shift=draw(_shifts),
            capacity=(draw(st.integers(0, 12)),),
            breaks=draw(_rests),
            skills=frozenset({"lift"}),
            **draw(_oddities),
        )
        for number in range(draw(st.integers(0, 3)))
    )
    return Problem(stops, couriers)


@st.composite
def rich_problems(draw: st.DrawFn) -> Problem:
    """Days as in `problems`, with what else there is to a delivery: collects, shipments, trips, locks, known wards."""
    plain = draw(problems())
    wards = st.sampled_from(["", "north", "south"])
    stops = [replace(s, collect=draw(_collects), ward=draw(wards)) for s in plain.stops]
    count = draw(st.integers(0, len(stops) // 2))
    shipments = tuple(Shipment(stops[2 * n].id, stops[2 * n + 1].id, (draw(st.integers(0, 3)),)) for n in range(count))
    for row in range(2 * count):
        stops[row] = replace(stops[row], demand=(0,), collect=())
    crew = [
        replace(
            courier,
            trips=draw(st.sampled_from([1, 1, 2, 3])),
            reload=draw(st.sampled_from([0, 600])),
            wards=draw(st.sampled_from([frozenset[str](), frozenset({"north"})])),
        )
        for courier in plain.couriers
    ]
    if crew and draw(st.sampled_from([True, False])):
        able = [s.id for s in stops[2 * count :] if crew[0].may_serve(s)]
        crew[0] = replace(
            crew[0], locked=tuple(draw(st.lists(st.sampled_from(able), max_size=2, unique=True)) if able else ())
        )
    return Problem(
        tuple(stops),
        tuple(crew),
        balance=draw(st.sampled_from([0, 200])),
        territory=draw(st.sampled_from([0, 300])),
        compact=draw(st.sampled_from([0, 500])),
        shipments=shipments,
    )


_collects = st.sampled_from([(), (), (0,), (1,), (4,)])
