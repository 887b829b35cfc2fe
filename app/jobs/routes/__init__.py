"""The paths of jobs, one module a theme: parse, call one use case, shape the answer."""

from app.jobs.routes import (
    changes,
    events,
    files,
    inputs,
    listing,
    looking,
    losses,
    results,
    retrying,
    submission,
)

#: Polls are the most frequent requests by far, so their route is tried first.
ROUTERS = (
    looking.router,
    events.router,
    results.router,
    files.router,
    losses.router,
    listing.router,
    changes.router,
    inputs.router,
    submission.router,
    retrying.router,
)
