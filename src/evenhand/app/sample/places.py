"""Cities of the United States and Canada: where a made firm's customers are.

Public facts, rounded: coordinates of the centre, people in the metropolitan area, the first characters of its postal
codes. The order is a walk through the continent along which neighbours are near each other, so that a stretch of
it makes a territory. ``growth`` is made up: how much faster than elsewhere customers appear there.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class City:
    """A city.

    Attributes
    ----------
    part
        Part of the continent; a group of territories is named after it.
    people
        Millions in the metropolitan area.
    postal
        Start of the postal codes: three digits of a ZIP code, or a Canadian forward sortation area.
    growth
        Factor on the share of its customers that are new.
    """

    name: str
    region: str
    country: str
    part: str
    time_zone: str
    latitude: float
    longitude: float
    people: float
    postal: str
    growth: float = 1.0


_PACIFIC, _MOUNTAIN, _CENTRAL, _EASTERN = (
    "America/Los_Angeles",
    "America/Denver",
    "America/Chicago",
    "America/New_York",
)
_US, _CA = "US", "CA"

CITIES: tuple[City, ...] = (
    City("Seattle", "WA", _US, "West", _PACIFIC, 47.61, -122.33, 4.0, "981", 1.2),
    City("Portland", "OR", _US, "West", _PACIFIC, 45.52, -122.68, 2.5, "972"),
    City("Sacramento", "CA", _US, "West", _PACIFIC, 38.58, -121.49, 2.4, "958"),
    City("San Francisco", "CA", _US, "West", _PACIFIC, 37.77, -122.42, 4.6, "941", 0.8),
    City("San Jose", "CA", _US, "West", _PACIFIC, 37.34, -121.89, 2.0, "951", 0.9),
    City("Los Angeles", "CA", _US, "West", _PACIFIC, 34.05, -118.24, 12.9, "900", 0.9),
    City("San Diego", "CA", _US, "West", _PACIFIC, 32.72, -117.16, 3.3, "921"),
    City("Las Vegas", "NV", _US, "West", _PACIFIC, 36.17, -115.14, 2.3, "891", 1.3),
    City("Phoenix", "AZ", _US, "West", "America/Phoenix", 33.45, -112.07, 5.0, "850", 1.5),
    City("Albuquerque", "NM", _US, "West", _MOUNTAIN, 35.08, -106.65, 0.9, "871", 0.7),
    City("Denver", "CO", _US, "West", _MOUNTAIN, 39.74, -104.99, 3.0, "802", 1.2),
    City("Salt Lake City", "UT", _US, "West", _MOUNTAIN, 40.76, -111.89, 1.3, "841", 1.4),
    City("Boise", "ID", _US, "West", "America/Boise", 43.62, -116.21, 0.8, "837", 1.4),
    City("Omaha", "NE", _US, "Central", _CENTRAL, 41.26, -95.93, 1.0, "681"),
    City("Kansas City", "MO", _US, "Central", _CENTRAL, 39.10, -94.58, 2.2, "641"),
    City("Des Moines", "IA", _US, "Central", _CENTRAL, 41.59, -93.62, 0.7, "503"),
    City("Minneapolis", "MN", _US, "Central", _CENTRAL, 44.98, -93.27, 3.7, "554"),
    City("Milwaukee", "WI", _US, "Central", _CENTRAL, 43.04, -87.91, 1.6, "532", 0.7),
    City("Chicago", "IL", _US, "Central", _CENTRAL, 41.88, -87.63, 9.4, "606", 0.8),
    City("Indianapolis", "IN", _US, "Central", "America/Indiana/Indianapolis", 39.77, -86.16, 2.1, "462"),
    City("Cincinnati", "OH", _US, "Central", _EASTERN, 39.10, -84.51, 2.3, "452"),
    City("Columbus", "OH", _US, "Central", _EASTERN, 39.96, -83.00, 2.2, "432", 1.2),
    City("Detroit", "MI", _US, "Central", "America/Detroit", 42.33, -83.05, 4.3, "482", 0.7),
    City("Cleveland", "OH", _US, "Central", _EASTERN, 41.50, -81.69, 2.1, "441", 0.7),
    City("Louisville", "KY", _US, "Central", "America/Kentucky/Louisville", 38.25, -85.76, 1.3, "402"),
    City("St. Louis", "MO", _US, "Central", _CENTRAL, 38.63, -90.20, 2.8, "631", 0.7),
    City("Oklahoma City", "OK", _US, "South", _CENTRAL, 35.47, -97.52, 1.5, "731"),
    City("Dallas", "TX", _US, "South", _CENTRAL, 32.78, -96.80, 8.1, "752", 1.4),
    City("Austin", "TX", _US, "South", _CENTRAL, 30.27, -97.74, 2.5, "787", 1.9),
    City("San Antonio", "TX", _US, "South", _CENTRAL, 29.42, -98.49, 2.7, "782", 1.2),
    City("Houston", "TX", _US, "South", _CENTRAL, 29.76, -95.37, 7.5, "770", 1.1),
    City("New Orleans", "LA", _US, "South", _CENTRAL, 29.95, -90.07, 1.0, "701", 0.6),
    City("Memphis", "TN", _US, "South", _CENTRAL, 35.15, -90.05, 1.3, "381", 0.8),
    City("Nashville", "TN", _US, "South", _CENTRAL, 36.16, -86.78, 2.1, "372", 1.7),
    City("Birmingham", "AL", _US, "South", _CENTRAL, 33.52, -86.80, 1.2, "352", 0.8),
    City("Atlanta", "GA", _US, "South", _EASTERN, 33.75, -84.39, 6.3, "303", 1.2),
    City("Tampa", "FL", _US, "South", _EASTERN, 27.95, -82.46, 3.3, "336", 1.4),
    City("Miami", "FL", _US, "South", _EASTERN, 25.76, -80.19, 6.2, "331", 1.2),
    City("Orlando", "FL", _US, "South", _EASTERN, 28.54, -81.38, 2.8, "328", 1.3),
    City("Jacksonville", "FL", _US, "South", _EASTERN, 30.33, -81.66, 1.7, "322", 1.2),
    City("Charlotte", "NC", _US, "South", _EASTERN, 35.23, -80.84, 2.8, "282", 1.4),
    City("Raleigh", "NC", _US, "South", _EASTERN, 35.78, -78.64, 1.5, "276", 1.6),
    City("Richmond", "VA", _US, "East", _EASTERN, 37.54, -77.44, 1.3, "232"),
    City("Washington", "DC", _US, "East", _EASTERN, 38.91, -77.04, 6.3, "200"),
    City("Baltimore", "MD", _US, "East", _EASTERN, 39.29, -76.61, 2.8, "212", 0.8),
    City("Pittsburgh", "PA", _US, "East", _EASTERN, 40.44, -80.00, 2.4, "152", 0.8),
    City("Philadelphia", "PA", _US, "East", _EASTERN, 39.95, -75.17, 6.2, "191", 0.9),
    City("New York", "NY", _US, "East", _EASTERN, 40.71, -74.01, 19.5, "100", 0.9),
    City("Hartford", "CT", _US, "East", _EASTERN, 41.77, -72.67, 1.2, "061", 0.7),
    City("Providence", "RI", _US, "East", _EASTERN, 41.82, -71.41, 1.7, "029", 0.8),
    City("Boston", "MA", _US, "East", _EASTERN, 42.36, -71.06, 4.9, "021", 1.1),
    City("Buffalo", "NY", _US, "East", _EASTERN, 42.89, -78.88, 1.2, "142", 0.7),
    City("Halifax", "NS", _CA, "Canada", "America/Halifax", 44.65, -63.58, 0.5, "B3J", 1.2),
    City("Québec", "QC", _CA, "Canada", "America/Toronto", 46.81, -71.21, 0.9, "G1R"),
    City("Montréal", "QC", _CA, "Canada", "America/Toronto", 45.50, -73.57, 4.3, "H3B"),
    City("Ottawa", "ON", _CA, "Canada", "America/Toronto", 45.42, -75.70, 1.5, "K1P"),
    City("Toronto", "ON", _CA, "Canada", "America/Toronto", 43.65, -79.38, 6.4, "M5H", 1.2),
    City("Winnipeg", "MB", _CA, "Canada", "America/Winnipeg", 49.90, -97.14, 0.9, "R3C", 0.8),
    City("Calgary", "AB", _CA, "Canada", "America/Edmonton", 51.05, -114.07, 1.6, "T2P", 1.3),
    City("Edmonton", "AB", _CA, "Canada", "America/Edmonton", 53.55, -113.49, 1.5, "T5J"),
    City("Vancouver", "BC", _CA, "Canada", "America/Vancouver", 49.28, -123.12, 2.8, "V6B", 1.1),
)

CANADA_SHARE_OF_WEIGHT = 0.6
"""The firm is American: a Canadian city has fewer customers than its people would give it."""

FRENCH_REGIONS = ("QC",)
