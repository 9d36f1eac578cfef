"""A provider of identities on a real port (OpenID Connect: discovery, codes with PKCE, keys, userinfo, log-out).

It knows nothing of ours, and has bad habits when told. Who is asked for at `/authorize` is whoever sits there: the
next of `people`; a browser presses the button of its page, a test posts the same form.
"""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote_plus, urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

CLIENT, SECRET = "tannha", "bí mật: 100 % + của tannha"
KID = "rsa-1"
Claims = dict[str, Any]

# What a token says that is not to be believed, by the habit's name.
LIES: dict[str, Callable[[Claims], Claims]] = {
    "wrong nonce": lambda claims: {**claims, "nonce": "another"},
    "no nonce": lambda claims: {name: value for name, value in claims.items() if name != "nonce"},
    "expired": lambda claims: {**claims, "exp": claims["iat"] - 3600, "iat": claims["iat"] - 7200},
    "endless": lambda claims: {name: value for name, value in claims.items() if name != "exp"},
    "of tomorrow": lambda claims: {**claims, "iat": claims["iat"] + 86400, "exp": claims["exp"] + 86400},
    "long ago": lambda claims: {**claims, "iat": claims["iat"] - 3600},
    "other audience": lambda claims: {**claims, "aud": "somebody-else"},
    "two audiences": lambda claims: {**claims, "aud": [CLIENT, "somebody-else"], "azp": CLIENT},
    "for another party": lambda claims: {**claims, "azp": "somebody-else"},
    "other issuer": lambda claims: {**claims, "iss": "https://elsewhere.example"},
    "nobody": lambda claims: {**claims, "sub": ""},
    "a number": lambda claims: {**claims, "sub": 7},
    "other access token": lambda claims: {**claims, "at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
}
# How it is signed that is not to be believed.
FORGERIES = ("none", "hs256", "stranger", "key inside", "spoilt")


@cache
def _rsa(_whose: str) -> RSAKey:
    """A key of the kind that most providers have; made once, for that takes long. A stranger says it is the house's."""
    return RSAKey.generate_key(2048, {"kid": KID, "use": "sig"})


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class House:
    """The provider: its keys, whom it lets in, and what it does to the next that come."""

    url: str = ""
    habit: str = ""
    person: Claims = field(default_factory=lambda: {"sub": "0001"})
    keys: list[ECKey | RSAKey] = field(default_factory=list)
    redirects: set[str] = field(default_factory=set)
    codes: dict[str, Claims] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    published: Claims = field(default_factory=dict)
    over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.keys.append(_rsa("house"))

    def rotate(self) -> None:
        """Sign with a new key from now on; the old one is published no more."""
        self.keys = [ECKey.generate_key("P-256", {"kid": secrets.token_hex(4), "use": "sig"})]

    def log_in(self, address: str) -> str:
        """Press the button of the page at this address; where the browser is sent from there."""
        answer = httpx.post(address, timeout=10)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    def discovery(self) -> Claims:
        return {
            "issuer": self.url, "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token", "jwks_uri": f"{self.url}/jwks",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "end_session_endpoint": f"{self.url}/logout", "response_types_supported": ["code"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256"], "subject_types_supported": ["public"],
            "authorization_response_iss_parameter_supported": True, **self.published,
        }  # fmt: skip

    def authorise(self, query: Claims) -> tuple[int, str]:
        """Where a browser goes on to; what is not registered goes nowhere."""
        if query.get("client_id") != CLIENT or query.get("redirect_uri") not in self.redirects:
            return 400, ""
        back: Claims = {"state": query.get("state", ""), "iss": self.url}
        if self.habit == "denied":
            back |= {"error": "access_denied", "error_description": "Người này tên là Nguyễn Văn Kín"}
        elif self.habit == "strange word":
            back |= {"error": "<b>Kín</b> 0912345678"}
        elif query.get("code_challenge_method") != "S256" or query.get("response_type") != "code":
            back |= {"error": "invalid_request"}
        else:
            code = secrets.token_urlsafe(16)
            self.codes[code] = {**query, "person": dict(self.person)}
            back["code"] = code
        if self.habit == "mixed up":
            back["iss"] = "https://elsewhere.example"
        return 303, f"{query['redirect_uri']}?{urlencode(back)}"

    def redeem(self, form: Claims, authorisation: str) -> tuple[int, Claims]:
        told = form.get("client_id", ""), form.get("client_secret", "")
        if authorisation.startswith("Basic "):
            name, _colon, secret = base64.b64decode(authorisation.removeprefix("Basic ")).decode().partition(":")
            told = unquote_plus(name), unquote_plus(secret)
        if told != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        asked = self.codes.pop(form.get("code", ""), None)
        challenge = b64(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if (
            asked is None
            or form.get("redirect_uri") != asked["redirect_uri"]
            or not hmac.compare_digest(challenge, asked["code_challenge"])
        ):
            return 400, {"error": "invalid_grant", "error_description": "Người này tên là Nguyễn Văn Kín"}
        access_token = secrets.token_urlsafe(16)
        self.codes[access_token] = asked
        claims = self._claims(asked, access_token)
        return 200, {"access_token": access_token, "token_type": "Bearer", "id_token": self._token(claims)}

    def userinfo(self, authorisation: str) -> tuple[int, Claims]:
        asked = self.codes.get(authorisation.removeprefix("Bearer "))
        if asked is None:
            return 401, {"error": "invalid_token"}
        told = dict(asked["person"])
        return 200, {**told, "sub": "another"} if self.habit == "another's userinfo" else told

    def ending(self, subject: str, **changes: Any) -> str:
        """What it sends when somebody has logged out (Back-Channel Logout 1.0, 2.4)."""
        now = int(time.time())
        event: Claims = {"http://schemas.openid.net/event/backchannel-logout": {}}
        claims = {
            "iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 120, "jti": secrets.token_hex(8), "sub": subject,
            "events": event, **changes,
        }  # fmt: skip
        return self._token({name: value for name, value in claims.items() if value is not None}, typ="logout+jwt")

    def _claims(self, asked: Claims, access_token: str) -> Claims:
        now = int(time.time())
        half = hashlib.sha256(access_token.encode()).digest()[:16]
        told = {name: value for name, value in asked["person"].items() if name in {"sub", "acr", "amr", "auth_time"}}
        claims = {
            "iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked.get("nonce"),
            "at_hash": b64(half), **told,
        }  # fmt: skip
        return LIES[self.habit](claims) if self.habit in LIES else claims

    def _token(self, claims: Claims, typ: str = "JWT") -> str:
        key = self.keys[-1]
        alg = "RS256" if isinstance(key, RSAKey) else "ES256"
        if self.habit in {"none", "hs256"}:
            return self._unsigned(claims)
        if self.habit in {"stranger", "key inside"}:
            stranger = _rsa("stranger")
            inside = {"jwk": stranger.as_dict(private=False)} if self.habit == "key inside" else {}
            return jwt.encode({"alg": "RS256", "kid": key.kid, **inside}, claims, stranger)
        token = jwt.encode({"alg": alg, "kid": key.kid, "typ": typ}, claims, key)
        if self.habit == "spoilt":
            head, _body, signature = token.split(".")
            return ".".join((head, b64(json.dumps({**claims, "sub": "0002"}).encode()), signature))
        return str(token)

    def _unsigned(self, claims: Claims) -> str:
        """Signed by nobody, or with what everybody knows: the public key, as if it were a shared secret."""
        head = {"alg": "none"} if self.habit == "none" else {"alg": "HS256", "kid": self.keys[-1].kid}
        said = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(claims).encode())}"
        signature = (
            b"" if self.habit == "none" else hmac.digest(self.keys[-1].as_pem(private=False), said.encode(), "sha256")
        )
        return f"{said}.{b64(signature)}"


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, house: House) -> None:
        super().__init__(("127.0.0.1", 0), Door)
        self.house = house

    def handle_error(self, *_: object) -> None:
        """A caller that hangs up is one of the things that are tried here."""


class Door(BaseHTTPRequestHandler):
    """What the house answers to whom."""

    server: Server

    def log_message(self, *_: object) -> None:
        """Tests look at what was asked, and at no lines."""

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self._answer(dict(parse_qsl(self.rfile.read(length).decode())))

    def _answer(self, form: Claims) -> None:
        house, path = self.server.house, urlsplit(self.path).path
        house.asked.append(path)
        if house.habit.endswith(path) and self._behave_badly(house.habit.split()[0]):
            return
        authorisation = self.headers.get("Authorization", "")
        if path == "/authorize":
            self._authorise()
        elif path == "/logout":
            self._page("<h1>Tạm biệt</h1>")
        elif path == "/token":
            self._say(*house.redeem(form, authorisation))
        elif path == "/userinfo":
            self._say(*house.userinfo(authorisation))
        elif path == "/jwks":
            self._say(200, {"keys": [key.as_dict(private=False) for key in house.keys]})
        elif path == "/.well-known/openid-configuration":
            self._say(200, house.discovery())
        else:
            self._say(404, {"error": "not_found"})

    def _authorise(self) -> None:
        if self.command == "GET":
            self._page(f'<form method="post" action="{self.path.replace("&", "&amp;")}"><button>Vào</button></form>')
            return
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        status, location = self.server.house.authorise(query)
        self.send_response(status)
        self.send_header("Location", location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _behave_badly(self, habit: str) -> bool:
        if habit == "hang":
            self.server.house.over.wait(20)
            return True
        if habit == "elsewhere":
            self.send_response(307)
            self.send_header("Location", f"{self.server.house.url}/inside")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return True
        self._page("x" * (400_000 if habit == "huge" else 10), 500 if habit == "ill" else 200)
        return True

    def _say(self, status: int, said: Claims) -> None:
        self._send(status, "application/json", json.dumps(said).encode())

    def _page(self, text: str, status: int = 200) -> None:
        self._send(status, "text/html; charset=utf-8", f"<!doctype html><title>Nhà cung cấp</title>{text}".encode())

    def _send(self, status: int, kind: str, body: bytes) -> None:
        with suppress(ConnectionError):
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)


@contextmanager
def running_house(*redirects: str) -> Iterator[House]:
    """The provider at work, until the block ends."""
    house = House(redirects=set(redirects))
    with Server(house) as server:
        house.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield house
        finally:
            house.over.set()
            server.shutdown()
            thread.join(10)
