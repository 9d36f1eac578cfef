"""Asking this project and its peers about many addresses, each in a process of its own."""

import csv
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from benchmarks.addresses import Answer, Answers, Case
from benchmarks.alone import alone
from benchmarks.maps import Imported, has_command, tannha


@dataclass(frozen=True, slots=True)
class Asked:
    """Who was asked, what came back, and through which door; `refused` says why nothing did."""

    who: str
    answers: Answers | None
    refused: str = ""
    door: str = "library"
    peak_mb: int = 0

    @property
    def said(self) -> list[Answer]:
        return self.answers.answers if self.answers is not None else []

    @property
    def is_ours(self) -> bool:
        return self.who in OURS


BUILT_IN, WITH_MAP = "Tận Nhà, built-in", "Tận Nhà, map imported"
OURS = (BUILT_IN, WITH_MAP)


class Peer(NamedTuple):
    """A module of benchmarks.peers; a slow one is asked about the first so many addresses only."""

    module: str
    most: int | None = None


PEERS = {
    "vietnamadminunits": Peer("with_vietnamadminunits"),
    "vietnam-address-converter": Peer("with_address_converter", 500),
    "street, then ward (60 lines)": Peer("street_then_ward"),
}


def ask_all(cases: Sequence[Case], shared: Path, home: Path, imported: Imported) -> Iterator[Asked]:
    """Everybody's answers to the same texts. `home` has the imported map; the built-in is asked in an empty one."""
    texts = [case.text for case in cases]
    with tempfile.TemporaryDirectory() as empty:
        yield _ours(BUILT_IN, texts, None, Path(empty))
    if imported.folder is None:
        yield Asked(WITH_MAP, None, imported.why)
    else:
        yield _ours(WITH_MAP, texts, imported.folder, home)
    for name, peer in PEERS.items():
        told = alone(f"benchmarks.peers.{peer.module}:answer", texts[: peer.most], shared)
        yield Asked(name, told.value, told.refused, peak_mb=told.peak_mb)


def _ours(who: str, texts: list[str], folder: Path | None, home: Path) -> Asked:
    """Speed by the library; accuracy by the command that people use, where there is one."""
    told = alone("benchmarks.peers.our_addresses:answer", texts, folder)
    asked = Asked(who, told.value, told.refused, peak_mb=told.peak_mb)
    if asked.answers is None or not has_command(home, "address"):
        return asked
    answers = _by_command(texts, home)
    if isinstance(answers, str):
        return Asked(who, None, answers, "command")
    return replace(asked, answers=replace(asked.answers, answers=answers), door="command")


def _by_command(texts: list[str], home: Path) -> list[Answer] | str:
    """The answers in the file that `tannha address --file` writes, or why there are none."""
    asked, said = home / "asked.csv", home / "said.csv"
    with asked.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["address"], *([text] for text in texts)])
    ended = tannha(home, "address", "--file", str(asked), "--out", str(said))
    if ended.returncode != 0 or not said.exists():
        return f"tannha address ended with {ended.returncode}"
    with said.open(encoding="utf-8-sig", newline="") as file:
        answers = [_answer(row) for row in csv.DictReader(file)]
    return answers if len(answers) == len(texts) else f"{len(answers)} rows came back for {len(texts)} addresses"


def _answer(row: dict[str, str]) -> Answer:
    return Answer(
        ward=row["new_ward_code"] or None,
        street=row["street"] or None,
        point=(float(row["lat"]), float(row["lon"])) if row["lat"] and row["lon"] else None,
        radius_m=float(row["radius_m"]) if row["radius_m"] else None,
        ask=row["ask"] == "yes",
        old_ward=row["old_ward_code"] or None,
    )
