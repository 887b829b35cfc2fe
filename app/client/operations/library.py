"""The service's library of paintings, and its sets of pictures for trainings."""

from app.client.calls import PAGE_LIMIT, Call, Part, path_of
from app.client.flows import Flow, exchange
from app.client.operations.pictures import Picture, read_picture, setting_parts
from app.client.shapes import Dataset, Page, Style, read
from app.contract.packs.reading import PACK_TYPE


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


def style_pack(style_id: str, media_type: str = PACK_TYPE) -> Flow[bytes]:
    """Return the network that paints in a style: a pack, or `application/onnx`.

    Raises:
        RefusedError: The style has none; `code` is `style_has_no_pack`, or
            `not_acceptable` where it is not there as ONNX.
    """
    path, headers = path_of("styles", style_id, "pack"), {"Accept": media_type}
    call = Call(method="GET", path=path, headers=headers)
    return (yield from exchange(call)).content


def add_style(
    image: Picture | None = None,
    *,
    pack: Picture | None = None,
    sample: Picture | None = None,
    title: str | None = None,
    artist: str | None = None,
    license: str | None = None,  # noqa: A002 - the API's own word
    source: str | None = None,
) -> Flow[Style]:
    """Put a style into the library; the key needs the scope `styles:write`.

    Args:
        image: The painting: a path, or a file's bytes.
        pack: A network that paints in it.
        sample: What the pack has made, in the place of a painting.
        title: What it is called.
        artist: Who painted it.
        license: Under which it may be used.
        source: Where the picture is from.
    """
    parts = []
    for name, file in (("image", image), ("pack", pack), ("sample", sample)):
        if file is not None:
            content = yield from read_picture(file)
            parts.append(Part(name=name, content=content, is_file=True))
    notes = {"title": title, "artist": artist, "license": license, "source": source}
    parts += setting_parts(notes)
    call = Call(method="POST", path=path_of("styles"), parts=parts)
    return read(Style, (yield from exchange(call)))


def delete_style(style_id: str) -> Flow[None]:
    """Take an uploaded painting out of the library."""
    yield from exchange(Call(method="DELETE", path=path_of("styles", style_id)))


def datasets() -> Flow[list[Dataset]]:
    """Return the sets of pictures that a training may use."""
    call = Call(method="GET", path=path_of("datasets"))
    return read(Page[Dataset], (yield from exchange(call))).data
