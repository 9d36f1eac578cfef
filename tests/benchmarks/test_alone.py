"""Work in a process of its own: an answer comes back, a refusal is told, and no network is ever reached."""

import socket

from benchmarks.alone import NotHere, alone

HERE = "tests.benchmarks.test_alone"


def double(number: int) -> int:
    return 2 * number


def miss(what: str) -> None:
    raise NotHere(f"{what} is not there")


def reach_out(port: int) -> None:
    socket.create_connection(("127.0.0.1", port), timeout=2)


def test_what_is_worked_out_comes_back_with_the_memory_it_took() -> None:
    told = alone(f"{HERE}:double", 21)
    assert told.value == 42
    assert told.peak_mb > 0


def test_what_is_missing_is_told() -> None:
    assert alone(f"{HERE}:miss", "the map").refused == "the map is not there"


def test_nothing_can_be_reached_not_even_this_machine() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        told = alone(f"{HERE}:reach_out", listening.getsockname()[1])
    assert "forbidden" in told.refused
