"""What styles of the library bring along: the networks that paint in them.

Nobody sends a pack with a job: it comes with the style that was named. From then on it
is an input like any other, so that the job keeps it whatever becomes of the style.
"""

from collections.abc import Iterator, Mapping

from app.contract.inputs import Input, input_name, slot_and_number
from app.contract.kind import AnyKind
from app.contract.packs.reading import PACK_TYPE
from app.contract.ports import StyleCatalogue
from app.contract.styles import Style
from app.submissions.files.library_pictures import in_library
from app.submissions.files.sources import Place, SentFile
from app.submissions.files.staging import StagedFile, Staging


def brought_along(
    kind: AnyKind,
    sent: Mapping[str, SentFile | Input],
    styles: Mapping[Place, Style],
) -> dict[str, Input]:
    """Return the further inputs of a job, by name.

    Args:
        kind: of the job; says which of its slots nobody sends.
        sent: its files by name.
        styles: those of the library among them.
    """
    further = {slot.comes_with: slot for slot in kind.slots if slot.comes_with}
    found = {}
    for name, each in sent.items():
        slot, number = slot_and_number(name)
        style = styles.get(each.place) if isinstance(each, SentFile) else None
        if slot in further and style is not None and style.pack is not None:
            found[input_name(further[slot].name, number)] = Input(
                media_type=PACK_TYPE,
                sha256=style.pack.sha256,
                facts={"bytes": style.pack.bytes},
                style_id=style.id,
            )
    return found


def take_packs(
    catalogue: StyleCatalogue,
    wanted: Mapping[str, Input],
    styles: Mapping[Place, Style],
    staging: Staging,
) -> Iterator[StagedFile]:
    """Yield copies of those packs that jobs read, each once.

    Raises:
        ProblemError: A style was deleted just now.
    """
    for place, style in styles.items():
        if style.pack is not None and style.pack.sha256 in wanted:
            with in_library(style.id, place):
                content = catalogue.pack(style.id)
            pack = wanted[style.pack.sha256]
            yield StagedFile(place, pack, staging.keep(pack.sha256, content))
