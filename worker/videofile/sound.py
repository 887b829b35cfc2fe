"""The sound of a clip on its way into another: its packets as they are, or anew."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import chain

from av import AudioFrame, AudioResampler
from av import Packet as CodedPacket
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.stream import Disposition

from worker.videofile.codecs import VideoCodec

_RATE_HZ = 48_000


class Sound(StrEnum):
    """What became of it."""

    COPIED = "copied"
    ENCODED = "encoded"
    NONE = "none"


@dataclass(frozen=True)
class Span:
    """A part of a clip.

    Attributes:
        begin_s: of the source, which becomes 0.
        is_cut: whether what sounds before is left out.
        end_s: where it ends; None for the end of the sound.
    """

    begin_s: Fraction
    is_cut: bool
    end_s: Fraction | None

    def holds(self, time_s: Fraction) -> bool:
        """Tell whether what begins then is in it."""
        if self.is_cut and time_s < self.begin_s:
            return False
        return self.end_s is None or time_s < self.end_s


@dataclass(frozen=True)
class SoundTrack:
    """A stream of the result, and what goes into it.

    Attributes:
        became: what became of the sound.
        packets: in order.
    """

    became: Sound
    packets: Iterator["CodedPacket[AudioStream]"]


def sound_of(container: InputContainer) -> AudioStream | None:
    """Return the usual sound of a clip, or its first one."""
    streams = list(container.streams.audio)
    usual = [s for s in streams if s.disposition & Disposition.default]
    found = (usual or streams)[:1]
    return found[0] if found and found[0].codec_context is not None else None


def add_sound(
    source: InputContainer, out: OutputContainer, codec: VideoCodec, span: Span
) -> SoundTrack:
    """Add a stream for the sound to a result, if there is one."""
    stream = sound_of(source)
    if stream is None or codec.sound_encoder is None:
        return SoundTrack(Sound.NONE, iter(()))
    if stream.codec_context.name.removesuffix("_fixed") in codec.copied_sounds:
        copy = out.add_stream_from_template(stream)
        return SoundTrack(Sound.COPIED, _copied(source, stream, copy, span))
    made = out.add_stream(codec.sound_encoder, rate=_RATE_HZ)
    if not isinstance(made, AudioStream):
        raise TypeError(f"{codec.sound_encoder} encodes no sound")
    made.layout = "mono" if stream.codec_context.layout.nb_channels == 1 else "stereo"
    return SoundTrack(Sound.ENCODED, _encoded(source, stream, made, span))


def _copied(
    source: InputContainer, stream: AudioStream, copy: AudioStream, span: Span
) -> Iterator["CodedPacket[AudioStream]"]:
    """Yield the packets as they are, their times from the span's beginning on."""
    for packet in source.demux(stream):
        # The one without a time is the decoder's flush, which holds nothing.
        if packet.size == 0 or packet.pts is None or packet.time_base is None:
            continue
        if not span.holds(packet.pts * packet.time_base):
            continue
        shift = round(span.begin_s / packet.time_base)
        packet.pts -= shift
        packet.dts = packet.pts if packet.dts is None else packet.dts - shift
        packet.stream = copy
        yield packet


def _encoded(
    source: InputContainer, stream: AudioStream, made: AudioStream, span: Span
) -> Iterator["CodedPacket[AudioStream]"]:
    """Yield new packets of the same sound."""
    resampler: AudioResampler | None = None
    for frame in source.decode(stream):
        if frame.pts is None or frame.time_base is None:
            continue
        if not span.holds(frame.pts * frame.time_base):
            continue
        frame.pts -= round(span.begin_s / frame.time_base)
        if resampler is None:
            context = made.codec_context
            context.open(strict=False)
            resampler = AudioResampler(
                context.format, made.layout, _RATE_HZ, context.frame_size or None
            )
        yield from _packets(resampler.resample(frame), made)
    last: list[AudioFrame] = [] if resampler is None else resampler.resample(None)
    yield from _packets(last, made)
    yield from made.encode(None)


def _packets(
    frames: list[AudioFrame], made: AudioStream
) -> Iterator["CodedPacket[AudioStream]"]:
    yield from chain.from_iterable(made.encode(frame) for frame in frames)
