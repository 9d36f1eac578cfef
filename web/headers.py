"""What every answer tells the browser that a page of ours may do: as little as it can work with."""


def policy(scripts: str = "'self'") -> str:
    """A content security policy; `scripts` says from where scripts may come, and what they may do besides."""
    return (
        f"default-src 'self'; script-src {scripts}; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )


def permissions(camera: str = "()") -> str:
    """A permissions policy; `camera` says who may look through it."""
    return f"camera={camera}, geolocation=(), microphone=(), payment=(), usb=()"


HEADERS = {
    "Content-Security-Policy": policy(),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": permissions(),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
