import pytest
from pydantic import ValidationError

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


@pytest.mark.parametrize(
    "url", ["example.org", "https://a.org/", "ftp://a.org", "https://"]
)
def test_a_public_url_is_one_that_paths_can_follow(url: str) -> None:
    with pytest.raises(ValidationError):
        ApiSettings(public_url=url)
