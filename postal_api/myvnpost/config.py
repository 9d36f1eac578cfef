"""Where MyVNPost is, and who we are to it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class MyVNPostConfig:
    """`url` with any prefix of the installation (`/MYVNP_API`, `/customer-partner`); the rest is given by VNPost.

    `service` and `office` are VNPost's codes of the service and of the post office that collects. `look_back` is how
    far the first reading of the list goes; `overlap` how much of it is read again each time, because it may lag.
    """

    url: str
    username: str
    password: str = field(repr=False)
    customer_code: str
    contract_code: str | None = None
    service: str = "CTN009"
    office: str = ""
    callback_keys: Sequence[bytes] = ()
    look_back: timedelta = timedelta(days=30)
    overlap: timedelta = timedelta(minutes=15)
    page_size: int = 50
    token_seconds: float = 3600
    connect_seconds: float = 3
    seconds: float = 20
