"""The line to a provider: each of its addresses is looked up once, judged, and that very place is called.

The operator names the issuer alone; what it says of its other addresses could lead anywhere, into this house as well.
"""

import json
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any

import httpx

from delivery.errors import ProviderAway
from delivery.i18n import gettext as _
from delivery.outward import OutwardLine, Unresolved, client_trusting, port_of
from delivery.rules.egress import Address, Allowed
from delivery.settings import Settings
from postal_api.deadline import Answer, exchange
from postal_api.errors import NotSent, OutcomeUnknown

CONNECT_SECONDS = 3.0
# Discovery, keys and tokens of the largest providers stay below a fifth of it.
MOST_BYTES = 256 * 1024
Said = dict[str, Any]


class ProviderLine(OutwardLine):
    """Asks providers; several threads may use it at once, and no transaction is open meanwhile."""

    @classmethod
    def of(cls, settings: Settings) -> "ProviderLine":
        """The line of these settings.

        Raises BadSetting when the file with certificates cannot be read.
        """
        http = client_trusting(settings.oidc_ca, "TANNHA_OIDC_CA", CONNECT_SECONDS, settings.oidc_seconds)
        return cls(http, Allowed.parse(settings.oidc_networks), settings.oidc_seconds, settings.oidc_plain_http)

    def may_lead_to(self, address: object) -> bool:
        """Whether it is an address to which a person, or we, could be sent: https, without a password in it."""
        if not isinstance(address, str):
            return False
        try:
            url = httpx.URL(address)
        except httpx.InvalidURL:
            return False
        return bool(url.host) and not url.userinfo and (url.scheme == "https" or self._is_plain(url))

    def ask(self, url: str, headers: Mapping[str, str] | None = None, form: str | None = None) -> tuple[int, Said]:
        """The status of an answer and the JSON object in it; with a form it is a POST. Redirects are not followed.

        Raises ProviderAway when there is no such answer in time, or the address is none that may be called.
        """
        ends = monotonic() + self.seconds
        target = httpx.URL(url) if self.may_lead_to(url) else None
        if target is None:
            raise ProviderAway(_("An address of the provider is none to be called: it must begin with https://"))
        answer = self._answer_of(target, self._places(target), dict(headers or {}), form, ends)
        try:
            said = json.loads(answer.body)
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            raise ProviderAway(
                _("{host} answered {status}, and nothing that can be read").format(
                    host=target.host, status=answer.status
                )
            )
        return answer.status, said

    def _places(self, target: httpx.URL) -> Sequence[Address]:
        try:
            places = self.look_up(target.host, port_of(target), self.seconds)
        except Unresolved as error:
            raise ProviderAway(_("The host {host} is not known here").format(host=target.host)) from error
        if not self._may_call(target, places):
            raise ProviderAway(
                _(
                    "{host} does not lie in the public network. Whoever runs the machine can allow it: "
                    "TANNHA_OIDC_NETWORKS"
                ).format(host=target.host)
            )
        return places

    def _answer_of(
        self, target: httpx.URL, places: Sequence[Address], headers: dict[str, str], form: str | None, ends: float
    ) -> Answer:
        sent = {
            "Host": target.netloc.decode("ascii"), "Accept": "application/json", "Accept-Encoding": "identity",
            "User-Agent": "tannha/1", **headers,
        }  # fmt: skip
        for place in places:
            left = max(ends - monotonic(), 0.01)
            request = httpx.Request(
                "GET" if form is None else "POST", target.copy_with(host=str(place)), content=form, headers=sent
            )
            timeout = httpx.Timeout(left, connect=min(CONNECT_SECONDS, left))
            # The certificate must be the name's, although the address is called.
            request.extensions = {"timeout": timeout.as_dict(), "sni_hostname": target.host}
            try:
                return exchange(self.http, request, seconds=left, most_bytes=MOST_BYTES)
            except NotSent:
                continue
            except OutcomeUnknown as error:
                raise ProviderAway(_("{host} did not answer in time").format(host=target.host)) from error
        raise ProviderAway(_("No connection to {host} came about").format(host=target.host))
