"""Files that are kept as they came: what each medium of them is looked at with.

A picture is none of them: a clean copy of it is stored.
"""

from collections.abc import Callable, Mapping
from typing import BinaryIO, NamedTuple

from app.contract.inputs import Facts
from app.contract.kinds.pointcloud.camera_files import (
    MAX_CAMERA_BYTES,
    CamerasError,
    read_cameras,
)
from app.contract.kinds.pointcloud.choices import CAMERAS_TYPE
from app.contract.slots import Medium
from app.intake.any_bytes import ANY_BYTES, inspect_bytes
from app.intake.pointclouds import inspect_cloud
from app.intake.rules import IntakeRules
from app.intake.videos import inspect_video
from app.problems import refuse


class Known(NamedTuple):
    """What is known of a file that is kept as it came."""

    media_type: str
    facts: Facts


#: Looks at a file, or refuses it: the file, the field's name, the rules.
Look = Callable[[BinaryIO, str, IntakeRules], Known]


def _look_at_bytes(file: BinaryIO, field: str, rules: IntakeRules) -> Known:
    inspect_bytes(file, field=field, rules=rules)
    return Known(ANY_BYTES, {"bytes": file.seek(0, 2)})


def _look_at_video(file: BinaryIO, field: str, rules: IntakeRules) -> Known:
    return Known(*inspect_video(file, field=field, rules=rules.video))


def _look_at_cloud(file: BinaryIO, field: str, rules: IntakeRules) -> Known:
    return Known(*inspect_cloud(file, field=field, rules=rules.cloud))


def _look_at_cameras(file: BinaryIO, field: str, rules: IntakeRules) -> Known:
    del rules  # few bytes hold many cameras
    length = file.seek(0, 2)
    file.seek(0)
    try:
        cameras = read_cameras(file.read(MAX_CAMERA_BYTES + 1))
    except CamerasError as error:
        raise refuse(f"/{field}", f"{field} cannot be used: {error}.") from error
    return Known(CAMERAS_TYPE, {"bytes": length, "cameras": len(cameras)})


LOOKS: Mapping[Medium, Look] = {
    Medium.ANY: _look_at_bytes,
    Medium.VIDEO: _look_at_video,
    Medium.POINTCLOUD: _look_at_cloud,
    Medium.CAMERAS: _look_at_cameras,
}

#: Nobody looks into these.
NEVER_OPENED = frozenset({Medium.ANY})


def most_bytes(medium: Medium, rules: IntakeRules) -> int | None:
    """Return how long an upload of a medium may be; None if uploads say that."""
    if medium is Medium.ANY:
        return None
    most = {
        Medium.VIDEO: rules.video.max_bytes,
        Medium.POINTCLOUD: rules.cloud.max_bytes,
        Medium.CAMERAS: MAX_CAMERA_BYTES,
    }
    return most.get(medium, rules.max_bytes)
