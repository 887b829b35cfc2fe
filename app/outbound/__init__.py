"""Requests to addresses that strangers name, which cannot be led astray.

Nobody behind this door learns what a picture, a job or a webhook is.
"""

from app.outbound.client import OutboundClient, OutboundLimits, OutboundRules, Reply
from app.outbound.errors import (
    ForbiddenUrlError,
    OutboundError,
    RequestFailedError,
    UnknownHostError,
)

__all__ = [
    "ForbiddenUrlError",
    "OutboundClient",
    "OutboundError",
    "OutboundLimits",
    "OutboundRules",
    "Reply",
    "RequestFailedError",
    "UnknownHostError",
]
