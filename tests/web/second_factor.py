"""What the tests of the second factor share: a phone with an authenticator app, and setting it up through the pages."""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from threading import Barrier, BrokenBarrierError

import pyotp

from delivery.moments import now
from tests.web.conftest import PASSWORD, Browser

PAGE = "/buoc-xac-nhan"
STEP = "/dang-nhap/ma-xac-nhan"
A_CODE = re.compile(r"<li><code>([a-z2-9-]{19})</code></li>")


def meet(other: Barrier) -> None:
    """Wait in the middle of a transaction for another that is there too; where it is kept out, go on alone."""
    with suppress(BrokenBarrierError):
        other.wait(1)


@dataclass(frozen=True)
class Phone:
    """A person's authenticator app, and the paper with their recovery codes."""

    secret: str
    recovery: tuple[str, ...] = ()
    picture: str = ""

    def shows(self, seconds: int = 0) -> str:
        """The code it shows now, or so many seconds from now."""
        return pyotp.TOTP(self.secret).at(now() + timedelta(seconds=seconds))


def scanned(page: str) -> Phone:
    """A phone that has scanned the QR code of the page, or into which the key beneath it was typed."""
    key = re.search(r'<code class="key">([A-Z2-7 ]+)</code>', page)
    picture = re.search(r'name="hinh" value="([0-9a-f]+)"', page)
    assert key is not None, "no key on the page"
    assert picture is not None
    return Phone(key[1].replace(" ", ""), picture=picture[1])


def set_up(browser: Browser) -> Phone:
    """Set the second factor up as a person does who is logged in; the code that did so is spent."""
    phone = scanned(browser.get(PAGE).text)
    answer = browser.post(PAGE, on=PAGE, mat_khau=PASSWORD, ma=phone.shows(), hinh=phone.picture)
    codes = tuple(A_CODE.findall(answer.text))
    assert (answer.status_code, len(codes)) == (200, 10)
    return Phone(phone.secret, codes)
