"""docs/labels.md says what is so: its example runs as it stands there."""

import re
import runpy
from pathlib import Path

import pytest

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "labels.md"


def test_the_example_draws_a_label_a_sheet_and_a_file_of_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (example,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    Path("example.py").write_text(example, encoding="utf-8")

    assert runpy.run_path("example.py")["pdf"].startswith(b"%PDF")
    assert Path("many.pdf").read_bytes().startswith(b"%PDF")
