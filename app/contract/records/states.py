"""The states that are kept of a job: a branch may begin at each of them."""

from app.contract.jobs import Checkpoint, Job

#: Kept on the way of one job: who stores them and who notes them agree.
STATES_KEPT = 8
#: They take one part in so many of what is kept for branches.
PART_OF_STATES = 4


def states_of(job: Job) -> list[Checkpoint]:
    """Return them: one a step, the first step first."""
    newest = () if job.checkpoint is None else (job.checkpoint,)
    known = {
        # One that a version before has noted cannot be told from the next one.
        state.step: state
        for state in (*newest, *job.older_states)  # which nobody writes over
        if state.sha256 and not job.expired
    }
    return [known[step] for step in sorted(known)]
