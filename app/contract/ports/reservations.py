"""Reservations: what an `Idempotency-Key` stands for."""

from typing import Protocol


class Reservations(Protocol):
    """Keeps for a day which resource a key made, and which requests are under way."""

    def begin(self, owner: str | None, key: str, patience_s: float) -> str:
        """Note that a request with this key is under way; return its token.

        Args:
            owner: id of the API key, None where there are none.
            key: the Idempotency-Key.
            patience_s: after so long the request is taken for dead.

        Raises:
            IdempotencyInProgressError: Another one is under way.
        """

    def renew(self, owner: str | None, key: str, token: str, patience_s: float) -> None:
        """Note that this request is still under way, for another `patience_s`.

        One that was taken for dead meanwhile stays so.
        """

    def end(self, owner: str | None, key: str, token: str) -> None:
        """Note that this request is not under way any more."""

    def remember(
        self, owner: str | None, key: str, fingerprint: str, resource_id: str
    ) -> str:
        """Return the id that this key stands for: `resource_id` if it is new.

        Raises:
            IdempotencyKeyReusedError: The key came with another fingerprint.
            LedgerIncompleteError: It may have come before; see `Restoration`.
        """

    def restore(
        self,
        owner: str | None,
        key: str,
        fingerprint: str,
        resource_id: str,
        kept_s: float,
    ) -> None:
        """Remember a key once more, for what is left of its day, unless it is known."""
