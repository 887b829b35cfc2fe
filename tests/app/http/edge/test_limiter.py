import anyio
import anyio.lowlevel
import pytest

from app.http.edge.limiter import exclusive, limited
from app.problems import ProblemCode, ProblemError


def test_only_so_many_pass_at_once_and_the_others_give_up_in_time() -> None:
    async def scenario() -> None:
        limiter = anyio.CapacityLimiter(1)
        async with limited(limiter, 1):
            with pytest.raises(ProblemError) as caught:
                async with limited(limiter, 0.01):
                    pytest.fail("passed")
            assert caught.value.code is ProblemCode.TOO_MANY_UPLOADS
            assert caught.value.retry_after_s == 5
        async with limited(limiter, 0.01):
            assert limiter.borrowed_tokens == 1
        assert limiter.borrowed_tokens == 0

    anyio.run(scenario)


def test_a_place_is_free_again_after_an_error() -> None:
    async def scenario() -> None:
        limiter = anyio.CapacityLimiter(1)
        with pytest.raises(ZeroDivisionError):
            async with limited(limiter, 1):
                raise ZeroDivisionError
        assert limiter.borrowed_tokens == 0

    anyio.run(scenario)


def test_whoever_is_alone_leaves_one_place_for_its_own_work() -> None:
    async def scenario() -> None:
        limiter, single = anyio.CapacityLimiter(3), anyio.CapacityLimiter(1)
        async with exclusive(limiter, single):
            assert limiter.available_tokens == 1
        assert (limiter.borrowed_tokens, single.borrowed_tokens) == (0, 0)

    anyio.run(scenario)


def test_two_who_want_to_be_alone_do_not_wait_for_each_other() -> None:
    async def scenario() -> None:
        limiter, single = anyio.CapacityLimiter(3), anyio.CapacityLimiter(1)

        async def work() -> None:
            async with exclusive(limiter, single):
                await anyio.lowlevel.checkpoint()
                assert limiter.available_tokens == 1

        with anyio.fail_after(1):
            async with anyio.create_task_group() as tasks:
                for _ in range(5):
                    tasks.start_soon(work)
        assert (limiter.borrowed_tokens, single.borrowed_tokens) == (0, 0)

    anyio.run(scenario)
