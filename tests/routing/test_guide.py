"""docs/routing.md says what is so: its example runs as it stands there."""

import re
import runpy
from pathlib import Path

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "routing.md"


def test_the_example_plans_a_day_that_can_be_driven(tmp_path: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    (file := tmp_path / "example.py").write_text(example, encoding="utf-8")

    (route,) = runpy.run_path(str(file))["plan"].routes
    assert {visit.stop_id for visit in route.visits} == {"an", "binh"}
