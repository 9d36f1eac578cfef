"""Whoever types the name of a bench of the postal side gets to it."""

import pytest

from benchmarks.postal.__main__ import main

BENCHES = ("callbacks", "country", "helpers", "outage", "workers")


@pytest.mark.parametrize("name", BENCHES)
def test_each_bench_says_what_it_can_be_asked(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])

    assert ended.value.code == 0
    assert "--quick" in capsys.readouterr().out


def test_a_bench_that_is_not_there_is_answered_with_those_that_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["speed"]) == 2
    assert ", ".join(BENCHES) in capsys.readouterr().err
