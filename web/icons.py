"""The picture of the app on a phone's home screen: the house of `static/icon.svg`, drawn in any size."""

from functools import cache
from io import BytesIO

from PIL import Image, ImageDraw

BLUE, WHITE = "#0b4f8a", "#ffffff"
# In units of a picture that is 32 wide; inside the circle that remains when a phone cuts the corners off.
HOUSE = ((8, 15.5), (16, 9), (24, 15.5), (24, 23.5), (8, 23.5))
DOOR = ((13.5, 17.5), (18.5, 23.5))
SIZES = (192, 512)
# Drawn so much larger and then made smaller: edges that are not steps.
FINER = 4


@cache
def icon(size: int) -> bytes:
    """The picture as PNG, `size` pixels wide and high."""
    scale = size * FINER / 32
    drawn = Image.new("RGB", (size * FINER, size * FINER), BLUE)
    pen = ImageDraw.Draw(drawn)
    pen.polygon([(x * scale, y * scale) for x, y in HOUSE], WHITE)
    pen.rectangle([(x * scale, y * scale) for x, y in DOOR], BLUE)
    written = BytesIO()
    drawn.resize((size, size), Image.Resampling.LANCZOS).save(written, "PNG", optimize=True)
    return written.getvalue()
