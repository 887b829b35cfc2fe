"""Which jobs make the same result: equal kind and version, inputs and parameters."""

import hashlib
import json

from app.contract.jobs import NewJob


def fingerprint_of(job: NewJob) -> str:
    """Return what two jobs of one owner share that make the same result.

    The owner is a part of it: a key must not learn what others have sent.
    """
    made_of = {
        "owner": job.owner,
        "kind": job.kind,
        "version": job.kind_version,
        "params": job.params,
        "inputs": {name: each.sha256 for name, each in job.inputs.items()},
    }
    if job.branch_of is not None:
        # Not every kind tells in its parameters what came before the state.
        made_of["branch_of"] = job.branch_of
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()
