"""How exactly an address was placed, in words."""

from delivery.i18n import marked
from delivery.places.fixes import Quality

QUALITIES: dict[Quality, str] = {
    Quality.DOOR: marked("At the door"),
    Quality.HOUSE: marked("At the house number"),
    Quality.ALLEY: marked("In the alley"),
    Quality.STREET: marked("On the street"),
    Quality.AREA: marked("In the housing estate"),
    Quality.WARD: marked("Only the ward is known"),
    Quality.NONE: marked("Not found"),
}
