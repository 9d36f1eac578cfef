"""Messages to citizens: what they read, that somebody wants none, and that by a link from the message itself."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from delivery.errors import DeliveryError
from delivery.i18n import gettext as _
from delivery.messages.addresses import hash_of, is_unwanted, read_token, stop_messages, want_messages
from delivery.messages.looking import channel_states, samples
from delivery.models import Item
from delivery.moments import now
from delivery.rules.messages import CHANNELS, OCCASIONS, WHYS
from web import access
from web.offices import offices_seen
from web.people import note
from web.told import address_in
from web.views import service

pages = Blueprint("messages", __name__)


@pages.get("/tin-nhan")
def show_all() -> ResponseReturnValue:
    """What citizens read on each occasion, with made-up data, and how the channels are."""
    settings = service().settings
    language = settings.message_language
    with service().database.read() as session:
        offices = offices_seen(session)
        return render_template(
            "messages.html", samples=samples(offices[0], settings.web_url, language, now()) if offices else [],
            states=channel_states(session, settings.channels), trouble=_trouble(), occasions=OCCASIONS,
            channels=CHANNELS, whys=WHYS, quiet=settings.message_quiet, spoken=language,
        )  # fmt: skip


@pages.get("/tin-nhan/<token>")
def ask(token: str) -> ResponseReturnValue:
    """Whether the owner of the link wants no more messages; looking at it changes nothing, whoever looks."""
    hashed = _read(token)
    with service().database.read() as session:
        return render_template("unwanted.html", token=token, unwanted=is_unwanted(session, hashed))


@pages.post("/tin-nhan/<token>")
def stop(token: str) -> ResponseReturnValue:
    """No more messages to this address. Mail programs press it by themselves (RFC 8058), with no page seen before."""
    hashed = _read(token)
    with service().database.write() as session:
        stop_messages(session, hashed, by="link", at=now())
    return redirect(url_for("messages.ask", token=token), 303)


@pages.post("/tin-nhan/<token>/nhan-lai")
def resume(token: str) -> ResponseReturnValue:
    """Messages are wanted after all."""
    hashed = _read(token)
    with service().database.write() as session:
        want_messages(session, hashed)
    return redirect(url_for("messages.ask", token=token), 303)


@pages.post("/phong-bi/<int(max=2147483647):item_id>/tin-nhan/<kind>")
def silence(item_id: int, kind: str) -> ResponseReturnValue:
    """The recipient has said at the counter or by telephone that no messages are wanted at this address."""
    return _note_wish(item_id, kind, wanted=False)


@pages.post("/phong-bi/<int(max=2147483647):item_id>/tin-nhan/<kind>/nhan-lai")
def unsilence(item_id: int, kind: str) -> ResponseReturnValue:
    """It was a mistake, or they have changed their mind."""
    return _note_wish(item_id, kind, wanted=True)


def _note_wish(item_id: int, kind: str, *, wanted: bool) -> ResponseReturnValue:
    by, at = access.staff().username, now()
    with service().database.write() as session:
        item = session.get(Item, item_id) or abort(404)
        access.need_office(item.office_id)
        hashed = hash_of(service().blind, address_in(item, kind) or abort(404))
        if wanted:
            want_messages(session, hashed)
            note(session, by, "messages wanted", f"item:{item_id}", at)
        else:
            stop_messages(session, hashed, by=by, at=at)
            note(session, by, "messages ended", f"item:{item_id}", at)
    said = _("Messages go to this address again.") if wanted else _("No more messages go to this address.")
    flash(said, "success")
    return redirect(url_for("dispatch.item", item_id=item_id, _anchor="da-bao"))


def _read(token: str) -> str:
    """The hash that a link stands for; every other address is no page, whatever is wrong with it."""
    return read_token(service().blind, token) or abort(404)


def _trouble() -> str:
    """What is missing in the settings; empty while nothing is."""
    try:
        service().message_desk.order  # noqa: B018  looking at it is what builds it
    except DeliveryError as error:
        return str(error)
    return ""
