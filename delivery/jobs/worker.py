"""The worker process: Celery carries the wake-up calls, the job table carries the work."""

import contextlib
import os
import secrets
import signal
import socket
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from celery import Celery
from celery.signals import setup_logging, worker_shutting_down

from delivery.jobs.crew import Crew
from delivery.jobs.folder import use_whole_files
from delivery.jobs.kinds import HANDLERS
from delivery.jobs.queues import QUEUES, Queue
from delivery.jobs.roll import sign_off
from delivery.jobs.sweeper import Sweeper
from delivery.settings import Settings
from delivery.wiring import Service

TASK = "tannha.look"


def create_celery(settings: Settings) -> Celery:
    """The Celery application: JSON only, no results, a queue's name per message.

    A message is acknowledged at once and may be lost: a worker that it does not reach finds the work when it sweeps.
    """
    use_whole_files()
    app = Celery("tannha", broker=settings.broker)
    app.conf.update(
        broker_transport_options=_transport_options(settings),
        broker_connection_retry_on_startup=True,
        # Without a broker a worker works on; it never gives up looking for one.
        broker_connection_max_retries=None,
        broker_connection_timeout=2,
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
    )
    return app


def broker_queue(settings: Settings, queue: str) -> str:
    """What a queue is called at the broker, which other installations may share."""
    return f"{settings.broker_queue}.{queue}"


def run_worker(settings: Settings, queues: Sequence[Queue] = QUEUES) -> None:
    """Serve these queues until told to stop (SIGTERM finishes the jobs in hand, a second one ends at once)."""
    service = Service.from_settings(settings)
    app = create_celery(settings)
    owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
    crew = Crew(service, HANDLERS, owner, queues)
    by_name = {queue.name: queue for queue in queues}

    @app.task(name=TASK)  # type: ignore[untyped-decorator]  # Celery ships no types
    def look(queue: str) -> None:
        crew.call(by_name[queue])

    def wake(queue: str) -> None:
        look.apply_async((queue,), queue=broker_queue(settings, queue))

    sweeper = Sweeper(service, crew, wake)

    @worker_shutting_down.connect(weak=False)  # type: ignore[untyped-decorator]
    def _rest(**_: object) -> None:
        sweeper.stop()
        crew.stop()

    @setup_logging.connect(weak=False)  # type: ignore[untyped-decorator]
    def _as_set_up(**_: object) -> None:
        """Celery speaks as this process does, and sets nothing up of its own."""

    # Before Celery: where there is no broker it would wait for one, and the work need not.
    sweeping = sweeper.start()
    listens = ",".join(broker_queue(settings, queue.name) for queue in queues)
    arguments = ["worker", "--pool", "threads", "--concurrency", "1", "--queues", listens]
    try:
        app.worker_main([*arguments, "--without-mingle", "--without-gossip", "--loglevel", "WARNING"])
    finally:
        _rest()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        crew.join()
        sweeping.join()
        with contextlib.suppress(sa.exc.SQLAlchemyError):
            sign_off(service, owner)


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
    return {"write_timeout": 2}
