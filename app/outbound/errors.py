"""Why a request to a foreign address was not made, or did not work.

The messages may be shown to whoever named the address: they tell no address that a
name led to, and nothing about what else is reachable from here.
"""


class OutboundError(Exception):
    """A request to an address that a client named did not bring an answer."""


class ForbiddenUrlError(OutboundError):
    """The URL may not be asked, whatever would answer there."""


class UnknownHostError(OutboundError):
    """The name of the host led to no address in time."""


class RequestFailedError(OutboundError):
    """The host was asked, and did not answer as it should."""
