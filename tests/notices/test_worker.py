"""A worker process that serves the queue of notices and nothing else dies after sending; another one follows it."""

import os
import subprocess
import sys
import time
from pathlib import Path

from delivery.failpoints import DIED
from delivery.jobs.roll import unserved
from delivery.models import NoticeSending
from delivery.rules.notice_sending import SendState
from tests.notices.conftest import Telling, Told, an_endpoint
from tests.notices.receiver import Receiver


def test_a_notice_whose_sender_died_comes_again_under_its_name_and_counts_once(
    telling: Telling, receiver: Receiver, tmp_path: Path
) -> None:
    service = telling(lease_seconds=5)
    an_endpoint(service, receiver)
    told = Told.comes_in(service, tmp_path)
    assert "notices" in unserved(service)
    here = service.settings
    environment = {
        **os.environ, "TANNHA_HOME": str(here.home), "TANNHA_DATABASE_URL": here.database, "TANNHA_CARRIER": "own-team",
        "TANNHA_SWEEP_SECONDS": "0.2", "TANNHA_LEASE_SECONDS": "5", "TANNHA_NOTICE_PLAIN_HTTP": "true",
    }  # fmt: skip
    log = (tmp_path / "worker.log").open("wb")
    command = [sys.executable, "-m", "web", "worker", "--queues", "notices"]

    def sent() -> list[NoticeSending]:
        return [one for one in told.sendings() if one.state is SendState.SENT]

    with log:
        dies = {**environment, "TANNHA_FAILPOINT": "after_send"}
        assert subprocess.run(command, env=dies, stdout=log, stderr=log, timeout=120, check=False).returncode == DIED
        assert (len(receiver.names), sent()) == (1, [])
        with subprocess.Popen(command, env=environment, stdout=log, stderr=log) as worker:
            try:
                for _ in range(600):
                    if sent() or worker.poll() is not None:
                        break
                    time.sleep(0.2)
            finally:
                worker.terminate()
                worker.wait(60)

    written = (tmp_path / "worker.log").read_text(encoding="utf-8")
    assert sent(), written
    assert receiver.names == [receiver.names[0]] * 2
    assert len(receiver.results) == 1
    secret = receiver.secrets[0].removeprefix("whsec_")
    assert not [text for text in (secret, "0912345001", "Người Thử") if text in written]
