"""The kinds of jobs, one folder each, and the only list of them."""

from app.contract.kind import Kinds
from app.contract.kinds.image.kind import IMAGE
from app.contract.kinds.pointcloud.kind import POINTCLOUD
from app.contract.kinds.training.kind import TRAINING
from app.contract.kinds.video.kind import VIDEO

KINDS = Kinds((IMAGE, VIDEO, POINTCLOUD, TRAINING))
