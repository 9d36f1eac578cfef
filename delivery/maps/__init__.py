"""Maps: an OpenStreetMap extract becomes the gazetteer, the wards, the street network and the base map of a ward."""
