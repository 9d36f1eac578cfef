"""What may be done with routes by hand: each change says when it is allowed, what it wishes, and what comes of it."""

from dataclasses import dataclass, replace
from typing import Protocol

import routing
from delivery.dispatch.desk import Desk, Spot
from delivery.dispatch.reasons import pin_words
from delivery.dispatch.wishes import Shift, Wishes
from delivery.errors import BadInput, NotFound, NotNow
from delivery.i18n import gettext as _
from delivery.models.base import Facts

DAY = 24 * 3600


class Change(Protocol):
    """A change of one version into the next."""

    def allowed(self, desk: Desk) -> None:
        """Raises BadInput or NotNow, in words for whoever asks, when it makes no sense as things stand."""

    def wished(self, desk: Desk) -> Wishes:
        """What is held fast from then on."""

    def planned(self, desk: Desk) -> routing.Plan:
        """The routes that come of it; the desk's wishes are the new ones, its routes those before.

        Raises NotNow, in words, when that cannot be kept.
        """

    def told(self, before: Desk, after: routing.Plan) -> Facts:
        """What has changed, for the list of versions: codes of couriers and numbers, no names."""


@dataclass(frozen=True, slots=True)
class Move:
    """Put an item at a place in a route: another one, or the first that it gets."""

    item: int
    to: Spot

    def allowed(self, desk: Desk) -> None:
        _need_item(desk, self.item)
        _need_on_duty(desk, self.to.courier)

    def wished(self, desk: Desk) -> Wishes:
        return desk.wishes.leave_out(self.item, out=False)

    def planned(self, desk: Desk) -> routing.Plan:
        try:
            return routing.moved(desk.problem, desk.plan, str(self.item), str(self.to.courier), self.to.number - 1)
        except routing.CannotMove as error:
            raise NotNow(pin_words(error.pin)) from error
        except routing.InvalidProblem as error:
            raise BadInput(_("There is no such place in this route")) from error

    def told(self, before: Desk, after: routing.Plan) -> Facts:  # noqa: ARG002  as all changes
        was = before.label(before.spot(self.item))
        return {"kind": "moved", "item": self.item, "from": was, "to": before.label(self.to)}


@dataclass(frozen=True, slots=True)
class LeaveOut:
    """Let an item wait at the ward: nobody plans it until somebody puts it back."""

    item: int

    def allowed(self, desk: Desk) -> None:
        _need_item(desk, self.item)
        spot = desk.spot(self.item)
        if spot is not None:
            _need_free(desk, spot.courier)

    def wished(self, desk: Desk) -> Wishes:
        return desk.wishes.leave_out(self.item, out=True)

    def planned(self, desk: Desk) -> routing.Plan:
        try:
            return routing.dropped(desk.problem, desk.plan, str(self.item))
        except routing.CannotMove as error:
            raise NotNow(pin_words(error.pin)) from error

    def told(self, before: Desk, after: routing.Plan) -> Facts:  # noqa: ARG002  as all changes
        return {"kind": "left_out", "item": self.item, "from": before.label(before.spot(self.item))}


@dataclass(frozen=True, slots=True)
class PutIn:
    """Give a place to all that has none and does not wait by hand; everybody else keeps courier and order."""

    def allowed(self, desk: Desk) -> None:
        if not _waiting(desk):
            raise NotNow(_("Nothing waits for a place in the routes"))

    def wished(self, desk: Desk) -> Wishes:
        return desk.wishes

    def planned(self, desk: Desk) -> routing.Plan:
        return _put_in(desk)

    def told(self, before: Desk, after: routing.Plan) -> Facts:
        missed = {missed.stop_id for missed in after.left_out}
        return {"kind": "put_in", "count": sum(str(item) not in missed for item in _waiting(before))}


@dataclass(frozen=True, slots=True)
class Pin:
    """Let an item go with the courier who has it now, whatever else is changed; or free it again."""

    item: int
    pinned: bool

    def allowed(self, desk: Desk) -> None:
        _need_item(desk, self.item)
        if self.pinned and desk.spot(self.item) is None:
            raise NotNow(_("This envelope has no route yet. Give it one first"))

    def wished(self, desk: Desk) -> Wishes:
        spot = desk.spot(self.item) if self.pinned else None
        return desk.wishes.pin(self.item, spot.courier if spot is not None else None)

    def planned(self, desk: Desk) -> routing.Plan:
        return desk.plan

    def told(self, before: Desk, after: routing.Plan) -> Facts:  # noqa: ARG002  as all changes
        kind = "pinned" if self.pinned else "unpinned"
        return {"kind": kind, "item": self.item, "from": before.label(before.spot(self.item))}


@dataclass(frozen=True, slots=True)
class Hold:
    """Keep a courier's route as it is, or let it be changed again."""

    courier: int
    held: bool

    def allowed(self, desk: Desk) -> None:
        _need_on_duty(desk, self.courier)

    def wished(self, desk: Desk) -> Wishes:
        return desk.wishes.hold(self.courier, held=self.held)

    def planned(self, desk: Desk) -> routing.Plan:
        return desk.plan

    def told(self, before: Desk, after: routing.Plan) -> Facts:  # noqa: ARG002  as all changes
        return {"kind": "held" if self.held else "released", "courier": before.names[self.courier]}


@dataclass(frozen=True, slots=True)
class SendHome:
    """A courier has no route today; what was in it waits for another place."""

    courier: int

    def allowed(self, desk: Desk) -> None:
        _need_on_duty(desk, self.courier)
        if len(desk.problem.couriers) == 1:
            raise NotNow(_("Nobody would be left to deliver. Call somebody else in first"))

    def wished(self, desk: Desk) -> Wishes:
        return desk.wishes.send_home(self.courier)

    def planned(self, desk: Desk) -> routing.Plan:
        return desk.plan

    def told(self, before: Desk, after: routing.Plan) -> Facts:  # noqa: ARG002  as all changes
        return {"kind": "sent_home", "courier": before.names[self.courier]}


@dataclass(frozen=True, slots=True)
class CallIn:
    """A courier works today, in other hours than usual where a shift is given; with `put_in`, what waits is put in."""

    courier: int
    shift: Shift | None
    put_in: bool = False

    def allowed(self, desk: Desk) -> None:
        if self.courier not in desk.hours:
            raise NotFound(_("There is no such courier at this office"))
        if self.shift is not None and not 0 <= self.shift[0] < self.shift[1] <= DAY:
            raise BadInput(_("A shift ends after it begins, on the same day"))
        _need_free(desk, self.courier)

    def wished(self, desk: Desk) -> Wishes:
        return desk.wishes.call_in(self.courier, self.shift)

    def planned(self, desk: Desk) -> routing.Plan:
        return _put_in(desk) if self.put_in else desk.plan

    def told(self, before: Desk, after: routing.Plan) -> Facts:  # noqa: ARG002  as all changes
        start, end = self.shift or before.hours[self.courier]
        return {"kind": "called_in", "courier": before.names[self.courier], "start": start, "end": end}


def _put_in(desk: Desk) -> routing.Plan:
    wanted = tuple(stop for stop in desk.problem.stops if int(stop.id) not in desk.wishes.out)
    return routing.insert(replace(desk.problem, stops=wanted), desk.plan)


def _waiting(desk: Desk) -> list[int]:
    items = {int(stop.id) for stop in desk.problem.stops}
    return sorted(items - desk.planned - desk.wishes.out)


def _need_item(desk: Desk, item: int) -> None:
    if str(item) not in {stop.id for stop in desk.problem.stops}:
        raise NotFound(_("This envelope is no longer in the batch"))


def _need_free(desk: Desk, courier: int) -> None:
    if courier in desk.wishes.held:
        raise NotNow(_("The route {courier} is held. Release it first").format(courier=desk.names[courier]))


def _need_on_duty(desk: Desk, courier: int) -> None:
    if str(courier) not in {one.id for one in desk.problem.couriers}:
        raise NotFound(_("This courier has no route today"))
