"""Runs the process that delivers webhooks: Celery as a doorbell, and threads.

A composition root of its own: it wires the sender to the stores and to the way out,
and loads neither the web framework nor the command line's libraries: it shall be small.
"""

import logging
import random
import socket
import sys
from functools import partial
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_shutting_down

from app.contract.kind import Kinds
from app.contract.kinds import KINDS
from app.contract.ports import LedgerUnavailableError, StorageUnavailableError
from app.contract.records.wire import WEBHOOK_QUEUE_NAME, WEBHOOK_TASK_NAME
from app.environment import tidy_environment
from app.logs import configure_logging
from app.outbound import OutboundClient, OutboundLimits, OutboundRules
from app.settings import WebhookSettings
from app.stores.celery_apps import hear, new_celery
from app.stores.connections import connect
from app.stores.doorbell import hearing_settings
from app.stores.ledger import RedisLedger
from app.stores.outbox import RedisOutbox
from app.webhooks.sender import WebhookSender
from app.webhooks.signatures import format_secret, parse_secret

logger = logging.getLogger(__name__)

#: What one try may cost; no more of the answer is read than its head.
LIMITS = OutboundLimits(total_s=15.0, dns_s=5.0, max_bytes=2**16)
#: Tells the secret that signs webhooks from the service's others.
_SECRET_NAME = "webhooks"  # noqa: S105 - a name, not a secret
_PING_TIMEOUT_S = 5.0


def run_webhooks(settings: WebhookSettings, kinds: Kinds = KINDS) -> None:
    """Deliver until a signal says stop; tries under way end within their 15 s."""
    sender = _sender(settings, kinds)
    celery = build_celery(settings)

    # Untyped: Celery brings no types, and sends signals what it likes.
    @celery.task(name=WEBHOOK_TASK_NAME)  # type: ignore[untyped-decorator]
    def deliver() -> None:
        try:
            sender.deliver_all()
        except LedgerUnavailableError as error:
            # What is due stays due: the janitor rings again.
            logger.warning("the outbox cannot be reached: %s", error)

    def stop(**_: Any) -> None:
        sender.stopping.set()

    def write_logs(**_: Any) -> None:
        configure_logging(settings.log_format)

    write_logs()  # Celery warns of things before it sends the signal.
    setup_logging.connect(write_logs, weak=False)
    worker_shutting_down.connect(stop, weak=False)
    hear(celery, hostname=_node_name())


def is_running(settings: WebhookSettings) -> bool:
    """Tell whether this machine's process answers, for a health check."""
    celery = build_celery(settings)
    return bool(celery.control.ping([_node_name()], timeout=_PING_TIMEOUT_S))


def shown_secrets(settings: WebhookSettings) -> list[str]:
    """Return what receivers verify with, the newest first."""
    return [format_secret(key) for key in _keys(settings)]


def build_celery(settings: WebhookSettings) -> Celery:
    """Return the application that hears the webhooks' bell."""
    celery = new_celery("impasto-webhooks", settings.redis_url, set_as_current=False)
    celery.conf.update(
        hearing_settings(settings.redis_url, WEBHOOK_QUEUE_NAME),
        # Threads wait for foreign hosts and compute nothing; each try has a deadline
        # of its own, since threads cannot be ended from outside.
        worker_pool="threads",
        worker_concurrency=settings.webhook_threads,
    )
    return celery


def _sender(settings: WebhookSettings, kinds: Kinds) -> WebhookSender:
    client = connect(settings.redis_url)
    rules = OutboundRules(
        schemes=settings.webhook_schemes, allow_private=settings.allow_private_urls
    )
    return WebhookSender(
        kinds=kinds,
        outbox=RedisOutbox(client),
        ledger=RedisLedger(client, settings.rules),
        post=partial(OutboundClient(rules).post, limits=LIMITS),
        keys=_keys(settings),
        draw=random.random,
    )


def _keys(settings: WebhookSettings) -> tuple[bytes, ...]:
    if settings.webhook_secrets:
        return tuple(map(parse_secret, settings.webhook_secrets))
    return (settings.service_secret(_SECRET_NAME),)


def _node_name() -> str:
    """Return a name that differs from the painting worker's on this machine."""
    return f"webhooks@{socket.gethostname()}"


def main() -> int:
    """Work until told to stop; say in words what is wrong with the settings."""
    tidy_environment()
    try:
        run_webhooks(WebhookSettings())
    except ValueError as error:  # pydantic's too
        return _complain(error, 2)
    except StorageUnavailableError as error:  # no place for the secret; may get well
        return _complain(error, 1)
    return 0


def _complain(error: Exception, code: int) -> int:
    sys.stderr.write(f"impasto webhooks: {error}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
