"""Geocoders, one after the other: pins of people, confirmed doors, the map, and only where a setting names one, a service."""
