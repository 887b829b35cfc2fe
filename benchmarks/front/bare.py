"""The least that FastAPI can do: one route that returns a JSON that is there already.

`python -m benchmarks.front.bare PORT FILE`
"""

import json
import sys
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI


def main() -> None:
    port, file = int(sys.argv[1]), Path(sys.argv[2])
    job = json.loads(file.read_text())
    app = FastAPI()

    @app.get("/v1/jobs/{job_id}")
    async def get_job(job_id: str) -> Any:  # noqa: ARG001  # as ours has it
        return job

    uvicorn.run(app, port=port, http="h11", ws="none", access_log=False)


if __name__ == "__main__":
    main()
