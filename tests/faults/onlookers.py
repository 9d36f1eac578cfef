"""Who has no right to see an envelope's people: each asks for every page there is, of every envelope of the house.

The pages come from the application's own table of addresses, so that a new one is asked for as well. Also read are the
logs of all processes and the messages that wait at the broker: none of them may name a citizen.
"""

import base64
import itertools
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import Rule

from delivery.dispatch.printing import PAPERS
from delivery.models import Batch, Case, Item, Plan, Result, Role, Staff
from tests.faults.house import House
from tests.faults.servers import RABBIT, rabbit
from tests.web.conftest import Browser
from web.app import create_app
from web.people import add_staff

PASSWORD = "chỉ để nhìn vào thôi"
ELSEWHERE, COURIER_ELSEWHERE = "VH", "VH1"
# Name, role, office, courier. The ward's own people are of another office than all envelopes of the stories.
ONLOOKERS = (
    ("nhin-can-bo", Role.CLERK, ELSEWHERE, None),
    ("nhin-buu-ta", Role.COURIER, None, COURIER_ELSEWHERE),
    ("nhin-quan-tri", Role.ADMINISTRATOR, None, None),
)
# Of a large day some envelopes stand for all.
MOST_EACH = 4


@dataclass(frozen=True, slots=True)
class Secrets:
    """What may not be read by them: who the envelopes are for, where they live, and what is inside."""

    texts: frozenset[str]

    def told_by(self, text: str) -> bool:
        """Whether any of it stands in a text."""
        return any(secret in text for secret in self.texts)


def shown(house: House) -> Iterator[str]:
    """Every answer, log and message that tells somebody what is none of their business."""
    with house.service.database.read() as session:
        foreign = session.scalars(sa.select(Result).where(Result.office.has(code="BD")).limit(50)).all()
        own = session.scalars(sa.select(Result).where(Result.office.has(code=ELSEWHERE))).all()
        # People of the onlookers' own ward may bear the same names.
        rightly = "\n".join(text for result in own for text in _private(result))
        secrets = Secrets(frozenset(text for each in foreign for text in _private(each) if text not in rightly))
    if not secrets.texts:
        return
    yield from _pages(house, secrets)
    yield from _logs(house.home, secrets)
    yield from _messages(house, secrets)


def _private(result: Result) -> list[str]:
    told = (result.recipient_name, result.owner_name, result.phone, result.address, result.dossier_code)
    return [text for text in told if text]


def _pages(house: House, secrets: Secrets) -> Iterator[str]:
    _enter(house)
    app = create_app(house.service)
    addresses = sorted(_addresses(app, house))
    for username in _who_looks(house):
        browser = Browser(app.test_client())
        if username is not None:
            browser.log_in(username, PASSWORD)
        for address in addresses:
            answer = browser.get(address, follow=True)
            is_paper = answer.mimetype == "application/pdf" and answer.status_code == 200
            if is_paper or secrets.told_by(answer.get_data(as_text=True) if not is_paper else ""):
                yield f"{username or 'nobody'} was shown {address}"


def _who_looks(house: House) -> tuple[str | None, ...]:
    """Nobody and all onlookers; where a story is told with many seeds, they take turns."""
    everybody = (None, *(name for name, *_ in ONLOOKERS))
    return everybody if house.turn is None else (everybody[house.turn % len(everybody)],)


def _enter(house: House) -> None:
    with house.service.database.write() as session:
        there = set(session.scalars(sa.select(Staff.username)))
        for username, role, office, courier in ONLOOKERS:
            if username not in there:
                add_staff(session, username, username, role, office, PASSWORD, courier_code=courier)


def _addresses(app: Flask, house: House) -> Iterator[str]:
    """Every page that can be looked at, with everything of the house that its address can name."""
    with house.service.database.read() as session:
        items = session.scalars(sa.select(Item).where(Item.office.has(code="BD")).limit(MOST_EACH)).all()
        batches = session.scalars(sa.select(Batch.code).where(Batch.office.has(code="BD")).limit(MOST_EACH)).all()
        codes = {c.item_code for item in items for c in item.consignments}
        known: dict[str, list[object]] = {
            "item_id": [item.id for item in items],
            "result_id": [result.id for item in items for result in item.results],
            "case_id": list(session.scalars(sa.select(Case.id).limit(MOST_EACH))),
            "plan_id": list(session.scalars(sa.select(Plan.id).limit(MOST_EACH))),
            "code": list(batches),
            "name": list(PAPERS),
            "number": [1, 2],
        }
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.endpoint != "static":
            yield from _filled(app, rule, known)
    for code in codes:
        yield f"/tim?ma={code}"
        # The public's page opens by the tracking code alone; any other code of an envelope opens nothing.
        yield f"/tra-cuu?ma={code}"
        yield from (f"/rounds/{batch}/tim?ma={code}" for batch in batches)


def _filled(app: Flask, rule: Rule, known: dict[str, list[object]]) -> Iterator[str]:
    names = sorted(rule.arguments)
    if not set(names) <= set(known):
        return
    adapter = app.url_map.bind("localhost")
    for values in itertools.product(*(known[name] for name in names)):
        yield adapter.build(rule.endpoint, dict(zip(names, values, strict=True)))


def _logs(home: Path, secrets: Secrets) -> Iterator[str]:
    for log in sorted(home.rglob("*.log")):
        if secrets.told_by(log.read_text(encoding="utf-8", errors="replace")):
            yield f"{log.name} names a citizen"


def _messages(house: House, secrets: Secrets) -> Iterator[str]:
    """What waits at the broker, which stays there: RabbitMQ takes back what was only looked at."""
    texts: list[str] = []
    if house.service.settings.broker_url == RABBIT:
        # A queue that is not there has never held a message.
        with rabbit() as line, suppress(*line.channel_errors):
            channel = line.channel()
            waiting = iter(lambda: channel.basic_get(house.service.settings.broker_queue, no_ack=False), None)
            texts = [_text(message.body) for message in itertools.islice(waiting, 200)]
            channel.close()
    else:
        texts = [_body_of(message) for message in house.service.settings.broker_folder.rglob("*.msg")]
    if any(secrets.told_by(text) for text in texts):
        yield "a message at the broker names a citizen"


def _body_of(message: Path) -> str:
    """A message in the folder; a worker may just have taken it."""
    try:
        return _text(base64.b64decode(json.loads(message.read_bytes())["body"]))
    except FileNotFoundError:
        return ""


def _text(body: bytes | str) -> str:
    """What a message says, letters that were written as numbers included."""
    return json.dumps(json.loads(body), ensure_ascii=False)
