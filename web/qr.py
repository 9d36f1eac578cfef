"""A QR code as a picture within a page."""

import segno
from markupsafe import Markup


def qr_picture(text: str) -> Markup:
    """The code of a text, drawn here and without a style that the pages' policy would forbid."""
    picture = segno.make(text, error="m", micro=False)
    return Markup(picture.svg_inline(scale=5, border=4, light="#fff", svgclass="qr"))  # noqa: S704  # nosec B704
