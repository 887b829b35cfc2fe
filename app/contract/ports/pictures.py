"""The picture fetcher: brings a picture from a URL that a client gave."""

from typing import Protocol


class PictureFetcher(Protocol):
    """Fetches what strangers name; an implementation guards the inner network."""

    def fetch(self, url: str) -> bytes:
        """Return the bytes that the URL answers.

        Raises:
            UrlInputDisabledError: The operator allows no fetching.
            UrlForbiddenError: This URL may not be fetched.
            UrlFetchError: It could not be fetched, or was too slow or too large.
        """
