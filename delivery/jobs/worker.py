"""The worker process: Celery carries the wake-up calls, the job table carries the work."""

import os
import secrets
import socket
from typing import Any

from celery import Celery
from celery.signals import worker_ready, worker_shutting_down

from delivery.jobs.folder import use_whole_files
from delivery.jobs.kinds import HANDLERS
from delivery.jobs.sweeper import Sweeper
from delivery.jobs.work import do
from delivery.settings import Settings
from delivery.wiring import Service

TASK = "tannha.do"


def create_celery(settings: Settings) -> Celery:
    """The Celery application: JSON only, no results, one job's number per message.

    A message is acknowledged after the work and given back when its worker dies, but nothing depends on that: see
    `delivery.jobs.sweeper`.
    """
    use_whole_files()
    app = Celery("tannha", broker=settings.broker)
    app.conf.update(
        broker_transport_options=_transport_options(settings),
        broker_connection_retry_on_startup=True,
        broker_connection_timeout=2,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        task_ignore_result=True,
        task_publish_retry=False,
        task_serializer="json",
        accept_content=["json"],
        task_default_queue=settings.broker_queue,
        timezone="Asia/Ho_Chi_Minh",
        enable_utc=True,
        worker_hijack_root_logger=False,
        # Nobody steers workers over the broker. The queue for it goes by the machine's name and belongs to one process:
        # a second worker on the machine, or the next one after a crash, would be turned away and end.
        worker_enable_remote_control=False,
        worker_soft_shutdown_timeout=20,
        worker_enable_soft_shutdown_on_idle=True,
    )
    return app


def run_worker(settings: Settings) -> None:
    """Work until told to stop (SIGTERM finishes the jobs in hand)."""
    service = Service.from_settings(settings)
    app = create_celery(settings)
    owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"

    @app.task(name=TASK)  # type: ignore[untyped-decorator]  # Celery ships no types
    def work(job_id: int) -> None:
        do(service, HANDLERS, job_id, owner)

    sweeper = Sweeper(service, HANDLERS, owner, wake=work.delay)

    @worker_ready.connect(weak=False)  # type: ignore[untyped-decorator]
    def _sweep(**_: object) -> None:
        sweeper.start()

    @worker_shutting_down.connect(weak=False)  # type: ignore[untyped-decorator]
    def _rest(**_: object) -> None:
        sweeper.stop()

    arguments = ["worker", "--pool", "threads", "--concurrency", str(settings.worker_threads)]
    app.worker_main([*arguments, "--without-mingle", "--without-gossip", "--loglevel", "WARNING"])


def _transport_options(settings: Settings) -> dict[str, Any]:
    scheme = settings.broker.partition("://")[0]
    if scheme == "filesystem":
        folder = settings.broker_folder.resolve()
        for part in ("messages", "control"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        messages = str(folder / "messages")
        return {
            "data_folder_in": messages,
            "data_folder_out": messages,
            "control_folder": str(folder / "control"),
            "store_processed": False,
            "polling_interval": 0.1,
        }
    if scheme.startswith("redis"):
        return {"socket_timeout": 2, "socket_connect_timeout": 2, "visibility_timeout": 300}
    return {"confirm_publish": True}
