"""The service's library of paintings, and its sets of pictures for trainings."""

from app.client.calls import PAGE_LIMIT, Call, Part, path_of
from app.client.flows import Flow, exchange
from app.client.operations.pictures import Picture, read_picture, setting_parts
from app.client.shapes import Dataset, Page, Style, read


def styles() -> Flow[list[Style]]:
    """Return the paintings of the library."""
    found: list[Style] = []
    query = [("limit", str(PAGE_LIMIT))]
    while True:
        call = Call(method="GET", path=path_of("styles"), query=query)
        page = read(Page[Style], (yield from exchange(call)))
        found += page.data
        if page.next_cursor is None:
            return found
        query = [("limit", str(PAGE_LIMIT)), ("cursor", page.next_cursor)]


def style(style_id: str) -> Flow[Style]:
    """Return what is known of one painting."""
    call = Call(method="GET", path=path_of("styles", style_id))
    return read(Style, (yield from exchange(call)))


def style_image(style_id: str) -> Flow[bytes]:
    """Return a painting's file."""
    call = Call(method="GET", path=path_of("styles", style_id, "image"))
    return (yield from exchange(call)).content


def add_style(
    image: Picture,
    *,
    title: str | None = None,
    artist: str | None = None,
    license: str | None = None,  # noqa: A002 - the API's own word
    source: str | None = None,
) -> Flow[Style]:
    """Put a painting into the library; the key needs the scope `styles:write`.

    Args:
        image: The painting: a path, or a file's bytes.
        title: What it is called.
        artist: Who painted it.
        license: Under which it may be used.
        source: Where the picture is from.
    """
    content = yield from read_picture(image)
    notes = {"title": title, "artist": artist, "license": license, "source": source}
    call = Call(
        method="POST",
        path=path_of("styles"),
        parts=[
            Part(name="image", content=content, is_file=True),
            *setting_parts(notes),
        ],
    )
    return read(Style, (yield from exchange(call)))


def delete_style(style_id: str) -> Flow[None]:
    """Take an uploaded painting out of the library."""
    yield from exchange(Call(method="DELETE", path=path_of("styles", style_id)))


def datasets() -> Flow[list[Dataset]]:
    """Return the sets of pictures that a training may use."""
    call = Call(method="GET", path=path_of("datasets"))
    return read(Page[Dataset], (yield from exchange(call))).data
