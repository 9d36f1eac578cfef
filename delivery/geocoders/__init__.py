"""Geocoders asked in turn: pins of people, confirmed doors, the map, and a service only where a setting names one."""
