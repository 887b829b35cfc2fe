"""Which IP addresses a stranger may send us to.

Python's `is_global` alone is no judge: in 3.11 it calls 64:ff9b::7f00:1 (this very
machine, through a NAT64), fec0::1, multicast and a cloud's inner addresses global. So
IPv6 must lie in the one block that IANA gives out, an IPv4 address inside an IPv6 one
is judged for itself, and what the registries set aside is listed here again.

Sources: IANA IPv4 and IPv6 special-purpose address registries (RFC 6890), RFC 4291,
RFC 6052 (NAT64), RFC 3056 (6to4), RFC 9637.
"""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address

#: All of IPv6 that is given out to hosts of the internet.
_UNICAST = IPv6Network("2000::/3")
#: An IPv4 address is in the last four bytes.
_NAT64 = IPv6Network("64:ff9b::/96")
_BROADCAST = IPv4Address("255.255.255.255")

_SET_ASIDE = tuple(
    ip_network(block)
    for block in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        "168.63.129.16/32",  # Azure's host, as its virtual machines reach it
        "192.0.0.0/24",  # also Oracle's metadata, 192.0.0.192
        "192.88.99.0/24",  # relays of 6to4, withdrawn
        "240.0.0.0/4",
        "2001::/23",  # Teredo among others
        "2001:db8::/32",
        "3fff::/20",
    )
)


def is_public(address: Address) -> bool:
    """Tell whether an address belongs to a single host of the public internet."""
    inner = _embedded(address)
    if inner is not None:
        return is_public(inner)
    if isinstance(address, IPv6Address) and address not in _UNICAST:
        return False
    return (
        address.is_global
        and not address.is_multicast
        and not any(address in block for block in _SET_ASIDE)
    )


def is_one_host(address: Address) -> bool:
    """Tell whether an address, public or private, can belong to a single host."""
    inner = _embedded(address)
    if inner is not None:
        return is_one_host(inner)
    return not (address.is_multicast or address.is_unspecified or address == _BROADCAST)


def _embedded(address: Address) -> IPv4Address | None:
    """Return the IPv4 address that packets to an IPv6 one end up at, if any does."""
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
