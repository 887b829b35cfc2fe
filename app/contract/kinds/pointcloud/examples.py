"""Bodies of clouds' jobs for the OpenAPI document."""

from app.contract.views.kinds import BodyExample

EXAMPLES = (
    BodyExample(
        "submit_job",
        "pointcloud",
        "A scan that was uploaded before, and a painting of the library",
        {
            "kind": "pointcloud",
            "content": {"upload": "upl_0f3c9a5d2b7e4c1f8a6d3e2b1c0f9a8d"},
            "styles": [{"style_id": "starry_night"}],
            "params": {"preset": "draft", "views": 12},
        },
    ),
)
