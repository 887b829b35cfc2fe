import pytest
from pydantic import ValidationError

from app.contract.kind import Lane
from app.contract.painting.choices import Network
from worker.settings import WorkerSettings


def test_weights_are_an_object_of_networks_and_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    assert WorkerSettings().weights_paths == {}
    text = f'{{"vgg16": "{tmp_path}/w.pt"}}'
    monkeypatch.setenv("IMPASTO_WEIGHTS_PATHS", text)
    monkeypatch.setenv("IMPASTO_WEIGHTS_DOWNLOAD", "true")
    settings = WorkerSettings()
    assert settings.weights_paths == {Network.VGG16: tmp_path / "w.pt"}
    assert settings.weights_download


@pytest.mark.parametrize("text", ["w.pt", "[]", '{"resnet": "w.pt"}', "{", "null"])
def test_other_texts_are_refused_in_words(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("IMPASTO_WEIGHTS_PATHS", text)
    with pytest.raises(ValidationError, match="weights_paths"):
        WorkerSettings()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("PRECISION", "int8"),
        ("CONVOLUTIONS", "fft"),
        ("WEIGHTS_DOWNLOAD", "perhaps"),
        ("NETWORKS", "vgg16"),
        ("LANES", "quick"),
        ("LANES", "short,,long"),
    ],
)
def test_unknown_words_are_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    monkeypatch.setenv(f"IMPASTO_{name}", text)
    with pytest.raises(ValidationError):
        WorkerSettings()


@pytest.mark.parametrize(
    ("text", "lanes"), [("short", (Lane.SHORT,)), ("long, short", (*Lane,)[::-1])]
)
def test_lanes_are_words_with_commas_between(
    monkeypatch: pytest.MonkeyPatch, text: str, lanes: tuple[Lane, ...]
) -> None:
    assert WorkerSettings().lanes == tuple(Lane)
    monkeypatch.setenv("IMPASTO_LANES", text)
    assert WorkerSettings().lanes == lanes
