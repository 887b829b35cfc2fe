"""Cameras of four forms are the same camera; what is none is refused by its number."""

import json
import math
from typing import Any

import pytest

from app.contract.kinds.pointcloud.camera_files import (
    CamerasError,
    GivenCamera,
    evenly,
    read_cameras,
)

#: At (2, 0, 1), looking along -x; z is up; 640 x 480 px.
CAMERA = GivenCamera(
    position=(2, 0, 1), right=(0, 1, 0), down=(0, 0, -1), forward=(-1, 0, 0), focal=1.25
)
TRAINER: dict[str, Any] = {
    "id": 0,
    "img_name": "a",
    "width": 640,
    "height": 480,
    "position": [2, 0, 1],
    # Columns: right, down, forward.
    "rotation": [[0, 0, -1], [1, 0, 0], [0, -1, 0]],
    "fx": 600,
    "fy": 600,
}
FRAME = {"transform_matrix": [[0, 0, 1, 2], [1, 0, 0, 0], [0, 1, 0, 1], [0, 0, 0, 1]]}
NERFSTUDIO = {"fl_x": 600, "w": 640, "h": 480, "frames": [FRAME]}
ANGLE = {
    "camera_angle_x": 2 * math.atan(320 / 600),
    "w": 640,
    "h": 480,
    "frames": [FRAME],
}
OURS = {
    "cameras": [
        {
            "position": [2, 0, 1],
            "look_at": [0, 0, 1],
            "field_of_view": math.degrees(2 * math.atan(0.4)),
        }
    ]
}
#: World to camera: rows right, down, forward; t = -R p.
COLMAP = """# Camera list
1 PINHOLE 640 480 600 600 320 240
# Image list
7 0.5 0.5 0.5 -0.5 0 1 2 1 a picture.jpg
10.5 20.5 -1 3 4 5
"""


def text(told: Any) -> bytes:
    return told.encode() if isinstance(told, str) else json.dumps(told).encode()


@pytest.mark.parametrize("told", [[TRAINER], NERFSTUDIO, ANGLE, OURS, COLMAP])
def test_all_forms_tell_the_same_camera(told: Any) -> None:
    (found,) = read_cameras(text(told))
    for name, wanted in vars(CAMERA).items():
        assert getattr(found, name) == pytest.approx(wanted, abs=1e-9), name


def changed(**values: Any) -> bytes:
    return text([TRAINER, {**TRAINER, **values}])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe\0", "no text"),
        (b"{broken", "no JSON"),
        (b"[" * 10**5, "no JSON"),
        (b"[]", "0 cameras"),
        (b"no cameras here", "0 cameras"),
        (b'{"points": []}', "neither"),
        (changed(fx=0), "camera 1: a focal length of 0"),
        (changed(fx="wide"), "camera 1: could not convert"),
        (changed(position=[0, 0]), "camera 1: not enough"),
        (changed(position=[0, 0, math.nan]), "camera 1: a number is not finite"),
        (changed(rotation=[[0, 0, 0]] * 3), "camera 1: a direction has no length"),
        (changed(rotation=[[0, 0, -1], [1, 0, 0], [0, 1, 0]]), "camera 1: its axes"),
        (text([7]), "camera 0"),
        (text({"frames": [7]}), "camera 0: 'transform_matrix' is missing"),
        (text(COLMAP.replace("1 PINHOLE", "2 PINHOLE")), "line 4: there is no camera"),
        (text(COLMAP.replace("640 480", "640 x")), "line 2: "),
        (b" " * (4 * 2**20 + 1), "bytes"),
    ],
)
def test_what_is_no_camera_is_named(content: bytes, words: str) -> None:
    with pytest.raises(CamerasError, match=words):
        read_cameras(content)


def test_of_many_cameras_some_are_taken_evenly() -> None:
    many = read_cameras(text([{**TRAINER, "position": [n, 0, 0]} for n in range(10)]))
    assert [each.position[0] for each in evenly(many, 4)] == [0, 2, 5, 7]
    assert evenly(many, 64) == many
