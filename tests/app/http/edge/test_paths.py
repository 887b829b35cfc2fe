import pytest
from starlette._utils import get_route_path

from app.http.edge.paths import compile_pattern, route_path_of


@pytest.mark.parametrize(
    ("pattern", "path", "is_match"),
    [
        ("/v1/jobs", "/v1/jobs", True),
        ("/v1/jobs", "/v1/jobs/", False),
        ("/v1/jobs/*", "/v1/jobs/a", True),
        ("/v1/jobs/*", "/v1/jobs/", False),
        ("/v1/jobs/*", "/v1/jobs/a/b", False),
        ("/v1/jobs/{job_id}", "/v1/jobs/a", True),
        ("/v1/jobs/*", "/v1/jobs/{job_id}", True),
        ("/docs/**", "/docs", True),
        ("/docs/**", "/docs/a/b", True),
        ("/docs/**", "/docs/a\nb", True),
        ("/docs/**", "/docsx", False),
        ("/**", "/", True),
        ("/", "/", True),
        ("/a.b", "/axb", False),
    ],
)
def test_a_pattern_matches_whole_paths(pattern: str, path: str, is_match: bool) -> None:
    assert (compile_pattern(pattern).fullmatch(path) is not None) is is_match


@pytest.mark.parametrize("root", ["", "/", "/a", "/a/b", "/v1"])
@pytest.mark.parametrize(
    "path", ["", "/", "/a", "/a/", "/ab", "/a/b", "/a/b/c", "/v1/jobs", "/v1", "//a"]
)
def test_the_middleware_sees_the_path_that_the_router_sees(
    root: str, path: str
) -> None:
    scope = {"path": path, "root_path": root}
    assert route_path_of(scope) == get_route_path(scope)
    assert route_path_of({"path": path}) == path
