"""What a district arranges once and changes now and then: one way in to each."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from delivery.i18n import marked
from web import access

pages = Blueprint("setup", __name__)
# Each with its page, its name, and what it is for.
WAYS = (
    ("calendar.show", marked("Working days"), marked("Swapped days, and closures that move the promises")),
    ("couriers.show_all", marked("Couriers"), marked("Who carries for which office, when, and who is away")),
    ("offices.show_all", marked("Offices"), marked("Names, addresses and telephones, as labels and letters show them")),
    ("procedures.show_all", marked("Procedures"), marked("Into whose hands each result may go, and how soon")),
    ("carriers.show", marked("Carriers"), marked("Who carries for which office, and how the carriers are")),
    ("printers.show_all", marked("Label printers"), marked("What paper is in each, and how far it prints off")),
    ("fees.show", marked("Table of fees"), marked("What an envelope costs, from which day on")),
    ("letters.show_all", marked("Letters"), marked("Good wishes, advice or condolences beside a certificate")),
    ("messages.show_all", marked("Messages to citizens"), marked("What citizens are told, by what, and how that goes")),
    ("notices.show_all", marked("Notices to the one-stop system"), marked("It hears what becomes of its results")),
    ("data_requests.show_all", marked("Data requests"), marked("What persons ask about their own data, and by when")),
    ("breaches.show_all", marked("Leaks"), marked("Personal data that got away, and the 72 hours to tell of it")),
    ("purposes.show", marked("Personal data"), marked("What is kept, why, for how long, as everybody may read it")),
    ("journal.show", marked("Journal"), marked("Who did or saw what, and when")),
    ("accounts.show_all", marked("Accounts"), marked("Who may log in, and as what")),
    ("machines.show_all", marked("Connected systems"), marked("Which other machines may ask here, and what")),
)  # fmt: skip


@pages.get("/thiet-lap")
def show_all() -> ResponseReturnValue:
    """The ways that are open to whoever asks."""
    return render_template("setup.html", ways=[way for way in WAYS if access.may_open(way[0])])
