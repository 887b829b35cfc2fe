"""What is delivered to an attempt is what its runner hears."""

import time

import pytest

from app.contract.commands import Command, Verb
from worker.runners.control import Control, RunInterruptedError, StopReason


def test_a_check_is_a_sign_of_life_until_the_job_must_end() -> None:
    control = Control()
    began_s = control.last_sign_s
    time.sleep(0.01)
    control.check()
    assert control.last_sign_s > began_s
    control.deliver([Command(sequence=1, verb=Verb.CANCEL)])
    with pytest.raises(RunInterruptedError, match="canceled"):
        control.check()
    assert not control.is_finishing


def test_a_finish_ends_nothing_at_once() -> None:
    control = Control()
    control.deliver([Command(sequence=1, verb=Verb.FINISH)])
    control.check()
    assert control.is_finishing


def test_changes_are_heard_once_and_the_last_one_counts() -> None:
    control = Control()
    first = Command(sequence=1, verb=Verb.CHANGE, values={"a": 1, "b": 2})
    second = Command(sequence=2, verb=Verb.CHANGE, values={"b": 3})
    control.deliver([first, second])
    assert control.changes() == {"a": 1, "b": 3}
    assert control.changes() == {}


def test_a_lost_lease_is_the_strongest_reason() -> None:
    control = Control()
    control.stop(StopReason.TIME_LIMIT)
    control.stop(StopReason.CANCELED)
    assert control.stop_reason is StopReason.TIME_LIMIT
    control.stop(StopReason.LEASE_LOST)
    assert control.stop_reason is StopReason.LEASE_LOST
