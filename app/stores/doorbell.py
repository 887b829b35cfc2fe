"""The doorbell: Celery carries a job's id to some worker, and nothing more."""

from celery import Celery
from kombu.exceptions import OperationalError

from app.contract.ports import LedgerUnavailableError
from app.contract.wire import QUEUE_NAME, TASK_NAME, WIRE_VERSION, Bell
from app.stores.connections import broker_url, socket_options


class CeleryDoorbell:
    """Implements the `Doorbell` port; it publishes and never waits for a result."""

    def __init__(self, redis_url: str) -> None:
        self._celery = Celery(
            "impasto", broker=broker_url(redis_url), set_as_current=False
        )
        self._celery.conf.update(
            task_ignore_result=True,
            task_serializer="json",
            accept_content=["json"],
            broker_transport_options=socket_options(redis_url),
        )

    def ring(self, job_id: str) -> None:
        """Ring once; raise LedgerUnavailableError if nobody can hear it."""
        bell = Bell(version=WIRE_VERSION, job_id=job_id)
        try:
            self._celery.send_task(
                TASK_NAME,
                kwargs=bell.model_dump(),
                queue=QUEUE_NAME,
                retry=True,
                retry_policy={"max_retries": 1, "interval_start": 0.1},
            )
        except OperationalError as error:
            raise LedgerUnavailableError(str(error)) from error
