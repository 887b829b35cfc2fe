"""What schemathesis cannot invent: pictures. It loads this module by its name."""

import io

import schemathesis
from hypothesis import strategies
from PIL import Image


def _picture(kind: str, side: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (side, side), (side, 90, 160)).save(file, kind)
    return file.getvalue()


for _kind in ("PNG", "JPEG", "WEBP"):
    schemathesis.openapi.media_type(
        f"image/{_kind.lower()}",
        strategies.sampled_from([_picture(_kind, side) for side in (32, 40, 64)]),
    )
schemathesis.openapi.media_type(
    "application/partial-upload", strategies.binary(max_size=100)
)


@schemathesis.hook
def filter_case(context: schemathesis.HookContext, case: schemathesis.Case) -> bool:
    """Leave out forms with an empty list: it is sent as no field at all, which fits."""
    del context
    if case.media_type != "multipart/form-data" or not isinstance(case.body, dict):
        return True
    return [] not in case.body.values()
