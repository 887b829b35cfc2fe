import pytest
from pydantic import ValidationError

from app.contract.painting.choices import Network
from app.settings import ApiSettings


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMPASTO_PORT", "9000")
    monkeypatch.setenv("IMPASTO_MAX_IMAGE_BYTES", "1000")
    monkeypatch.setenv("IMPASTO_LEASE_S", "7")
    settings = ApiSettings()
    assert (settings.port, settings.max_image_bytes) == (9000, 1000)
    assert settings.rules.lease_s == 7


def test_it_listens_at_home_only_unless_told() -> None:
    assert ApiSettings().host == "127.0.0.1"


def test_every_setting_is_explained() -> None:
    for name, field in ApiSettings.model_fields.items():
        assert field.description, name


def test_networks_are_words_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ApiSettings().networks == (Network.VGG19,)
    monkeypatch.setenv("IMPASTO_NETWORKS", "vgg19, vgg16_torchvision")
    assert ApiSettings().networks == (Network.VGG19, Network.VGG16_TORCHVISION)


@pytest.mark.parametrize("text", ["vgg16", "vgg19,", "vgg19,resnet", ","])
def test_networks_nobody_knows_or_without_the_default_are_refused(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("IMPASTO_NETWORKS", text)
    with pytest.raises(ValidationError):
        ApiSettings()


@pytest.mark.parametrize(
    "url", ["example.org", "https://a.org/", "ftp://a.org", "https://"]
)
def test_a_public_url_is_one_that_paths_can_follow(url: str) -> None:
    with pytest.raises(ValidationError):
        ApiSettings(public_url=url)
