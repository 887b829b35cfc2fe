import pytest

from app.http.access.links import InvalidLinkError, Links, LinkSigner, links_for_owner

JOB, OWNER = "job_" + "1" * 32, "key_00000001"


class Clock:
    now_s = 7200.0

    def __call__(self) -> float:
        return self.now_s


def a_signer(secret: bytes = b"s" * 32, clock: Clock | None = None) -> LinkSigner:
    return LinkSigner(lambda: secret, clock=clock or Clock())


def test_a_token_names_its_owner() -> None:
    signer = a_signer()
    assert signer.owner_of(signer.sign(JOB, OWNER), JOB) == OWNER


def test_a_url_stays_the_same_for_an_hour_and_is_good_for_one_at_least() -> None:
    clock = Clock()
    signer = a_signer(clock=clock)
    token = signer.sign(JOB, OWNER)
    clock.now_s += 3599
    assert signer.sign(JOB, OWNER) == token
    clock.now_s += 1
    assert signer.sign(JOB, OWNER) != token
    clock.now_s += 3599
    assert signer.owner_of(token, JOB) == OWNER
    clock.now_s += 1
    with pytest.raises(InvalidLinkError, match="expired"):
        signer.owner_of(token, JOB)


def test_every_part_of_a_token_is_signed() -> None:
    signer = a_signer()
    expires, owner, mac = signer.sign(JOB, OWNER).split(".")
    later = f"{int(expires, 16) + 3600:x}"
    other = "A" if mac[0] != "A" else "B"
    for token in (
        f"{later}.{owner}.{mac}",
        f"{expires}.key_00000002.{mac}",
        f"{expires}.{owner}.{other}{mac[1:]}",
    ):
        with pytest.raises(InvalidLinkError, match="does not open this job"):
            signer.owner_of(token, JOB)


def test_a_token_is_for_one_job_and_from_one_service() -> None:
    token = a_signer().sign(JOB, OWNER)
    with pytest.raises(InvalidLinkError):
        a_signer().owner_of(token, "job_" + "2" * 32)
    with pytest.raises(InvalidLinkError):
        a_signer(secret=b"t" * 32).owner_of(token, JOB)


@pytest.mark.parametrize("token", ["", "..", "x", "é", "0.key_0.x", "\n", "a" * 9999])
def test_what_is_no_token_is_refused_in_words(token: str) -> None:
    with pytest.raises(InvalidLinkError, match="not one of ours"):
        a_signer().owner_of(token, JOB)


def test_a_jobs_id_may_be_anything_that_a_path_may_hold() -> None:
    token = a_signer().sign(JOB, OWNER)
    with pytest.raises(InvalidLinkError):
        a_signer().owner_of(token, "\ud800")


def test_the_secret_is_read_when_it_is_first_needed() -> None:
    asked: list[str] = []

    def secret() -> bytes:
        asked.append("secret")
        return b"s" * 32

    links = links_for_owner("http://a.org", OWNER, LinkSigner(secret))
    assert asked == []
    links.job(JOB)
    assert asked == ["secret"]


def test_without_keys_urls_are_plain() -> None:
    links = links_for_owner("http://a.org/impasto", None, a_signer())
    assert links.job(JOB) == f"http://a.org/impasto/v1/jobs/{JOB}"
    assert links.job(JOB, "/result") == f"http://a.org/impasto/v1/jobs/{JOB}/result"
    assert links.path("/v1/batches/b") == "http://a.org/impasto/v1/batches/b"


def test_with_keys_what_is_read_carries_a_token() -> None:
    links = Links("http://a.org", lambda _job_id: "T")
    base = f"http://a.org/v1/jobs/{JOB}"
    assert links.job(JOB) == f"{base}?token=T"
    assert links.job(JOB, "/events") == f"{base}/events?token=T"
    assert links.job(JOB, "events") == f"{base}/events?token=T"
    assert links.job(JOB, "/preview?step=3") == f"{base}/preview?step=3&token=T"
    for command in ("/cancel", "/finish", "/retry", "/deliveries/1/redeliver"):
        assert links.job(JOB, command) == f"{base}{command}"
