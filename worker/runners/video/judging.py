"""A finished clip beside its source, frame by frame, for the judge."""

from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import asdict
from itertools import islice

from PIL import Image

from app.contract.kinds.video.parameters import ResolvedClip
from worker.engine.features.extractor import FeatureExtractor
from worker.engine.judgement.report import MIN_SIDE_PX, judge_with
from worker.engine.video.frames import Pixels
from worker.engine.video.judging import FAR_FRAMES, Finished, Judgement, Look, judged
from worker.engine.video.shots import with_cuts
from worker.videofile.decode import frames_of

#: Of a job's clip, so many stretches are compared, among its first frames.
_SPANS, _MOST_FRAMES = 4, 1000
#: One frame of so many is looked at by itself, and at most three: each takes seconds.
_LOOKED_AT_EVERY, _MOST_LOOKED_AT = 100, 3
#: At so many pixels of the long side.
_LOOKED_PX = 256


def judged_result(
    content: bytes,
    sources: Iterator[Pixels],
    params: ResolvedClip,
    look: Look | None,
    frames: int,
) -> Judgement:
    """Return what is measured of a job's clip.

    Args:
        content: the finished file.
        sources: the frames that were painted.
        params: the job's.
        look: looks at single pictures, if anybody does.
        frames: how many the file has.
    """
    pictures = islice(frames_of(content), _MOST_FRAMES)
    judged_frames = min(frames, _MOST_FRAMES)
    looks = min(_MOST_LOOKED_AT, 1 + judged_frames // _LOOKED_AT_EVERY)
    finished = finished_frames(
        sources, pictures, params.cut_threshold, watched_of(frames)
    )
    return judged(
        finished,
        flow=params.flow,
        look=look,
        looked_at=spread(judged_frames, looks),
    )


def finished_frames(
    sources: Iterator[Pixels],
    pictures: Iterator[Pixels],
    cut_threshold: float,
    watched: Collection[int] | None = None,
) -> Iterator[Finished]:
    """Yield the frames of a clip that were painted, with what was made of each.

    Args:
        sources: of the size of the pictures.
        pictures: the finished ones.
        cut_threshold: as cuts were looked for.
        watched: the numbers of those that are compared with others; None for all.
    """
    waiting: deque[Pixels] = deque()

    def painted_sources() -> Iterator[Pixels]:
        # Pictures first: no frame of the source is taken beyond the last of them.
        for picture, source in zip(pictures, sources, strict=False):
            waiting.append(picture)
            yield source

    seen = with_cuts(painted_sources(), cut_threshold)
    for number, each in enumerate(seen):
        is_watched = watched is None or number in watched
        yield Finished(each.pixels, waiting.popleft(), each.is_cut, is_watched)


def watched_of(frames: int) -> frozenset[int]:
    """Return which frames of a job's clip are compared with those before them."""
    spans = spread(min(frames, _MOST_FRAMES) - FAR_FRAMES, _SPANS) or [0]
    return frozenset(
        begin + step for begin in spans for step in range(1, FAR_FRAMES + 1)
    )


def spread(frames: int, count: int) -> list[int]:
    """Return the numbers of so many frames, evenly spread; fewer if there are fewer."""
    count = max(0, min(count, frames))
    return [int((index + 0.5) * frames / count) for index in range(count)]


def look_of(
    network: FeatureExtractor, painting: Image.Image, long_px: int = _LOOKED_PX
) -> Look:
    """Return what tells how near pictures are to a painting and to their frame.

    Args:
        network: that compares.
        painting: RGB.
        long_px: pictures are compared at this long side at most.
    """

    def look(source: Image.Image, picture: Image.Image) -> dict[str, float]:
        for each in (source, picture):
            each.thumbnail((long_px, long_px))
        if min(*source.size, *painting.size) < MIN_SIDE_PX:
            return {}
        return asdict(judge_with(network, source, painting, picture))

    return look
