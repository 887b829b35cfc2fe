"""The environment as people mean it: what surely is no part of a value is left off.

A `.env` file written on Windows gives every value a carriage return, a secret made by
`echo` a line end. Knows no setting by name.
"""

import os

#: Ours, and those of an object storage's credentials.
_PREFIXES = ("IMPASTO_", "AWS_")


def tidy_environment() -> None:
    """Strip the variables that we read; this process's children get them so, too."""
    for name, value in os.environ.items():
        if name.startswith(_PREFIXES) and value != value.strip():
            os.environ[name] = value.strip()


def environment_text(name: str) -> str | None:
    """Return a variable without blanks and line ends around it; None if it is empty."""
    return os.environ.get(name, "").strip() or None
