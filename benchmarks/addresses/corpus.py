"""The corpora: written by hand, made up in the many ways people write, and points that nobody made for this."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random

from benchmarks.addresses import HERE, Case, Truth, writing
from benchmarks.addresses.abroad import elsewhere
from benchmarks.addresses.ground import Ground, OldWard, Street
from benchmarks.addresses.spelling import plain
from benchmarks.addresses.spoiling import spoiled

# Beyond so many kilometres the middle of an alley says little about a house in it.
SHORT_ALLEY_KM = 0.15
# A street that lies in one ward by so much is taken to lie there by most who know it.
MOSTLY = 0.9

# Estates that the addresses written by hand or the names of stops place in a ward, with a point in them.
ESTATES = (
    ("Việt Hưng", "00127", 21.0640, 105.9085),
    ("Sài Đồng", "00136", 21.0400, 105.9040),
    ("Vinhomes Riverside", "00136", 21.0480, 105.9120),
)


def given(ground: Ground) -> list[Case]:
    """The addresses written by hand."""
    with (ground.data / "addresses.csv").open(encoding="utf-8", newline="") as file:
        return [
            Case(
                row["address"],
                Truth(frozenset(row["new_ward_codes"].split("/"))),
                (row["form"], row["note"]),
                frozenset(row["old_ward_codes"].split("/")) - {"-"},
            )
            for row in csv.DictReader(file)
        ]


def bus_stops(ground: Ground) -> list[Case]:
    """Each written plainly, with the district and nothing of wards: what counts is how far off the answer is."""
    found = []
    for stop in ground.bus_stops:
        number = f"Ngõ {stop.number}" if stop.in_alley else f"Số {stop.number}"
        text = f"{number} {stop.street.name}, Long Biên, Hà Nội"
        truth = Truth(ground.wards_at(stop.lat, stop.lon), plain(stop.street.name), (stop.lat, stop.lon))
        found.append(Case(text, truth, ("bus stop",)))
    return found


def made_up(ground: Ground, count: int, seed: int) -> list[Case]:
    """So many addresses, the same for the same seed and shared data."""
    random = Random(seed)
    writer = Writer(ground, random)
    makers, weights = zip(*writer.makers(), strict=True)
    return [spoiled(random, random.choices(makers, weights)[0]()) for _ in range(count)]


class Writer:
    """Writes addresses of each kind from the ground, all by one source of chance."""

    def __init__(self, ground: Ground, random: Random) -> None:
        self.ground, self.random = ground, random
        self.streets = sorted(ground.streets.values(), key=lambda street: street.name)
        self.villas = [street for street in self.streets if street.name[-1].isdigit() and street.name[:4] != "Long"]
        self.homes = [street for street in self.streets if street not in self.villas]

    def makers(self) -> Iterator[tuple[Callable[[], Case], float]]:
        yield self.at_known_number, 24
        yield self.on_street, 14
        yield self.in_alley, 24
        yield self.street_alone, 6
        yield self.in_villas, 4
        yield self.in_tower, 4
        yield self.ward_alone, 7
        yield self.landmark, 3
        yield self.elsewhere, 14

    def at_known_number(self) -> Case:
        anchor = self.random.choice(self.ground.anchors)
        number, kind = writing.house_number(self.random, anchor.number)
        street = self._street(anchor.street)
        local = [f"{writing.house(self.random, number)} {street}"]
        truth = Truth(self.ground.wards_at(anchor.lat, anchor.lon), plain(anchor.street.name), (anchor.lat, anchor.lon))
        return self._placed(local, truth, anchor.lat, anchor.lon, ("house on a street", kind))

    def on_street(self) -> Case:
        """A house number that no data know, on a street within one ward."""
        street = self.random.choice([street for street in self.homes if len(street.wards) == 1])
        number, kind = writing.house_number(self.random, self.random.randint(1, 300))
        local = [f"{writing.house(self.random, number)} {self._street(street)}"]
        at = street.stretches[0]
        return self._placed(local, Truth(street.wards, plain(street.name)), at.lat, at.lon, ("house on a street", kind))

    def in_alley(self) -> Case:
        alley = self.random.choice([alley for alley in self.ground.alleys if len(alley.chain) <= 3])
        local, kind = writing.in_alley(self.random, alley.chain, self._street(alley.street))
        point = (alley.at.lat, alley.at.lon) if alley.at.km <= SHORT_ALLEY_KM else None
        truth = Truth(self.ground.wards_at(alley.at.lat, alley.at.lon), plain(alley.street.name), point)
        kinds = ("house in an alley", kind, f"alley {len(alley.chain)} deep")
        return self._placed([local], truth, alley.at.lat, alley.at.lon, kinds)

    def street_alone(self) -> Case:
        """No number: what the address says of wards decides where the street runs through several."""
        street = self.random.choice(self.homes)
        at = self.random.choice(street.stretches)
        truth = Truth(street.wards, plain(street.name))
        case = self._placed([self._street(street)], truth, at.lat, at.lon, ("street alone",))
        return replace(case, truth=self._settled(case.truth))

    def in_villas(self) -> Case:
        street = self.random.choice(self.villas)
        at = street.stretches[0]
        number = self.random.choice(
            (
                f"{self.random.randint(1, 40)}",
                f"Căn {self.random.randint(1, 40):02d}",
                f"BT{self.random.randint(1, 20)}",
            )
        )
        local = [
            f"{number} {street.name}",
            *self.random.choice(((), ("Vinhomes Riverside",), ("KĐT Vinhomes Riverside",))),
        ]
        return self._placed(local, Truth(street.wards, plain(street.name)), at.lat, at.lon, ("villa in an estate",))

    def in_tower(self) -> Case:
        estate, ward, lat, lon = self.random.choice(ESTATES)
        flat = self.random.choice(("Căn hộ {n}", "Căn {n}", "P{n}", "Phòng {n}", "CH {n}")).format(
            n=self.random.randint(201, 2412)
        )
        tower = self.random.choice(("tòa {t}", "toà {t}", "Tòa nhà {t}", "{t}", "CC {t}")).format(
            t=self.random.choice(("CT1", "CT15", "R2", "N01A", "H1", "K2", "GH1", "P6"))
        )
        where = self.random.choice(("KĐT {e}", "Khu đô thị {e}", "kdt {e}", "Khu ĐT {e}")).format(e=estate)
        return self._placed(
            [flat + self.random.choice((", ", " ")) + tower, where],
            Truth(frozenset({ward})),
            lat,
            lon,
            ("flat in a tower",),
        )

    def ward_alone(self) -> Case:
        """A group of houses and a ward: enough where the ward lies in one of today's, else a person must be asked."""
        local = [writing.group(self.random)] if self.random.random() < 0.8 else []
        if self.random.random() < 0.4:
            code = self.random.choice(sorted(HERE))
            parts = [
                *local,
                self.random.choice(("Phường ", "phường ", "P. ")) + self.ground.new_wards[code],
                self._province(),
            ]
            return self._case(parts, Truth(frozenset({code})), ("ward alone", "new form"))
        old = self.random.choice(self.ground.old_wards)
        ward = writing.ward(self.random, old.name)
        parts = [*local, ward, self.random.choice(writing.DISTRICT[:4]), self._province()]
        truth = Truth(frozenset(old.now), must_ask=len(old.now) > 1)
        return self._case(parts, truth, ("ward alone", "old form", "cannot be known" if truth.must_ask else "old ward"))

    def landmark(self) -> Case:
        name, lat, lon = self.random.choice(self.ground.landmarks)
        truth = Truth(self.ground.wards_at(lat, lon))
        return self._placed([name], truth, lat, lon, ("landmark alone",))

    def elsewhere(self) -> Case:
        parts, kinds = elsewhere(self.random, self.homes, self.ground.elsewhere)
        return self._case(parts, Truth(frozenset()), ("elsewhere", *kinds))

    def _placed(self, local: list[str], truth: Truth, lat: float, lon: float, kinds: tuple[str, ...]) -> Case:
        """The local part followed by one of the ways to go on: the old form, the new, a wrong ward, none."""
        if self.random.random() < 0.1:
            local, kinds = [*local, writing.group(self.random)], (*kinds, "group of houses")
        old = self.ground.old_ward_of(lat, lon)
        chance = self.random.random()
        if chance < 0.38 and old is not None:
            return self._old_form(local, truth, old, kinds)
        if chance < 0.66:
            return self._new_form(local, truth, lat, lon, kinds)
        if chance < 0.76:
            return self._wrong_ward(local, truth, kinds)
        return self._no_ward(local, truth, kinds)

    def _old_form(self, local: list[str], truth: Truth, old: OldWard, kinds: tuple[str, ...]) -> Case:
        parts = [
            *local,
            writing.ward(self.random, old.name),
            self.random.choice(writing.DISTRICT),
            *self._maybe_province(),
        ]
        wards = truth.wards & set(old.now) or truth.wards
        return self._case(parts, replace(truth, wards=wards), (*kinds, "old form"))

    def _new_form(self, local: list[str], truth: Truth, lat: float, lon: float, kinds: tuple[str, ...]) -> Case:
        """Today's ward and the province; now and then with the district, which is no more."""
        code = self.random.choice(sorted(self.ground.wards_at(lat, lon) & truth.wards & HERE or truth.wards))
        name = self.ground.new_wards[code]
        parts = [*local, writing.ward(self.random, name)]
        if self.random.random() < 0.15:
            parts += [self.random.choice(writing.DISTRICT[:4]), *self._maybe_province()]
            return self._case(parts, truth, (*kinds, "new ward with the old district"))
        province = self._maybe_province()
        meant = {code}
        if not province:
            # It may as well be an old ward of that name.
            meant.update(*(old.now for old in self.ground.old_wards if old.name == name))
        if parts[-1] != "Long Biên":
            # Said alone, that may be the district.
            truth = replace(truth, wards=truth.wards & meant)
        return self._case([*parts, *province], truth, (*kinds, "new form"))

    def _wrong_ward(self, local: list[str], truth: Truth, kinds: tuple[str, ...]) -> Case:
        wrong = [ward for ward in self.ground.old_wards if not truth.wards & set(ward.now)]
        if self.random.random() < 0.6 and wrong:
            ward = writing.ward(self.random, self.random.choice(wrong).name)
            parts = [*local, ward, self.random.choice(writing.DISTRICT), *self._maybe_province()]
            return self._case(parts, truth, (*kinds, "wrong ward", "old form"))
        code = self.random.choice(sorted(HERE - truth.wards))
        parts = [
            *local,
            self.random.choice(writing.WARD[:6]).format(name=self.ground.new_wards[code]),
            self._province(),
        ]
        return self._case(parts, truth, (*kinds, "wrong ward", "new form"))

    def _no_ward(self, local: list[str], truth: Truth, kinds: tuple[str, ...]) -> Case:
        if self.random.random() < 0.15:
            return self._case(local, truth, (*kinds, "nothing but the street"))
        parts = [*local, self.random.choice(writing.DISTRICT), *self._maybe_province()]
        return self._case(parts, truth, (*kinds, "no ward"))

    def _settled(self, truth: Truth) -> Truth:
        """A street without a number: the ward that holds nearly all of what is possible, or nobody can know."""
        stretches = self.ground.streets[truth.street or ""].stretches
        lengths = {stretch.ward: stretch.km for stretch in stretches if stretch.ward in truth.wards}
        longest = max(lengths, key=lambda code: lengths[code])
        if lengths[longest] >= MOSTLY * sum(lengths.values()):
            return replace(truth, wards=frozenset({longest}))
        return replace(truth, must_ask=True)

    def _case(self, parts: list[str], truth: Truth, kinds: tuple[str, ...]) -> Case:
        parts, extras = writing.adorned(self.random, parts)
        text, order = writing.joined(self.random, parts)
        return Case(text, truth, (*kinds, *extras, *order))

    def _street(self, street: Street) -> str:
        return writing.street_name(self.random, street.name, street.kind)

    def _maybe_province(self) -> list[str]:
        return [self._province()] if self.random.random() < 0.8 else []

    def _province(self) -> str:
        return self.random.choice(writing.PROVINCE)
