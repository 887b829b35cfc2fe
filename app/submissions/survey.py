"""What a job would look at first, drawn by a process of its kind's: the API draws none.

The process is told the parameters as JSON and a folder with the inputs that are no
pictures, by their names; it writes a JSON list of PNGs in base64. What cannot be drawn
is no worse for it: nothing is refused here.
"""

import json
import logging
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from app.environment import bare_environment
from app.submissions.files.staging import StagedFile
from app.submissions.submit import Checked
from app.uploads.uploads import Uploads

logger = logging.getLogger(__name__)

_PATIENCE_S = 45.0
_LONGEST_WORDS = 300


def survey(uploaded: Uploads, checked: Checked) -> tuple[str, ...]:
    """Return PNGs in data URLs; none of kinds that draw none.

    Args:
        uploaded: has the content where it was sent before.
        checked: a submission of one job, whose files are still there.
    """
    module = checked.submission.kind.survey_module
    if module is None:
        return ()
    (inputs,) = checked.jobs
    staged = {each.input.sha256: each for each in checked.files}
    with tempfile.TemporaryDirectory(prefix="impasto-survey-") as folder:
        for name, each in inputs.items():
            if not each.media_type.startswith("image/"):
                _copy(uploaded, staged[each.sha256], Path(folder) / name)
        said = _said(module, checked.params.model_dump_json(), folder)
    return tuple(f"data:image/png;base64,{each}" for each in json.loads(said))


def _copy(uploaded: Uploads, staged: StagedFile, path: Path) -> None:
    with ExitStack() as opened:
        file = staged.file
        if file is None and staged.upload is not None:
            file = opened.enter_context(uploaded.open(staged.upload))
        if file is None:
            raise ValueError(f"there is no copy of {staged.place}")
        file.seek(0)
        with path.open("wb") as copy:
            shutil.copyfileobj(file, copy)


def _said(module: str, params: str, folder: str) -> bytes:
    """Return what the process writes; an empty list if it fails."""
    try:
        ended = subprocess.run(  # noqa: S603 - the words are ours
            # -P: nothing of the current directory is imported.
            [sys.executable, "-P", "-m", module, params, folder],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=bare_environment(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1"),
            timeout=_PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        logger.warning("a survey took longer than %d s", _PATIENCE_S)
        return b"[]"
    if ended.returncode != 0:
        said = ended.stderr.decode("utf-8", "replace")[-_LONGEST_WORDS:]
        logger.warning("a survey ended with %d: %s", ended.returncode, said)
        return b"[]"
    return ended.stdout
