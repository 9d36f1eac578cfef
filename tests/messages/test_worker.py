"""A worker process that serves the queue of messages and nothing else, on the settings of its environment."""

import os
import subprocess
import sys
import time
from pathlib import Path

from delivery.jobs.roll import unserved
from delivery.rules.messages import MessageState
from tests.messages.conftest import PUBLIC, Citizen, Telling
from tests.messages.servers import Gateway


def test_a_worker_of_its_own_sends_and_the_doctor_would_name_the_queue_without_it(
    telling: Telling, gateway: Gateway, tmp_path: Path
) -> None:
    citizen = Citizen.waits(telling("sms", sms_gateway=gateway.profile(tmp_path)), tmp_path)
    here = citizen.service.settings
    assert "messages" in unserved(citizen.service)
    told = {
        **os.environ, "TANNHA_HOME": str(here.home), "TANNHA_DATABASE_URL": here.database, "TANNHA_PUBLIC_URL": PUBLIC,
        "TANNHA_MESSAGE_CHANNELS": "sms", "TANNHA_SMS_GATEWAY": here.sms_gateway, "TANNHA_SMS_KEY": "khoa",
        "TANNHA_MESSAGE_QUIET": "", "TANNHA_CARRIER": "own-team", "TANNHA_SWEEP_SECONDS": "0.2",
    }  # fmt: skip
    log = (tmp_path / "worker.log").open("wb")
    command = [sys.executable, "-m", "web", "worker", "--queues", "messages"]
    with log, subprocess.Popen(command, env=told, stdout=log, stderr=log) as worker:
        try:
            for _ in range(600):
                if citizen.last().state is MessageState.SENT or worker.poll() is not None:
                    break
                time.sleep(0.2)
        finally:
            worker.terminate()
            worker.wait(60)

    assert citizen.last().state is MessageState.SENT, (tmp_path / "worker.log").read_text(encoding="utf-8")
    assert len(gateway.sent) == 1
    said = (tmp_path / "worker.log").read_text(encoding="utf-8")
    assert "0912345001" not in said
    assert gateway.texts[0] not in said
