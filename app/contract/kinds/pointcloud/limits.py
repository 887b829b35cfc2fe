"""Every bound of a cloud and of its parameters."""

MAX_POINTS = 2_000_000
MAX_GAUSSIANS = 1_000_000
MAX_CLOUD_BYTES = 256 * 2**20
MIN_VIEWS, MAX_VIEWS = 4, 64
MIN_VIEW_PX, MAX_VIEW_PX = 128, 1024
#: Of all views together: what their matrices and targets take grows with it.
MAX_VIEW_PIXELS = 16 * 1024**2
MAX_STEPS = 2000
MAX_SPLITS = 2
#: A cloud with fewer points has no surface to paint.
MIN_POINTS = 4
