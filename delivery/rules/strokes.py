"""A signature's strokes: lines through points, each a pair of thousandths of the field's width."""

MOST_STROKES, MOST_POINTS, FARTHEST = 200, 4000, 1000
# A phone sends many acts at a time, each with one.
MOST_STROKES_AT_DOOR, MOST_POINTS_AT_DOOR = 100, 1500
Strokes = list[list[list[int]]]


def can_be_drawn(strokes: Strokes, most_strokes: int = MOST_STROKES, most_points: int = MOST_POINTS) -> bool:
    """Whether somebody can have drawn this: not too many strokes and points, and all of them within the field."""
    if len(strokes) > most_strokes or sum(map(len, strokes)) > most_points:
        return False
    return all(
        len(point) == 2 and all(type(part) is int and 0 <= part <= FARTHEST for part in point)
        for stroke in strokes
        for point in stroke
    )
