"""Patterns of paths: how tables name the routes that they speak of."""

import re
from functools import cache

from starlette.types import Scope


@cache
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Return a pattern as a regular expression that a whole path must match.

    `*`, like `{name}`, stands for one segment; `/**` at the end, for any number of
    them, none included. So a route's own template matches what its paths match.
    """
    stem = pattern.removesuffix("/**")
    parts = [_segment(each) for each in stem.split("/")]
    tail = "(?:/.*)?" if stem != pattern else ""
    return re.compile("/".join(parts) + tail, re.DOTALL)


def route_path_of(scope: Scope) -> str:
    """Return the path that the router will match: without the mount point.

    As in Starlette's own `get_route_path`, which it does not offer to others; a
    difference between the two would be a way round the middleware, so a test compares
    them.
    """
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    rest = path.removeprefix(root)
    is_below = path.startswith(root) and (rest == "" or rest.startswith("/"))
    return rest if root and is_below else path


def _segment(text: str) -> str:
    is_any = text == "*" or (text.startswith("{") and text.endswith("}"))
    return "[^/]+" if is_any else re.escape(text)
