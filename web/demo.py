"""The demo: one made-up day of Long Biên through the whole house, each step the same command a person would type."""

import os
import secrets
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as wall
from pathlib import Path

import click
import httpx
import sqlalchemy as sa

from delivery.cli import tannha
from delivery.cli.console import command, complaints, people, progress, settings, table
from delivery.dispatch.batching import batches_of
from delivery.dispatch.consignments import planned_stops
from delivery.errors import NotNow, Unbalanced
from delivery.i18n import gettext as _
from delivery.jobs.roll import workers_alive
from delivery.models import Batch, Consignment, Meta, Result, Role, Staff
from delivery.moments import VIETNAM, now, short_date
from delivery.rules.lifecycle import TERMINAL, State
from delivery.sample_day import write_sample_day
from delivery.setting_up import set_up
from delivery.settings import Settings
from delivery.wiring import Service
from delivery.workdays import calendar_of
from web.people import add_staff, set_password
from web.processes import Household, free_port

DAYS_BACK = 3
ROWS = 200
# One working day of the post, 08:00 to 18:00, in about half a minute.
SPEED = 1500
START_SECONDS = 40
PLAY_SECONDS = 90
PLAN_SECONDS = 16
LOGINS = (("canbo", "Cán bộ một cửa Bồ Đề", Role.CLERK, "BD"), ("giamsat", "Giám sát quận", Role.SUPERVISOR, None))


@click.command("demo")
@click.option(
    "--rows", type=click.IntRange(10, 5000), default=ROWS, show_default=True, help="Results in the day's export."
)
@command
def play_day(*, rows: int) -> None:
    """Play one made-up day from the export to the balance; run it again for the next day."""
    usual = settings()
    here = Service.from_settings(_quick(usual))
    _stop_if_own_data(here)
    set_up(here)
    started = time.monotonic()
    with _staff_of_the_house(here) as house:
        day = _next_day(here)
        people.rule(_("One day of Long Biên: {day}").format(day=short_date(day)))
        file = here.settings.home / "days" / day.isoformat() / "results.csv"
        made = write_sample_day(file, day, count=rows, seed=day.toordinal())
        people.print(_("{file}: {count} made-up results, {bad} rows bad on purpose").format(
            file=file, count=rows, bad=made.bad))  # fmt: skip
        _bring_in(file)
        _type("geocode")
        _type("batch", "--date", day.isoformat())
        _dispatch(here, day, file.parent)
        _hand_over_and_wait(here, house, day, file.parent)
        balanced = _type("close-day", "--date", day.isoformat())
        agreed = _compare_with_ledger(here, house)
        _remember(here, day)
    logins = _logins(here)
    _farewell(file.parent, usual.web_url, logins, time.monotonic() - started)
    if not (balanced and agreed):
        raise Unbalanced(_("The day does not balance; the table above says where"))


@dataclass(frozen=True, slots=True)
class House:
    """Where the processes of the demo can be reached."""

    post: str
    household: Household


def _quick(usual: Settings) -> Settings:
    """The usual settings on free ports, with the post's clock running ahead of ours and short pauses."""
    return usual.model_copy(
        update={
            "sandbox_port": free_port(),
            "port": free_port(),
            "ngsp_poll_seconds": 2,
            "clock_skew_seconds": 10**9,
            "lease_seconds": 10,
            "sweep_seconds": 0.5,
        }
    )


def _environment(chosen: Settings) -> dict[str, str]:
    names = ("sandbox_port", "port", "ngsp_poll_seconds", "clock_skew_seconds", "lease_seconds", "sweep_seconds")
    return {f"TANNHA_{name.upper()}": str(getattr(chosen, name)) for name in names}


def _stop_if_own_data(here: Service) -> None:
    """Made-up people must never be mixed with real ones."""
    if not here.database.is_at_head():
        return
    with here.database.read() as session:
        own = session.scalar(sa.select(Result.id).limit(1)) is not None and session.get(Meta, "demo") is None
    if own:
        raise NotNow(
            _("{home} holds your own data. Run the demo elsewhere: TANNHA_HOME=var/demo tannha demo").format(
                home=here.settings.home
            )
        )


@contextmanager
def _staff_of_the_house(here: Service) -> Iterator[House]:
    """The sandbox post, a worker and the web server, each in a process of its own."""
    os.environ.update(_environment(here.settings))
    household = Household(here.settings.home / "logs", _environment(here.settings), _restarted)
    post = here.settings.carrier_url
    try:
        habits = ("--habit", "duplicates", "--habit", "reorder")
        rows = [
            (_("Sandbox post"), household.start("sandbox", ["sandbox", "--speed", str(SPEED), *habits]), post),
            (_("Web server"), household.start("web", ["serve"]), here.settings.web_url),
            (_("Worker"), household.start("worker", ["worker"]), ""),
        ]
        table(_("Processes"), (_("Name"), _("Process"), _("Address")), rows)
        _wait_until_ready(here, post)
        yield House(post, household)
    finally:
        household.stop()


def _wait_until_ready(here: Service, post: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if _answers(f"{post}/sandbox/idle") and _answers(f"{here.settings.web_url}/healthz") and workers_alive(here):
            return
        time.sleep(0.2)
    raise NotNow(_("The processes did not start; see {folder}").format(folder=here.settings.home / "logs"))


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.HTTPError:
        return False


def _restarted(name: str, ended: int, pid: int) -> None:
    complaints.print(
        _("[yellow]![/] {name} ended ({code}) and was started again as process {pid}").format(
            name=name, code=ended, pid=pid
        )
    )


def _next_day(here: Service) -> date:
    """The working day after the last one played; the first lies a few days back, so that all of it is past."""
    with here.database.write() as session:
        session.merge(Meta(key="demo", value="made-up data"))
        calendar = calendar_of(session)
        played = session.get(Meta, "demo_day")
    if played is not None:
        return calendar.add(date.fromisoformat(played.value), 1)
    return calendar.before(now().astimezone(VIETNAM).date(), DAYS_BACK)


def _remember(here: Service, day: date) -> None:
    with here.database.write() as session:
        session.merge(Meta(key="demo_day", value=day.isoformat()))


def _type(*arguments: str, may_fail: bool = False) -> bool:
    """Run a command as if typed; False when it exits non-zero, which ends the demo unless that is part of the day."""
    people.print(f"\n[bold cyan]$ tannha {' '.join(arguments)}[/]", soft_wrap=True)
    sys.stdout.flush()
    try:
        tannha.main(list(arguments), prog_name="tannha", standalone_mode=False)
    except SystemExit as end:
        if end.code and not may_fail and arguments[0] != "close-day":
            raise
        return not end.code
    return True


def _bring_in(file: Path) -> None:
    errors = file.with_name("errors.csv")
    _type("import", str(file), "--source", "demo", "--errors", str(errors))
    people.print(_("The same file again changes nothing:"))
    _type("import", str(file), "--source", "demo")


def _dispatch(here: Service, day: date, folder: Path) -> None:
    _type("plan", "--date", day.isoformat(), "--seconds", str(PLAN_SECONDS))
    with here.database.read() as session:
        codes = [batch.code for batch in batches_of(session, day)]
    for code in codes:
        _type("print", code, "--out", str(folder / code))
        _type("submit", code)


def _hand_over_and_wait(here: Service, house: House, day: date, folder: Path) -> None:
    morning = datetime.combine(day, wall(7, 45), VIETNAM)
    with here.database.read() as session:
        codes = {batch.code: _codes(batch) for batch in batches_of(session, day)}
    for number, (batch, item_codes) in enumerate(codes.items()):
        scans = folder / batch / "scans.txt"
        at = ("--at", morning.isoformat())
        if number == 0 and len(item_codes) > 2:
            people.print(_("\nOne envelope stayed on the table, and one of another town got among them:"))
            _write(scans, [*item_codes[:-1], "EE473124829VN"])
            _type("hand-over", batch, "--scans", str(scans), *at, may_fail=True)
            people.print(_("The clerk finds it and scans it:"))
            _write(scans, item_codes[-1:])
        else:
            _write(scans, item_codes)
        _type("hand-over", batch, "--scans", str(scans), *at)
    everything = [code for item_codes in codes.values() for code in item_codes]
    _collect(house, everything, morning)
    _watch_the_day(here, house)


def _codes(batch: Batch) -> list[str]:
    """The item codes on the labels of a batch, as the scan gun will read them."""
    return [live.item_code for stop in planned_stops(batch) if (live := stop.item.live) is not None]


def _write(file: Path, lines: Sequence[str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _collect(house: House, item_codes: Sequence[str], at: datetime) -> None:
    """The post's clerk scans the same pile on the other side of the table."""
    answer = httpx.post(f"{house.post}/sandbox/collect", timeout=30,
                        json={"itemCodes": list(item_codes), "at": at.isoformat()})  # fmt: skip
    if answer.is_error or answer.json()["unknown"]:
        raise NotNow(_("The sandbox post does not know all of the envelopes that were handed over"))


def _watch_the_day(here: Service, house: House) -> None:
    """Wait until the post's day is over and all that it says has reached our books."""
    people.print(_("\nThe post delivers; its callbacks and its feed come in over HTTP:"))
    deadline = time.monotonic() + PLAY_SECONDS
    with progress(_("Delivered or returned"), _known(here)[1], quiet=False) as move:
        while time.monotonic() < deadline:
            ended, _all = _known(here)
            move(ended)
            idle = httpx.get(f"{house.post}/sandbox/idle", timeout=10).json()
            if idle["day_over"] and not idle["pending_callbacks"] and not _disagreements(here, house):
                return
            time.sleep(0.5)


def _known(here: Service) -> tuple[int, int]:
    with here.database.read() as session:
        handed_over = sa.select(sa.func.count()).where(Consignment.handed_over_in.is_not(None))
        ended = session.scalar(handed_over.where(Consignment.journey.in_(TERMINAL))) or 0
        return ended, session.scalar(handed_over) or 0


def _disagreements(here: Service, house: House) -> list[tuple[str, str, str]]:
    """Item codes whose end differs between our books and the post's own."""
    ledger = httpx.get(f"{house.post}/sandbox/ledger", timeout=30).json()["orders"]
    posts = {order["itemCode"]: order["state"] for order in ledger}
    with here.database.read() as session:
        ours = {c.item_code: c.journey for c in session.scalars(sa.select(Consignment))}
    ends = {State.DELIVERED.value, State.RETURNED.value}
    return [
        (code, ours.get(code, State.PREPARED).value, said)
        for code, said in posts.items()
        if (said in ends or ours.get(code, State.PREPARED).value in ends) and ours.get(code) != said
    ]


def _compare_with_ledger(here: Service, house: House) -> bool:
    """The post's own ledger, counted on its side, must say the same of every envelope."""
    differences = _disagreements(here, house)
    if differences:
        table(_("Our books and the post's differ"), (_("Item code"), _("Ours"), _("The post's")), differences)
        return False
    people.print(_("[bold green]✓[/] The post's own ledger says the same of every envelope."))
    return True


def _logins(here: Service) -> list[tuple[str, str, str]]:
    """The demo's log-ins, made once; the passwords are kept in a file that only this user can read."""
    file = here.settings.home / "demo-logins.txt"
    with here.database.write() as session:
        if session.scalar(sa.select(Staff.id).limit(1)) is None or not file.exists():
            known = {staff.username: staff for staff in session.scalars(sa.select(Staff))}
            lines = []
            for username, name, role, office in LOGINS:
                password = secrets.token_urlsafe(9)
                if username in known:
                    set_password(known[username], password)
                else:
                    add_staff(session, username, name, role, office, password)
                lines.append(f"{username}\t{password}\t{name}")
            file.touch(mode=0o600)
            file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    rows = [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines()]
    return [(username, password, name) for username, password, name in rows]


def _farewell(folder: Path, address: str, logins: list[tuple[str, str, str]], seconds: float) -> None:
    people.rule(_("What now"))
    took = _("The day took {seconds:.0f} s. Papers, scans and bad rows: {folder}")
    people.print(took.format(seconds=seconds, folder=folder))
    people.print(_("Look at it:  [bold]make serve[/]  and open  [bold]{address}[/]").format(address=address))
    table(_("Log-ins"), (_("User"), _("Password"), _("Name")), logins)
    people.print(_("The next day:  [bold]make demo[/]"))
