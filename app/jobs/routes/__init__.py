"""The paths of jobs, one module a theme: parse, call one use case, shape the answer."""

from fastapi import APIRouter

from app.jobs.routes import changes, looking, results, submission

router = APIRouter()
for _each in (submission, looking, results, changes):
    router.include_router(_each.router)
