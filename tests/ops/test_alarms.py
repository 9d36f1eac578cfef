"""Alarms and dashboard name only figures that exist, by labels that these have; and silence is an alarm."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from prometheus_client.core import Metric

from delivery.setting_up import set_up
from delivery.settings import Settings
from delivery.watching import Watch
from delivery.wiring import Service
from web.metrics import WebMetrics

OPS = Path(__file__).resolve().parents[2] / "ops"
NAMED = re.compile(r"\b((?:tannha|process)_[a-z_]+)\b(?:\{([^}]*)\})?")
BY = re.compile(r"\b(?:by|on) \(([^)]*)\)")
# What Prometheus itself puts on everything it reads.
ITS_OWN = {"job", "instance", "le"}


@pytest.fixture
def figures(tmp_path: Path) -> Iterator[dict[str, Metric]]:
    """Every figure by the names under which it is asked for."""
    service = Service.from_settings(Settings(home=tmp_path, _env_file=None))  # type: ignore[call-arg]
    set_up(service)
    found: dict[str, Metric] = {}
    for metric in WebMetrics(service).registry.collect():
        endings = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}.get(metric.type, ("",))
        found |= {f"{metric.name}{ending}": metric for ending in endings}
    yield found
    service.close()


def alarms() -> list[dict[str, str]]:
    groups = yaml.safe_load((OPS / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def questions() -> list[str]:
    dashboard = json.loads((OPS / "grafana" / "tannha.json").read_text(encoding="utf-8"))
    return [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]] + [
        alarm["expr"] for alarm in alarms()
    ]


# Only there once something has happened; their names are those of the code.
LATER = {
    "tannha_worker_seen_timestamp_seconds", "tannha_backup_timestamp_seconds", "tannha_night_timestamp_seconds",
    "tannha_night_differences", "tannha_night_envelopes",
}  # fmt: skip


@pytest.mark.parametrize("question", questions())
def test_what_is_asked_for_exists(question: str, figures: dict[str, Metric]) -> None:
    asked = [name for name, _labels in NAMED.findall(question)]

    source = (OPS.parent / "web" / "metrics.py").read_text(encoding="utf-8")
    assert asked or "up{" in question
    assert all(name in figures or (name in LATER and f'"{name}"' in source) for name in asked), asked
    assert question.count("(") == question.count(")")


def test_every_figure_of_the_books_is_looked_at_by_somebody(figures: dict[str, Metric]) -> None:
    everything = " ".join(questions())

    assert [name for name in figures if name.startswith("tannha_") and name.rpartition("_")[0] not in everything
            and name not in everything] == []  # fmt: skip


def test_labels_are_those_that_the_figures_have() -> None:
    source = (OPS.parent / "web" / "metrics.py").read_text(encoding="utf-8")
    known = set(re.findall(r'"([a-z]+)"', source)) | ITS_OWN
    chosen = [re.split("[!=]", each)[0] for question in questions()
              for _name, labels in NAMED.findall(question) for each in re.findall(r'\w+!?[=~]+"', labels)]  # fmt: skip
    grouped = [each.strip() for question in questions() for names in BY.findall(question) for each in names.split(",")]

    assert set(chosen) | set(grouped) <= known


@pytest.mark.parametrize(
    "silent", ["up", "tannha_database_up", *sorted(name for name in LATER if name.endswith("timestamp_seconds"))]
)
def test_silence_is_an_alarm(silent: str) -> None:
    assert any(f"absent({silent}" in alarm["expr"] for alarm in alarms())


def test_each_moment_of_the_watch_has_an_alarm_on_its_age() -> None:
    moments = [name for name, kind in Watch.__annotations__.items() if "datetime | None" in str(kind)]

    assert moments == ["worker_seen_at", "backed_up_at"]
    for name in (*LATER, "tannha_carrier_polled_timestamp_seconds"):
        if name.endswith("timestamp_seconds"):
            assert any(re.search(rf"time\(\) - max[^)]*\)?[^)]*{name}", alarm["expr"]) for alarm in alarms()), name


def test_every_alarm_says_what_it_means_and_how_urgent_it_is() -> None:
    names = [alarm["alert"] for alarm in alarms()]

    assert len(set(names)) == len(names)
    for alarm in alarms():
        assert alarm["labels"]["severity"] in {"page", "ticket", "info"}  # type: ignore[index]
        assert alarm["annotations"]["summary"]  # type: ignore[index]
