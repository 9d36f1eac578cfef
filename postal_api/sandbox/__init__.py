"""The sandbox post: a postal service to practise with, as a real HTTP server with its own books.

`python -m postal_api.sandbox --port 8090 --data var/sandbox --speed 600 --callback http://127.0.0.1:8000/callbacks`

It speaks VNPost's interface for public administration (NGSP/LGSP, provincial variant) and sends MyVNPost's signed
callbacks. Its couriers are made up: where each envelope goes is drawn from its item code, so a day can be repeated.
It keeps no names and no addresses. Its bad habits (`HABITS`) are switched on one by one.

What is documented, in public sources of the carrier or its integrators:
    POST /token with Basic credentials and grant_type=client_credentials; the header `access_token`; the keys of an
    order; Status 100 for accepted; the cancellation and tracking addresses' parameters; RESTHeart's form of the feed
    with 24 hexadecimal digits as cursor; StatusCode 4 for delivered; the form, the status list and the signature of
    a callback, and that only its first record is signed; no cancelling after collection (documented for MyVNPost).
What is assumed here, and must be compared with the real carrier:
    Status 101 for an order that exists already (integrators treat it as success); every other Status (102 a field is
    missing or wrong, 103 no valid item code, 104 the item code belongs to another order, 105 the order was cancelled,
    106 no such order, 107 collected already) and its Message, with HTTP 200; all StatusCodes but 4; the form of
    EventTime and sendDate; `updatedDate` as the event's time; that the feed is sorted by its ids; that several
    records of one moment travel in one callback; when callbacks are sent again (`SandboxConfig.pauses`).
What exists only here, under /sandbox/:
    POST collect  {"itemCodes": [...], "at": iso}  the post's scan gun at the hand-over; only now a journey begins
    GET  ledger   the post's own books: every order, its state, and how often it was sent in
    GET  idle     whether the day has been played: pending_callbacks, next_event_in, clock, day_over
    POST clock    {"now": iso}  set the clock
    GET  public-key.pem  the key that callbacks are signed with; also in public.pem in the data folder

The clock starts at the collection and runs `speed` times faster than life. At 18:00 it stops until the next
collection or until it is set, so that a day's end can be looked at; `through_nights` lets it run on. What was not
finished stays out and goes on at 08:00. The books survive kill -9; while the post is closed, its clock stands still.
"""

from postal_api.sandbox.config import HABITS, SandboxConfig
from postal_api.sandbox.server import create_app, serve

__all__ = ["HABITS", "SandboxConfig", "create_app", "serve"]
