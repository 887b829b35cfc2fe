"""Bodies of pictures' jobs for the OpenAPI document."""

from app.contract.views.kinds import BodyExample

#: Shorter than any picture: what stands for one.
_DATA = "data:image/jpeg;base64,/9j/4AAQSkZJRgABAQ=="

EXAMPLES = (
    BodyExample(
        "submit_job",
        "library",
        "A photograph, and a painting of the library",
        {
            "content": {"data": _DATA},
            "styles": [{"style_id": "starry_night"}],
            "params": {"preset": "draft", "seed": 7},
        },
    ),
    BodyExample(
        "submit_job",
        "everything",
        "Two paintings with weights, told to a webhook",
        {
            "content": {"url": "https://example.com/photo.jpg"},
            "styles": [{"data": _DATA}, {"style_id": "starry_night"}],
            "params": {"style_weights": [1, 0.5], "size": 1024},
            "metadata": {"user": "ada"},
            "webhook": {"url": "https://example.com/hooks/impasto"},
            "ttl_seconds": 3600,
        },
    ),
    BodyExample(
        "submit_batch",
        "two",
        "Two photographs in the manner of one painting",
        {
            "contents": [
                {"url": "https://example.com/garden.jpg"},
                {"url": "https://example.com/street.jpg"},
            ],
            "styles": [{"style_id": "starry_night"}],
            "params": {"preset": "draft"},
        },
    ),
    BodyExample(
        "retry_job",
        "stronger",
        "The same with more style and a new seed",
        {"params": {"style_strength": 0.8, "seed": None}},
    ),
)
