"""The environment as people mean it: what surely is no part of a value is left off.

A `.env` file written on Windows gives every value a carriage return, a secret made by
`echo` a line end. Knows no setting by name.
"""

import os

#: Ours, and those of an object storage's credentials.
_PREFIXES = ("IMPASTO_", "AWS_")
#: What a process needs to find Python and its libraries.
_BARE = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "SYSTEMROOT")


def tidy_environment() -> None:
    """Strip the variables that we read; this process's children get them so, too."""
    for name, value in os.environ.items():
        if name.startswith(_PREFIXES) and value != value.strip():
            os.environ[name] = value.strip()


def environment_text(name: str) -> str | None:
    """Return a variable without blanks and line ends around it; None if it is empty."""
    return os.environ.get(name, "").strip() or None


def bare_environment(**more: str) -> dict[str, str]:
    """Return what a process is told that reads strangers' files: none of our secrets.

    Args:
        more: variables besides.
    """
    kept = {name: os.environ[name] for name in _BARE if name in os.environ}
    return {**kept, **more}
