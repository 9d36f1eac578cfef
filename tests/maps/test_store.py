"""Map folders: complete or not there, one served, the others kept."""

import fcntl
import multiprocessing
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.errors import NotFound, NotNow
from delivery.maps import store

OLD, NEW = "2025-05-14-0123456789", "2026-03-01-abcdef0123"


def make(home: Path, version: str) -> Path:
    """A map folder with a file of each name, published as an import does it."""
    with store.lock(home), store.building(home) as folder:
        for name in store.FILES:
            (folder / name).write_text(version)
        return store.publish(home, folder, version)


def serve(home: Path, version: str) -> Path:
    folder = make(home, version)
    with store.lock(home):
        store.serve(home, folder)
    return folder


def test_a_new_map_takes_the_place_of_the_old_one_which_is_kept(tmp_path: Path) -> None:
    assert store.current(tmp_path) is None

    serve(tmp_path, OLD)
    serve(tmp_path, NEW)

    served = store.current(tmp_path)
    assert served is not None
    assert served.name == NEW
    assert [folder.name for folder in store.versions(tmp_path)] == [OLD, NEW]


def test_one_goes_back_to_the_old_map_and_may_then_remove_the_new_one(tmp_path: Path) -> None:
    old, new = serve(tmp_path, OLD), serve(tmp_path, NEW)

    with pytest.raises(NotNow, match=NEW):
        store.remove(tmp_path, NEW)
    store.serve(tmp_path, store.find(tmp_path, OLD))
    store.remove(tmp_path, NEW)

    assert store.current(tmp_path) == old
    assert not new.exists()


def test_who_reads_the_old_map_goes_on_while_another_takes_its_place(tmp_path: Path) -> None:
    old = serve(tmp_path, OLD)

    with (old / "base.json").open() as reader:
        serve(tmp_path, NEW)

        assert reader.read() == OLD


def test_a_building_that_fails_leaves_nothing(tmp_path: Path) -> None:
    serve(tmp_path, OLD)

    def fail(folder: Path) -> None:
        (folder / "base.json").write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), store.lock(tmp_path), store.building(tmp_path) as folder:
        fail(folder)

    assert {path.name for path in (tmp_path / "maps").iterdir()} == {OLD, "current", ".lock"}


def test_what_a_killed_import_left_is_cleared_by_the_next(tmp_path: Path) -> None:
    serve(tmp_path, OLD)
    (tmp_path / "maps" / ".building-xyz" / "base" / "14").mkdir(parents=True)
    (tmp_path / "maps" / ".building-xyz" / "base.json").write_text("half")

    with store.lock(tmp_path):
        left = sorted(path.name for path in (tmp_path / "maps").iterdir())

    assert left == [".lock", OLD, "current"]


def _hold(home: Path, ready: Event, done: Event) -> None:
    with store.lock(home):
        ready.set()
        done.wait(30)


def test_a_second_import_is_told_to_wait_and_does_not_touch_the_work_of_the_first(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    first = context.Process(target=_hold, args=(tmp_path, ready, done))
    first.start()
    try:
        assert ready.wait(30)
        work = tmp_path / "maps" / ".building-first"
        work.mkdir()

        with pytest.raises(NotNow), store.lock(tmp_path):
            pytest.fail("two hold the lock")

        assert work.is_dir()
    finally:
        done.set()
        first.join()


def test_the_lock_goes_with_a_killed_process(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    first = context.Process(target=_hold, args=(tmp_path, ready, done))
    first.start()
    assert ready.wait(30)
    first.kill()
    first.join()

    with store.lock(tmp_path), (tmp_path / "maps" / ".lock").open() as handle, pytest.raises(BlockingIOError):
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.parametrize("missing", store.FILES)
def test_a_folder_that_lacks_a_file_is_never_served(tmp_path: Path, missing: str) -> None:
    folder = serve(tmp_path, OLD)

    (folder / missing).unlink()

    assert store.current(tmp_path) is None
    assert store.versions(tmp_path) == []
    with pytest.raises(NotFound):
        store.find(tmp_path, OLD)


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=60) | st.sampled_from([b"../maps/" + OLD.encode(), OLD.encode(), b"/", b"..", b"."]))
def test_whatever_stands_in_the_pointer_no_folder_outside_the_maps_is_served(
    tmp_path_factory: pytest.TempPathFactory, written: bytes
) -> None:
    home = tmp_path_factory.mktemp("home")
    make(home, OLD)
    (home / "maps" / "current").write_bytes(written)

    served = store.current(home)

    assert served is None or served.parent == home / "maps"


@pytest.mark.parametrize(
    "version", ["", "..", "../..", ".", "/", "current", ".lock", "\x00", "2025-05-14-0123456789/.."]
)
def test_a_version_is_a_name_and_never_a_path(tmp_path: Path, version: str) -> None:
    serve(tmp_path, OLD)

    with pytest.raises(NotFound):
        store.find(tmp_path, version)
