"""The line to a receiver of notices: where its name leads is looked up once, judged, and that very place is called."""

from collections.abc import Mapping
from time import monotonic

import httpx

from delivery.errors import BadInput
from delivery.i18n import gettext as _
from delivery.outward import OutwardLine, Unresolved, client_trusting, port_of
from delivery.rules.egress import Address, Allowed
from delivery.rules.notice_sending import Fault, Outcome, outcome_of
from delivery.settings import Settings
from postal_api.deadline import exchange_briefly
from postal_api.errors import NotSent, OutcomeUnknown

MOST_BYTES = 4096
CONNECT_SECONDS = 5.0
LONGEST_URL = 500


class NoticeLine(OutwardLine):
    """Calls receivers; several threads may use it at once."""

    @classmethod
    def of(cls, settings: Settings) -> "NoticeLine":
        """The line of these settings.

        Raises BadSetting when the file with certificates cannot be read.
        """
        http = client_trusting(settings.notice_ca, "TANNHA_NOTICE_CA", CONNECT_SECONDS, settings.notice_seconds)
        return cls(http, Allowed.parse(settings.notice_networks), settings.notice_seconds, settings.notice_plain_http)

    def read(self, typed: str) -> str:
        """An address as a person types it.

        Raises BadInput when it is none that notices may be sent to.
        """
        try:
            url = httpx.URL(typed.strip())
        except httpx.InvalidURL as error:
            raise BadInput(_("Write an address such as https://motcua.hanoi.gov.vn/thong-bao")) from error
        if len(str(url)) > LONGEST_URL or not url.host or url.scheme not in {"https", "http"}:
            raise BadInput(_("Write an address such as https://motcua.hanoi.gov.vn/thong-bao"))
        if url.userinfo or url.fragment:
            raise BadInput(_("The address must hold no password and no #: notices are signed instead"))
        if url.scheme == "http" and not self._is_plain(url):
            raise BadInput(_("Notices go by https only"))
        return str(url)

    def check(self, url: str) -> None:
        """Look where an address leads, without calling it.

        Raises BadInput when its name leads nowhere, or to where nothing may be sent.
        """
        target = httpx.URL(url)
        try:
            found = self.look_up(target.host, port_of(target), self.seconds)
        except Unresolved as error:
            raise BadInput(_("The host {host} is not known here").format(host=target.host)) from error
        if not self._may_call(target, found):
            raise BadInput(
                _(
                    "{host} does not lie in the public network. Whoever runs the machine can allow it: "
                    "TANNHA_NOTICE_NETWORKS"
                ).format(host=target.host)
            )

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Outcome:
        """Send a body; nothing is raised, whatever the other side does. No transaction is open."""
        target, ends = httpx.URL(url), monotonic() + self.seconds
        if target.scheme != "https" and not self._is_plain(target):
            return Outcome(Fault.NOT_ALLOWED)
        try:
            places = self.look_up(target.host, port_of(target), self.seconds)
        except Unresolved:
            return Outcome(Fault.UNREACHABLE)
        if not self._may_call(target, places):
            return Outcome(Fault.NOT_ALLOWED)
        outcome = Outcome(Fault.UNREACHABLE)
        for place in places:
            outcome = self._post_to(place, target, body, headers, ends - monotonic())
            if outcome.fault is not Fault.UNREACHABLE:
                break
        return outcome

    def _post_to(
        self, place: Address, target: httpx.URL, body: bytes, headers: Mapping[str, str], seconds: float
    ) -> Outcome:
        sent = {
            "Host": target.netloc.decode("ascii"), "Content-Type": "application/json", "Accept": "application/json",
            "Accept-Encoding": "identity", "User-Agent": "tannha-notices/1", **headers,
        }  # fmt: skip
        request = httpx.Request("POST", target.copy_with(host=str(place)), content=body, headers=sent)
        timeout = httpx.Timeout(max(seconds, 0.01), connect=max(min(CONNECT_SECONDS, seconds), 0.01))
        # The certificate must be the name's, although the address is called.
        request.extensions = {"timeout": timeout.as_dict(), "sni_hostname": target.host}
        try:
            answer = exchange_briefly(self.http, request, seconds=seconds, most_bytes=MOST_BYTES)
        except NotSent:
            return Outcome(Fault.UNREACHABLE)
        except OutcomeUnknown:
            return Outcome(Fault.NO_ANSWER)
        return outcome_of(answer.status, answer.retry_after)
