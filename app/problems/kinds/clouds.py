"""What may be wrong with a point cloud."""

from app.problems.codes import ProblemCode as Code
from app.problems.kinds.kind import ProblemKind

KINDS: dict[Code, ProblemKind] = {
    Code.UNSUPPORTED_POINTCLOUD_TYPE: ProblemKind(
        415,
        "The file is no point cloud that is read here",
        "Convert it to PLY, with CloudCompare for example; compressed splats (SPZ, "
        "SOG) with SuperSplat. Its first bytes count, not its name.",
    ),
    Code.POINTCLOUD_UNREADABLE: ProblemKind(
        422,
        "The point cloud is damaged",
        "The detail names the line or the byte: open it in another program and save "
        "it again.",
    ),
    Code.POINTCLOUD_TOO_MANY_POINTS: ProblemKind(
        422,
        "The point cloud has too many points",
        "Thin it out: a view shows far fewer.",
    ),
    Code.POINTCLOUD_EMPTY: ProblemKind(
        422, "The point cloud has no points", "Send one that has some."
    ),
    Code.POINTCLOUD_DEGENERATE: ProblemKind(
        422,
        "The points make no surface",
        "There must be at least four, each at a finite place, not all in one line.",
    ),
}
