"""The browser's session, which nothing carries that others may keep."""

from flask import Flask, Response
from flask.sessions import SecureCookieSessionInterface, SessionMixin


class Sessions(SecureCookieSessionInterface):
    """Flask's own, except that a file for everybody neither renews a session nor depends on one.

    A cache on the way would otherwise keep somebody's cookie with it; and a file that arrives late would log in again
    whoever has logged out meanwhile.
    """

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if session.modified or not response.cache_control.public:
            super().save_session(app, session, response)
