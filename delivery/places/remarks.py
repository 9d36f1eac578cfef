"""What was assumed about an address, in words a clerk reads in their own language."""

from dataclasses import dataclass

from delivery.i18n import gettext, marked

WORD_CORRECTED = marked("“{said}” was read as “{meant}”")
DISTRICT_MEANT = marked("{name} was taken for the district, not for the ward of that name")
FORM_BY_PROVINCE = marked("Ward {name} was taken for today's, since no district is named")
FORM_OPEN = marked("Ward {name} may be today's or the old one of that name")
FROM_THE_STREET = marked("“{said}” was read from the street inwards: alley first, house last")
FROM_THE_HOUSE = marked("“{said}” was read from the house outwards: house first, alley last")
UNKNOWN_STREET = marked("The street “{said}” is not on the map")
STREET_BELIEVED = marked("The street is not in the ward that is named; the street was believed")
BORDER_BELIEVED = marked("The number lies at the border; the ward that is named was believed")
MOST_OF_STREET = marked("The street lies almost wholly in one ward; that one was taken")
OLD_WARD_CHOSE = marked("Of the street's parts the one in the old ward was taken")
OLD_WARD_RECKONED = marked("The old ward was reckoned from the position")


@dataclass(frozen=True, slots=True)
class Remark:
    """One assumption: a marked text and the values for its gaps, in order of the text."""

    text: str
    values: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """The remark in the reader's language."""
        return gettext(self.text).format(**dict(self.values))


def remark(text: str, **values: str) -> Remark:
    """A remark with its gaps filled."""
    return Remark(text, tuple(values.items()))
