"""Who comes to the pages at the same time, for Locust: citizens, clerks, couriers, the carrier, another system.

Run by `benchmarks.web.mixed` in an environment of its own that has Locust and nothing of ours: what there is to ask for
is read from the file that CROWD names.
"""

import itertools
import json
import os
import random
import re
import time
import uuid
from pathlib import Path

from locust import HttpUser, between, constant_throughput, task
from locust.exception import StopUser

ASKED = json.loads(Path(os.environ["CROWD"]).read_text(encoding="utf-8"))
SHARES = ASKED["shares"]
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
CITIZENS = itertools.cycle(ASKED["envelopes"])
CLERKS, COURIERS = itertools.cycle(ASKED["clerks"]), itertools.cycle(ASKED["couriers"])
CALLBACKS = iter(ASKED["callbacks"])
HOUSES = itertools.count(1)
TRIES = 20
TRAYS = ("cho-phat", "hen-hom-nay", "tre-hen", "dang-giu", "dang-phat", "tra-ve", "da-phat", "tat-ca")
# What a desk opens beside trays and searches, the usual ones twice.
OTHER_PAGES = ("/vu-viec", "/vu-viec", "/dieu-phoi", "/dieu-phoi", "/ket-so", "/so-lieu", "/tin-nhan")
MACHINES_READ = (
    "/api/v1/changes", "/api/v1/results?tray=all", "/api/v1/results?tray=waiting", "/api/v1/results?tray=delivered",
    "/api/v1/batches",
)  # fmt: skip


class Guest(HttpUser):
    """Somebody with an address of their own, as the proxy before the server would tell it."""

    abstract = True

    def on_start(self) -> None:
        number = next(HOUSES)
        self.client.headers["X-Forwarded-For"] = f"10.9.{number // 250}.{number % 250 + 1}"

    def page(self, address: str, name: str = "") -> str:
        """A page as it is shown; whatever is no page counts as an error."""
        return str(self.client.get(address, name=name or address.partition("?")[0]).text)

    def send(self, address: str, on: str, name: str, **fields: str) -> str:
        """A form filled in, of the page `on`, with the token that stands there; the page that it leads to."""
        token = TOKEN.search(on)
        if token is None:
            return ""
        return str(self.client.post(address, name=name, data={"csrf_token": token[1], **fields}).text)

    def log_in(self, username: str) -> None:
        """As people do; when many do so at the same moment the server has some of them come again."""
        for _try in range(TRIES):
            token = TOKEN.search(self.page("/dang-nhap"))
            form = {"csrf_token": token[1] if token else "", "username": username, "password": ASKED["password"]}
            with self.client.post(
                "/dang-nhap", name="log-in", data=form, catch_response=True, allow_redirects=False
            ) as answer:
                if answer.status_code == 302:
                    return
                if answer.status_code == 429:
                    answer.success()
            time.sleep(random.uniform(1, 3))
        raise StopUser


class Citizen(Guest):
    """Looks where the own envelope is, proves that it is theirs, and sometimes says what they think of it."""

    fixed_count = SHARES["citizens"]
    wait_time = between(2, 6)

    @task(2)
    def front_page(self) -> None:
        self.page("/")

    @task(6)
    def track(self) -> None:
        self.page(f"/tra-cuu?ma={next(CITIZENS)['code']}")

    @task(1)
    def everybodys_figures(self) -> None:
        self.page("/cong-khai")

    @task(3)
    def own_envelope(self) -> None:
        mine = next(CITIZENS)
        proof = self.page("/phong-bi-cua-toi")
        shown = self.send("/phong-bi-cua-toi", proof, "own envelope: proved", ma=mine["code"], so=mine["digits"])
        if "/noi/rating" in shown:
            shown = self.send(
                "/phong-bi-cua-toi/noi/rating", shown, "own envelope: rated", sao=str(random.randint(3, 5))
            )
        self.send("/phong-bi-cua-toi/xong", shown, "own envelope: left")


class Clerk(Guest):
    """Works through the trays, looks for people, opens what is found."""

    fixed_count = SHARES["clerks"]
    wait_time = between(3, 9)

    def on_start(self) -> None:
        super().on_start()
        self.me = next(CLERKS)
        self.log_in(self.me["username"])

    @task(8)
    def tray(self) -> None:
        tray = random.choice(TRAYS)
        self._open(self.page(f"/ket-qua?ngan={tray}&trang={random.choice((1, 1, 1, 2, 5))}", f"/ket-qua {tray}"))

    @task(4)
    def look_for(self) -> None:
        shown = self.page("/ket-qua?ngan=tat-ca", "/ket-qua tat-ca")
        found = self.send("/ket-qua", shown, "search", tim=random.choice(ASKED["searches"]), ngan="tat-ca")
        self._open(found)

    @task(3)
    def envelope(self) -> None:
        self.page(f"/tim?ma={next(CITIZENS)['code']}")

    @task(7)
    def something_else(self) -> None:
        self.page(random.choice(OTHER_PAGES))

    def _open(self, listing: str) -> None:
        for pattern, name in ((r'href="(/ket-qua/\d+)', "a result"), (r'href="(/phong-bi/\d+)', "an envelope")):
            found = re.findall(pattern, listing)
            if found:
                self.page(random.choice(found), name)


class Courier(Guest):
    """Fetches the round of today and tells, act by act, what happened at the doors."""

    fixed_count = SHARES["couriers"]
    wait_time = between(5, 20)

    def on_start(self) -> None:
        super().on_start()
        self.log_in(next(COURIERS))

    @task
    def round(self) -> None:
        told = self.client.get("/rounds/hom-nay.json").json()
        doors = [stop for one in told["rounds"] for stop in one["stops"] if stop["can_be_told"]]
        acts = [
            {"id": str(uuid.uuid4()), "age": 1.0, "kind": "failed", "item": door["item"], "reason": "nobody_home"}
            for door in random.sample(doors, min(3, len(doors)))
        ]
        self.client.post(
            "/rounds/viec.json", json={"who": told["who"], "acts": acts}, headers={"X-CSRFToken": told["csrf"]}
        )


class Carrier(Guest):
    """Reports, signed, what happens to the envelopes."""

    fixed_count = 1
    wait_time = constant_throughput(ASKED["callbacks_per_second"])

    @task
    def report(self) -> None:
        body = next(CALLBACKS, None)
        if body is None:
            raise StopUser
        self.client.post("/callbacks/vnpost", data=body)


class OneStopSystem(Guest):
    """Reads over the interface what has become of the results that it sent."""

    fixed_count = 1
    wait_time = between(1, 3)

    def on_start(self) -> None:
        super().on_start()
        self.client.headers["Authorization"] = f"Bearer {ASKED['key']}"

    @task
    def read(self) -> None:
        self.page(random.choice(MACHINES_READ))
