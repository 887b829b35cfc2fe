"""The table of URLs and addresses that lead astray, and of those that do not."""

from ipaddress import ip_address

import pytest

from app.outbound import ForbiddenUrlError, OutboundClient, OutboundRules
from app.outbound.addresses import is_one_host, is_public
from app.outbound.destinations import LONGEST_URL, parse_url
from tests.app.outbound.servers import PUBLIC, Names

HTTPS = frozenset({"https"})

#: Refused whatever a resolver would say.
FORBIDDEN_URLS = [
    # other schemes
    "http://example.org/", "ftp://example.org/", "file:///etc/passwd",
    "gopher://example.org/", "javascript:alert(1)", "data:,x", "//example.org/",
    "example.org", "", "https:/example.org", "https:///path", "https://",
    # loopback, private, link-local, metadata
    "https://127.0.0.1/", "https://127.1.2.3/", "https://10.0.0.1/",
    "https://172.16.0.1/", "https://192.168.1.1/", "https://169.254.169.254/latest",
    "https://100.100.100.200/", "https://168.63.129.16/", "https://192.0.0.192/",
    "https://0.0.0.0/", "https://255.255.255.255/", "https://224.0.0.1/",
    "https://198.18.0.1/", "https://240.0.0.1/",
    # the same in IPv6, and IPv4 inside it
    "https://[::1]/", "https://[::]/", "https://[fe80::1]/", "https://[fc00::1]/",
    "https://[fd00:ec2::254]/", "https://[fec0::1]/", "https://[ff02::1]/",
    "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/",
    "https://[::127.0.0.1]/", "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b::10.0.0.1]/", "https://[64:ff9b:1::1]/",
    "https://[2002:7f00:1::]/", "https://[2002:a9fe:a9fe::]/",
    "https://[2001:0:1:2::f5ff:fffe]/", "https://[fe80::1%25eth0]/",
    "https://[2001:db8::1]/", "https://[::ffff:0:127.0.0.1]/",
    # odd forms of 127.0.0.1
    "https://2130706433/", "https://0x7f000001/", "https://0x7f.1/", "https://127.1/",
    "https://017700000001/", "https://0177.0.0.1/", "https://127.0.0.1./",
    "https://127.000.000.001/", "https://0x7f.0x0.0x0.0x1/", "https://0/",
    "https://127.0.0.0x1/", "https://１２７.０.０.１/", "https://127。0。0。1/",
    "https://①②⑦.0.0.1/", "https://%31%32%37.0.0.1/",
    # odd forms of public addresses: they are no better
    "https://134744072/", "https://8.8.8/", "https://08.8.8.8/", "https://1.1.1.1.1/",
    # userinfo, ports, and what parsers disagree about
    "https://user@example.org/", "https://user:pw@example.org/",
    "https://example.org@127.0.0.1/", "https://example.org:22/",
    "https://example.org:8443/", "https://example.org:0/", "https://example.org:99999/",
    "https://example.org:443:80/", "https://example.org:+443/",
    "https://127.0.0.1\\@example.org/", "https://example.org\\.evil.test/",
    "https://exam ple.org/", "https://example.org/\r\nHost: evil", " https://example.org",
    "https://example.org/\x00", "https://example.org\t/", "https://exa%6dple.org/",
    "https://[::1", "https://[example.org]/", "https://.example.org/",
    "https://example..org/", "https://-example.org/", "https://exa$mple.org/",
    "https://bücher.example/", "https://example.org/ü",
    "https://" + "a" * 64 + ".org/", "https://" + "a." * 127 + "org/",
    "https://example.org/" + "a" * LONGEST_URL,
]  # fmt: skip

NOT_PUBLIC = [
    "0.1.2.3", "10.255.255.255", "100.64.0.1", "127.0.0.1", "169.254.1.1", "172.31.0.1",
    "192.0.0.9", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.19.255.255",
    "198.51.100.1", "203.0.113.1", "239.1.1.1", "250.0.0.1", "168.63.129.16",
    "::", "::1", "::8.8.8.8", "::ffff:10.0.0.1", "64:ff9b::192.168.0.1",
    "64:ff9b:1::8.8.8.8", "100::1", "2001::1", "2001:10::1", "2001:db8::1",
    "2002:0a00:0001::1", "3fff::1", "4000::1", "5f00::1", "fc00::1", "fe80::1",
    "fe80::1%eth0", "fec0::1", "ff0e::1",
]  # fmt: skip
PUBLIC_ADDRESSES = [
    "1.1.1.1", "8.8.8.8", PUBLIC, "192.0.1.1", "172.32.0.1", "100.128.0.1",
    "2606:4700:4700::1111", "2a00:1450:4001::1", "64:ff9b::8.8.8.8",
    "::ffff:8.8.8.8", "2002:808:808::1",
]  # fmt: skip


def test_the_table_is_as_long_as_promised() -> None:
    assert len(FORBIDDEN_URLS) == len(set(FORBIDDEN_URLS)) >= 40


@pytest.mark.parametrize("url", FORBIDDEN_URLS)
def test_url_is_refused_without_asking_any_resolver(url: str) -> None:
    names = Names([[PUBLIC]])
    with pytest.raises(ForbiddenUrlError):
        OutboundClient(resolve=names).check(url)
    assert names.asked == []


@pytest.mark.parametrize("text", NOT_PUBLIC)
def test_address_is_not_public(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", PUBLIC_ADDRESSES)
def test_address_is_public(text: str) -> None:
    assert is_public(ip_address(text))
    assert is_one_host(ip_address(text))


@pytest.mark.parametrize("text", NOT_PUBLIC)
def test_name_that_leads_to_it_is_refused_even_beside_a_public_one(text: str) -> None:
    for addresses in ([text], [PUBLIC, text], [text, PUBLIC]):
        client = OutboundClient(resolve=Names([addresses]))
        with pytest.raises(ForbiddenUrlError, match="not on the public internet"):
            client.check("https://innocent.example/")


@pytest.mark.parametrize(
    "text",
    ["224.0.0.1", "ff02::1", "0.0.0.0", "::", "255.255.255.255", "::ffff:0.0.0.0"],
)
def test_what_is_no_single_host_is_refused_even_where_private_ones_are_not(
    text: str,
) -> None:
    rules = OutboundRules(allow_private=True)
    client = OutboundClient(rules=rules, resolve=Names([[text]]))
    with pytest.raises(ForbiddenUrlError):
        client.check("https://name.example/")


def test_private_addresses_and_other_ports_are_let_in_if_configured() -> None:
    rules = OutboundRules(schemes=frozenset({"http", "https"}), allow_private=True)
    client = OutboundClient(rules=rules, resolve=Names([["10.0.0.7"]]))
    client.check("http://127.0.0.1:9000/")
    client.check("http://[::1]:9000/")
    client.check("http://inside:8080/")


def test_refusal_tells_no_address_that_the_name_led_to() -> None:
    client = OutboundClient(resolve=Names([["10.1.2.3"]]))
    with pytest.raises(ForbiddenUrlError) as caught:
        client.check("https://innocent.example/")
    assert "10.1.2.3" not in str(caught.value)


def test_name_that_is_not_known_now_is_not_held_against_the_url() -> None:
    OutboundClient(resolve=Names([])).check("https://not-yet.example/")


@pytest.mark.parametrize(
    ("url", "host", "port", "resource", "authority"),
    [
        ("https://example.org", "example.org", 443, "/", "example.org"),
        ("HTTPS://Example.ORG./a?b=c#d", "example.org", 443, "/a?b=c", "example.org"),
        ("https://example.org:443/x", "example.org", 443, "/x", "example.org"),
        ("https://example.org:80?q", "example.org", 80, "/?q", "example.org:80"),
        ("https://8.8.8.8/", "8.8.8.8", 443, "/", "8.8.8.8"),
        ("https://[2606:4700::1]:443/", "2606:4700::1", 443, "/", "[2606:4700::1]"),
        ("https://xn--bcher-kva.example/%C3%BC", "xn--bcher-kva.example", 443,
         "/%C3%BC", "xn--bcher-kva.example"),
        ("https://_dmarc.3com.example/", "_dmarc.3com.example", 443, "/",
         "_dmarc.3com.example"),
    ],
)  # fmt: skip
def test_parts_of_an_honest_url(
    url: str, host: str, port: int, resource: str, authority: str
) -> None:
    target = parse_url(url, schemes=HTTPS)
    assert (target.host, target.port, target.resource) == (host, port, resource)
    assert target.authority == authority


@pytest.mark.parametrize("schemes", [frozenset(), frozenset({"ftp"})])
def test_rules_refuse_schemes_that_nobody_speaks(schemes: frozenset[str]) -> None:
    with pytest.raises(ValueError, match="schemes"):
        OutboundRules(schemes=schemes)
