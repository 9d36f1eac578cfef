"""The sandbox post: a postal service to practise with, as a real HTTP server with its own books.

`python -m postal_api.sandbox --port 8090 --data var/sandbox --speed 600 --callback http://127.0.0.1:8000/callbacks`

It speaks VNPost's interface for public administration (NGSP/LGSP, national and provincial), MyVNPost's with its
signed callbacks, and Viettel Post's.
Its couriers are made up: where each envelope goes is drawn from its item code, so a day can be repeated.
It keeps no names and no addresses. Its bad habits (`HABITS`) are switched on one by one.

What is documented and what is assumed, and the addresses that only a sandbox has, are in `explained`; the running post
shows the same at `GET /sandbox`.

The clock starts at the collection and runs `speed` times faster than life. At 18:00 it stops until the next
collection or until it is set, so that a day's end can be looked at; `through_nights` lets it run on. What was not
finished stays out and goes on at 08:00. The books survive kill -9; while the post is closed, its clock stands still.
"""

from postal_api.sandbox.config import HABITS, SandboxConfig
from postal_api.sandbox.explained import EXPLANATION
from postal_api.sandbox.server import create_app, serve

__all__ = ["EXPLANATION", "HABITS", "SandboxConfig", "create_app", "serve"]
