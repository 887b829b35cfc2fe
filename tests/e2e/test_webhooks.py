"""Webhooks of the whole service: ledger, janitor, bell and the process that sends."""

import json
import time

import httpx
import pytest

from app.contract.messages.webhooks import Webhook
from app.launcher.valkey import socket_path
from app.stores.connections import connect
from app.stores.ledger import LedgerRules, RedisLedger
from tests.app.outbound.servers import answer, serving
from tests.app.webhooks.test_sender import parts
from tests.e2e.service import Service
from tests.stores.new_jobs import new_job

pytestmark = [pytest.mark.e2e, pytest.mark.vgg_weights]


def test_job_that_is_canceled_is_told_and_its_log_can_be_read(service: Service) -> None:
    """Nobody rings for it but the janitor."""
    with serving(answer(204)) as server:
        submitted_job = new_job().model_copy(
            update={"webhook": Webhook(url=server.url)}
        )
        client = connect(f"unix://{socket_path(service.data_dir)}")
        RedisLedger(client, LedgerRules()).create(submitted_job)
        client.close()
        job_url = f"{service.url}/v1/jobs/{submitted_job.id}"
        assert httpx.post(f"{job_url}/cancel").status_code == 200

        end_s = time.monotonic() + 10
        while not server.requests and time.monotonic() < end_s:
            time.sleep(0.02)
        (request,) = server.requests
        message = json.loads(parts(request)[1])
        assert message["type"] == "job.canceled"
        assert message["data"]["id"] == submitted_job.id
        time.sleep(0.2)  # the answer is on its way into the log
        (delivery,) = httpx.get(f"{job_url}/deliveries").json()["data"]
        assert delivery["state"] == "delivered"
        assert delivery["id"] == parts(request)[0]["webhook-id"]
