"""What docker-compose.yml promises."""

import re
from typing import Any

import pytest
import redis

from app.settings import ApiSettings, WebhookSettings
from app.stores.settings import StoreSettings
from app.webhook_process import LIMITS
from worker.settings import WorkerSettings

from .files import ROOT, compose, dockerfile

SERVICES: dict[str, Any] = compose()["services"]
WORKERS = ["worker", "worker-gpu"]
SETTINGS: dict[str, type[StoreSettings]] = {
    "api": ApiSettings,
    "webhooks": WebhookSettings,
    **dict.fromkeys(WORKERS, WorkerSettings),
}
OURS = list(SETTINGS)
_DEFAULT = re.compile(r"\$\{\w+:-([^}]*)\}")


def filled_in(value: str) -> str:
    """Fill in the defaults, as compose does when nothing is set."""
    return _DEFAULT.sub(r"\1", value)


def seconds(duration: str) -> int:
    return int(duration.removesuffix("s"))


def test_services_are_the_ones_we_know() -> None:
    assert set(SERVICES) == {"redis", "api", "webhooks", "worker", "worker-gpu"}


@pytest.mark.parametrize("name", SERVICES)
def test_service_restarts_and_is_confined(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert service["init"] is True
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service


@pytest.mark.parametrize("name", SERVICES)
def test_service_has_a_health_check(name: str) -> None:
    health = SERVICES[name]["healthcheck"]
    assert health["retries"] >= 3
    assert seconds(health["timeout"]) < seconds(health["interval"])
    if name in {"redis", "webhooks"}:  # what the image asks, if anything, is not it
        assert health["test"][0] == "CMD"
    else:
        assert "test" not in health  # the image's own
        file = SERVICES[name]["build"]["dockerfile"]
        assert dockerfile(file).last("HEALTHCHECK").command


@pytest.mark.parametrize("name", OURS)
def test_service_is_built_here_and_waits_for_a_healthy_redis(name: str) -> None:
    service = SERVICES[name]
    assert (ROOT / service["build"]["dockerfile"]).is_file()
    assert service["depends_on"] == {"redis": {"condition": "service_healthy"}}


def test_redis_is_pinned_durable_and_refuses_rather_than_evicts() -> None:
    service = SERVICES["redis"]
    assert re.fullmatch(r"(valkey/valkey|redis):\d+\.\d+\.\d+-[\w.]+", service["image"])
    words = service["command"]
    options = dict(zip(words[1::2], words[2::2], strict=True))
    assert options["--appendonly"] == "yes"
    assert options["--appendfsync"] == "everysec"
    assert options["--maxmemory-policy"] == "noeviction"
    assert options["--maxmemory"] == "512mb"
    assert options["--requirepass"] == service["environment"]["REDISCLI_AUTH"]
    assert all(isinstance(word, str) for word in words)
    assert service["user"] not in {"root", "0"}


def test_redis_and_workers_are_reached_by_nobody_outside() -> None:
    assert compose()["networks"]["backplane"] == {"internal": True}
    for name in ("redis", *WORKERS):
        assert SERVICES[name]["networks"] == ["backplane"]
        assert "ports" not in SERVICES[name]


def test_webhooks_have_a_way_out_and_none_in() -> None:
    service = SERVICES["webhooks"]
    assert service["networks"] == ["front", "backplane"]
    assert "ports" not in service
    assert "profiles" not in service


def test_webhooks_are_another_command_of_the_apis_image() -> None:
    service = SERVICES["webhooks"]
    assert service["image"] == SERVICES["api"]["image"]
    assert service["build"] == SERVICES["api"]["build"]
    assert service["command"] == ["impasto", "webhooks"]
    assert service["healthcheck"]["test"][1:3] == service["command"]


def test_api_is_published_to_this_machine_only() -> None:
    (port,) = SERVICES["api"]["ports"]
    environment = SERVICES["api"]["environment"]
    assert filled_in(port) == f"127.0.0.1:8000:{environment['IMPASTO_PORT']}"


def test_cpu_worker_is_the_default_and_never_runs_beside_the_gpu_worker() -> None:
    assert [SERVICES[name].get("profiles") for name in ("redis", "api")] == [None, None]
    assert SERVICES["worker"]["profiles"] == ["cpu"]
    assert SERVICES["worker-gpu"]["profiles"] == ["gpu"]
    lines = (ROOT / ".env").read_text().splitlines()
    settings = [line for line in lines if line and not line.startswith("#")]
    assert settings == ["COMPOSE_PROFILES=cpu"]


def test_gpu_worker_reserves_a_gpu_and_insists_on_it() -> None:
    reserved = SERVICES["worker-gpu"]["deploy"]["resources"]["reservations"]
    assert reserved["devices"] == [
        {"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}
    ]
    assert SERVICES["worker-gpu"]["environment"]["IMPASTO_DEVICE"] == "cuda"
    assert "deploy" not in SERVICES["worker"]


@pytest.mark.parametrize("name", OURS)
def test_pictures_are_shared_and_kept(name: str) -> None:
    (volume,) = SERVICES[name]["volumes"]
    source, folder = volume.split(":")
    assert source in compose()["volumes"]
    image = dockerfile(SERVICES[name]["build"]["dockerfile"])
    assert folder == image.environment["IMPASTO_DATA_DIR"]
    assert folder == SERVICES[name]["environment"]["IMPASTO_DATA_DIR"]


def test_ledger_is_kept() -> None:
    assert SERVICES["redis"]["volumes"] == ["ledger:/data"]
    assert "ledger" in compose()["volumes"]


@pytest.mark.parametrize("name", OURS)
def test_environment_names_are_settings_with_legal_values(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = SETTINGS[name]
    environment = SERVICES[name]["environment"]
    names = {key.removeprefix("IMPASTO_").lower() for key in environment}
    assert names <= set(kind.model_fields)
    for key, value in environment.items():
        monkeypatch.setenv(key, filled_in(value))
    client = redis.Redis.from_url(kind().redis_url)
    where = client.connection_pool.connection_kwargs
    words = SERVICES["redis"]["command"]
    assert (where["host"], where["password"]) == ("redis", filled_in(words[-1]))


def test_services_get_more_time_to_stop_than_they_take() -> None:
    api, worker = ApiSettings.model_fields, WorkerSettings.model_fields
    grace = seconds(SERVICES["api"]["stop_grace_period"])
    assert grace > api["shutdown_grace_s"].default
    grace = seconds(SERVICES["webhooks"]["stop_grace_period"])
    assert grace > LIMITS.total_s
    for name in WORKERS:
        grace = seconds(SERVICES[name]["stop_grace_period"])
        assert grace > 2 * worker["grace_s"].default


def test_uploads_under_way_have_room() -> None:
    (tmpfs,) = SERVICES["api"]["tmpfs"]
    room = re.search(r"size=(\d+)m", tmpfs)
    assert room
    fields = ApiSettings.model_fields
    most = fields["uploads_at_once"].default * 2 * fields["max_image_bytes"].default
    assert int(room[1]) * 2**20 >= most


def test_every_variable_that_can_be_set_is_documented() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    documentation = (ROOT / "docs" / "containers.md").read_text()
    variables = set(re.findall(r"\$\{(\w+)", text))
    assert variables == {"IMPASTO_PUBLISH", "IMPASTO_REDIS_PASSWORD"}
    assert all(variable in documentation for variable in variables)
