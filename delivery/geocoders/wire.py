"""How geopy reaches a service: one deadline for the whole exchange, a limit on the answer, nothing in the logs."""

import json
import logging
from functools import cache
from typing import Any

import httpx
from geopy.adapters import AdapterHTTPError, BaseSyncAdapter
from geopy.exc import GeocoderParseError, GeocoderServiceError, GeocoderTimedOut, GeocoderUnavailable

from postal_api.deadline import Answer, deadline_client, exchange
from postal_api.errors import NotSent, OutcomeUnknown

MOST_BYTES = 1_000_000


class DeadlineAdapter(BaseSyncAdapter):  # type: ignore[misc]  # geopy has no types
    """An adapter for geopy: no redirects, no proxies from the environment, no compressed bombs."""

    def __init__(self, *, proxies: object, ssl_context: object) -> None:
        super().__init__(proxies=proxies, ssl_context=ssl_context)
        hush()
        self._http = deadline_client(connect_seconds=5, seconds=30)

    def get_text(self, url: str, *, timeout: float, headers: dict[str, str]) -> str:
        """The body of a successful answer, within `timeout` seconds.

        Raises what geopy asks of adapters; no text of theirs repeats the address of the page.
        """
        request = self._http.build_request("GET", url, headers={**headers, "Accept-Encoding": "identity"})
        try:
            answer = exchange(self._http, request, seconds=timeout, most_bytes=MOST_BYTES)
        except NotSent as error:
            raise GeocoderUnavailable(str(error)) from error
        except OutcomeUnknown as error:
            raise GeocoderTimedOut(str(error)) from error
        except httpx.InvalidURL as error:
            raise GeocoderServiceError("the service's address cannot be used") from error
        if answer.status != 200:
            raise _refusal(answer)
        return answer.body.decode("utf-8", errors="replace")

    def get_json(self, url: str, *, timeout: float, headers: dict[str, str]) -> Any:  # noqa: ANN401
        """The parsed body of a successful answer."""
        try:
            return json.loads(self.get_text(url, timeout=timeout, headers=headers))
        except (ValueError, RecursionError) as error:
            raise GeocoderParseError("the answer is not JSON") from error

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()


class NoNetwork(BaseSyncAdapter):  # type: ignore[misc]
    """The adapter of geocoders that know their answers: it cannot reach anything."""

    def get_text(self, url: str, *, timeout: float, headers: dict[str, str]) -> str:
        """Raises GeocoderServiceError, always."""
        del url, timeout, headers
        raise GeocoderServiceError("this geocoder has no network")

    get_json = get_text


@cache
def hush() -> None:
    """Keep the libraries from logging the addresses of pages, which hold citizens' streets."""
    for name in ("geopy", "httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _refusal(answer: Answer) -> AdapterHTTPError:
    # Without the body, which may repeat what was asked.
    after = {} if answer.retry_after is None else {"retry-after": str(int(answer.retry_after))}
    return AdapterHTTPError(f"HTTP {answer.status}", status_code=answer.status, headers=after, text="")
