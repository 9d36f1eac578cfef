"""Postal codes of today's wards, as the Ministry of Science and Technology gave them out (QĐ 2334/QĐ-BKHCN, 2025)."""

POSTCODES = {
    "00097": "11025",  # Hồng Hà
    "00118": "11813",  # Bồ Đề
    "00127": "11806",  # Việt Hưng
    "00136": "11817",  # Phúc Lợi
    "00145": "11814",  # Long Biên
    "00565": "12428",  # Gia Lâm
    "00577": "12423",  # Bát Tràng
}


def postcode_of(ward_code: str | None) -> str:
    """The postal code of a ward, '' where it is not known here."""
    return POSTCODES.get(ward_code or "", "")
