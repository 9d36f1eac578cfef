"""A signature's strokes: lines through points, each a pair of thousandths of the field's width."""

MOST_STROKES, MOST_POINTS, FARTHEST = 200, 4000, 1000
Strokes = list[list[list[int]]]


def can_be_drawn(strokes: Strokes) -> bool:
    """Whether somebody can have drawn this: not too many strokes and points, and all of them within the field."""
    if len(strokes) > MOST_STROKES or sum(map(len, strokes)) > MOST_POINTS:
        return False
    return all(
        len(point) == 2 and all(type(part) is int and 0 <= part <= FARTHEST for part in point)
        for stroke in strokes
        for point in stroke
    )
