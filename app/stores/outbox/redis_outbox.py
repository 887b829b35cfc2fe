"""The outbox in Redis: small Lua scripts, each atomic, by the clock of the server."""

import secrets
from datetime import UTC, datetime
from importlib import resources
from typing import Any

import redis
from pydantic import TypeAdapter

from app.contract.messages.deliveries import Delivery, DeliveryAttempt, in_order
from app.contract.messages.webhooks import WebhookEvent
from app.contract.ports import DueDelivery
from app.contract.records.wire import WEBHOOK_QUEUE_NAME
from app.stores.ledger.scripts import ALLOW_FULL_MEMORY, translated_errors

OUTBOX_KEY = "impasto:outbox"
_DELIVERIES = "impasto:deliveries:"
_ATTEMPTS = TypeAdapter(tuple[DeliveryAttempt, ...])
_NAMES = ("take", "settle", "redeliver", "needs_bell")


class RedisOutbox:
    """Implements the `Outbox` port."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client
        self._scripts = {
            name: client.register_script(_read_script(name)) for name in _NAMES
        }

    def take(self, lease_s: float) -> DueDelivery | None:
        token = secrets.token_hex(8)
        if not (answer := self._run("take", token=token, lease_s=lease_s)):
            return None
        job_id, event, tries, attempts = answer
        delivery = Delivery(
            job_id=job_id,
            event=event,
            tries=tries,
            attempts=_ATTEMPTS.validate_json(attempts),
        )
        return DueDelivery(delivery, token)

    def settle(
        self, due: DueDelivery, tried: Delivery, retry_in_s: float | None
    ) -> bool:
        settled = self._run(
            "settle",
            id=tried.job_id,
            event=tried.event,
            token=due.token,
            state=tried.state,
            tries=tried.tries,
            attempts=_ATTEMPTS.dump_json(tried.attempts).decode(),
            retry_in_s="" if retry_in_s is None else retry_in_s,
        )
        return bool(settled)

    def drop(self, due: DueDelivery) -> None:
        job_id = due.delivery.job_id
        with translated_errors():
            pipeline = self._redis.pipeline(transaction=True)
            pipeline.zrem(OUTBOX_KEY, *(f"{job_id}:{each}" for each in WebhookEvent))
            pipeline.delete(_DELIVERIES + job_id)
            pipeline.execute()

    def deliveries(self, job_id: str) -> list[Delivery]:
        with translated_errors():
            pipeline = self._redis.pipeline(transaction=True)
            pipeline.hgetall(_DELIVERIES + job_id)
            for event in WebhookEvent:
                pipeline.zscore(OUTBOX_KEY, f"{job_id}:{event}")
            log, *due_s = pipeline.execute()
        found = (
            _read_delivery(job_id, event, log, score)
            for event, score in zip(WebhookEvent, due_s, strict=True)
            if score is not None or f"{event}:state" in log
        )
        return in_order(found)

    def redeliver(self, job_id: str, event: WebhookEvent) -> bool:
        return bool(self._run("redeliver", id=job_id, event=event))

    def needs_bell(self) -> bool:
        return bool(self._run("needs_bell", broker=WEBHOOK_QUEUE_NAME))

    # What a script returns depends on the script; each caller knows its own.
    def _run(self, name: str, **args: Any) -> Any:
        flat = [each for pair in args.items() for each in pair]
        with translated_errors():
            return self._scripts[name](args=flat)


def _read_delivery(
    job_id: str, event: WebhookEvent, log: dict[str, str], due_s: float | None
) -> Delivery:
    is_waiting = due_s is not None and f"{event}:lease" not in log
    return Delivery.model_validate(
        {
            "job_id": job_id,
            "event": event,
            "state": log.get(f"{event}:state", "pending"),
            "tries": log.get(f"{event}:tries", 0),
            "attempts": _ATTEMPTS.validate_json(log.get(f"{event}:attempts", "[]")),
            "next_attempt_at": datetime.fromtimestamp(due_s, UTC)
            if is_waiting and due_s is not None
            else None,
        }
    )


def _read_script(name: str) -> str:
    folder = resources.files(__package__).joinpath("lua")
    files = (folder.joinpath(f"{part}.lua") for part in ("common", name))
    # Messages must get out where Redis has no memory left, too: it makes room.
    return ALLOW_FULL_MEMORY + "\n".join(file.read_text() for file in files)
