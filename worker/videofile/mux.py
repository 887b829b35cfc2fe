"""Puts frames and sound into a file, in a process of its own: it reads the source.

`python -m worker.videofile.mux ORDER` reads the clip that is its standard input.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from fractions import Fraction
from heapq import merge
from pathlib import Path
from typing import Any

import av
from av import Packet as CodedPacket
from av.container import OutputContainer
from av.video.stream import VideoStream

from app.contract.kinds.video.probing import MOST_BYTES
from worker.videofile.codecs import codec_of
from worker.videofile.decode import opened
from worker.videofile.encoding import Coding, set_up
from worker.videofile.limits import cpu_seconds, limit_self
from worker.videofile.packets import Packet, unpacked
from worker.videofile.sound import Sound, SoundTrack, Span, add_sound

#: The result, and as much again: its index is moved to its front.
_OPTIONS = {
    "mp4": {"movflags": "+faststart"},
    # For ever.
    "gif": {"loop": "0"},
    "webp": {"loop": "0"},
}
_MOST_FILE_BYTES = 8 * 2**30


@dataclass(frozen=True, kw_only=True)
class MuxOrder:
    """What is to be put together; fractions as text.

    Attributes:
        codec: by name.
        container: likewise.
        quality: 1 to 100, as it was encoded with.
        width: in pixels.
        height: likewise.
        base: of the frames' times, in seconds.
        rate: in 1 / s.
        lasting: of the last frame, in ticks.
        folder: where `packets.json`, `code` and the result are.
        keeps_sound: whether there shall be any.
        begin_s: of the source, which becomes 0.
        is_cut: whether sound before that is left out.
        is_short: whether sound after the last frame is left out.
    """

    codec: str
    container: str
    quality: int
    width: int
    height: int
    base: str
    rate: str
    lasting: int
    folder: str
    keeps_sound: bool
    begin_s: str
    is_cut: bool
    is_short: bool

    def as_json(self) -> dict[str, Any]:  # Any: of mixed types
        """Return the arguments."""
        return asdict(self)

    @property
    def coding(self) -> Coding:
        """How the frames were coded."""
        return Coding(
            codec=codec_of(self.codec, self.container),
            quality=self.quality,
            width=self.width,
            height=self.height,
            base=Fraction(self.base),
            rate=Fraction(self.rate),
        )


def main() -> int:
    """Write `result` into the folder; print what became of the sound."""
    order = MuxOrder(**json.loads(sys.argv[1]))
    packets = _packets_in(Path(order.folder))
    limit_self(
        memory_bytes=MOST_BYTES + sum(len(each.content) for each in packets),
        cpu_s=cpu_seconds(len(packets)),
        file_bytes=_MOST_FILE_BYTES,
    )
    av.logging.set_level(av.logging.PANIC)
    try:
        became = _written(order, packets, keeps_sound=order.keeps_sound)
    # A stranger's sound may be broken where its pictures are not.
    except (av.FFmpegError, ValueError):
        if not order.keeps_sound:
            raise
        _written(order, packets, keeps_sound=False)
        became = None
    sys.stdout.write(json.dumps({"sound": became}))
    return 0


def _packets_in(folder: Path) -> list[Packet]:
    told = json.loads((folder / "packets.json").read_text())
    code = (folder / "code").read_bytes()
    return unpacked(told["stamps"], told["keys"], told["sizes"], code)


def _written(order: MuxOrder, packets: Sequence[Packet], *, keeps_sound: bool) -> Sound:
    coding = order.coding
    path = Path(order.folder) / "result"
    begin_s, base = Fraction(order.begin_s), coding.base
    end_s = begin_s + (packets[-1].stamp + order.lasting) * base
    span = Span(begin_s, order.is_cut, end_s if order.is_short else None)
    options = _OPTIONS.get(coding.codec.container, {})
    with ExitStack() as stack:
        out = stack.enter_context(
            closing(
                av.open(
                    str(path),
                    "w",
                    format=coding.codec.container,
                    container_options={**options, "fflags": "+bitexact"},
                )
            )
        )
        stream = _stream_of(out, coding)
        track = SoundTrack(Sound.NONE, iter(()))
        if keeps_sound:
            source = stack.enter_context(closing(opened(sys.stdin.buffer)))
            track = add_sound(source, out, coding.codec, span)
        out.start_encoding()
        pictures = _coded(packets, order.lasting, stream, base)
        # Any: packets of either stream.
        both: Iterator[CodedPacket[Any]] = merge(pictures, track.packets, key=_time_s)
        for packet in both:
            out.mux(packet)
    return track.became


def _stream_of(out: OutputContainer, coding: Coding) -> VideoStream:
    """Return a stream whose header is that of the encoder; it encodes nothing."""
    stream = out.add_stream(coding.codec.encoder, rate=coding.rate)
    if not isinstance(stream, VideoStream):
        raise TypeError(f"{coding.codec.encoder} encodes no pictures")
    set_up(stream.codec_context, coding)
    stream.time_base = coding.base
    return stream


def _coded(
    packets: Sequence[Packet], lasting: int, stream: VideoStream, base: Fraction
) -> Iterator["CodedPacket[VideoStream]"]:
    ends = [*(each.stamp for each in packets[1:]), packets[-1].stamp + lasting]
    for each, end in zip(packets, ends, strict=True):
        packet: CodedPacket[VideoStream] = CodedPacket(each.content)  # type: ignore[assignment]  # its stream is said below
        packet.pts = packet.dts = each.stamp
        packet.duration = end - each.stamp
        packet.time_base = base
        packet.is_keyframe = each.is_key
        packet.stream = stream
        yield packet


# Any: packets of either stream.
def _time_s(packet: "CodedPacket[Any]") -> Fraction:
    stamp = packet.pts if packet.dts is None else packet.dts
    return (stamp or 0) * (packet.time_base or Fraction(1))


if __name__ == "__main__":
    sys.exit(main())
