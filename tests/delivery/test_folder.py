"""The embedded broker is a folder: whoever looks into it sees whole messages only."""

import json
from pathlib import Path
from threading import Event, Thread

from kombu.connection import Connection

from delivery.jobs.folder import use_whole_files

MESSAGES = 200
LONG = "x" * 200_000


def test_a_message_is_there_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    use_whole_files()
    folders = {"data_folder_in": str(tmp_path), "data_folder_out": str(tmp_path), "control_folder": str(tmp_path / "c")}
    (tmp_path / "c").mkdir()
    halves: list[str] = []
    is_over = Event()

    def look() -> None:
        while not is_over.is_set():
            halves.extend(path.name for path in tmp_path.glob("*.msg") if not _is_whole(path))

    watching = Thread(target=look)
    watching.start()
    with Connection("filesystem://", transport_options=folders) as connection:  # type: ignore[no-untyped-call]
        queue = connection.SimpleQueue("tannha")
        for number in range(MESSAGES):
            queue.put({"number": number, "text": LONG})
        is_over.set()
        watching.join()
        found = {queue.get(timeout=1).payload["number"] for _ in range(MESSAGES)}
        queue.close()

    assert halves == []
    assert found == set(range(MESSAGES))


def _is_whole(path: Path) -> bool:
    try:
        json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError:
        return False
    return True
