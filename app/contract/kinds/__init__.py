"""The kinds of jobs, one folder each, and the only list of them."""

from app.contract.kind import Kinds
from app.contract.kinds.image.kind import IMAGE
from app.contract.kinds.training.kind import TRAINING

KINDS = Kinds((IMAGE, TRAINING))
