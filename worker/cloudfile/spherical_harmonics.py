"""The part of a Gaussian's colour that depends on where it is seen from.

Source: Kerbl, Kopanas, Leimkuehler and Drettakis 2023, "3D Gaussian Splatting"; the
real spherical harmonics in the order and with the signs of their code.
"""

import numpy as np

from worker.cloudfile.cloud import Floats

#: colour = 0.5 + DEGREE_0 * f_dc
DEGREE_0 = 0.28209479177387814
_DEGREE_1 = 0.4886025119029199
_DEGREE_2 = (
    *(1.0925484305920792, -1.0925484305920792, 0.31539156525252005),
    *(-1.0925484305920792, 0.5462742152960396),
)
_DEGREE_3 = (
    *(-0.5900435899266435, 2.890611442640554, -0.4570457994644658),
    *(0.3731763325901154, -0.4570457994644658, 1.445305721320277),
    -0.5900435899266435,
)


def basis(directions: Floats, count: int) -> Floats:
    """Return (N, K), the harmonics above degree 0 at unit directions (N, 3).

    Args:
        directions: from the camera to the Gaussian.
        count: 0, 3, 8 or 15.
    """
    x, y, z = directions.T
    found = [-_DEGREE_1 * y, _DEGREE_1 * z, -_DEGREE_1 * x]
    if count > 3:
        xx, yy, zz = x * x, y * y, z * z
        second = (x * y, y * z, 2 * zz - xx - yy, x * z, xx - yy)
        found += [c * each for c, each in zip(_DEGREE_2, second, strict=True)]
    if count > 8:
        third = (
            *(y * (3 * xx - yy), x * y * z, y * (4 * zz - xx - yy)),
            *(z * (2 * zz - 3 * xx - 3 * yy), x * (4 * zz - xx - yy)),
            *(z * (xx - yy), x * (xx - 3 * yy)),
        )
        found += [c * each for c, each in zip(_DEGREE_3, third, strict=True)]
    return np.stack(found[:count], axis=1) if count else np.empty((len(x), 0), "f4")


def seen_part(harmonics: Floats, directions: Floats) -> Floats:
    """Return (N, 3), what these directions add to the colours.

    Args:
        harmonics: (N, 3, K).
        directions: (N, 3), unit, from the camera to the Gaussian.
    """
    weights = basis(directions, harmonics.shape[2])
    part: Floats = np.einsum("nck,nk->nc", harmonics, weights).astype(np.float32)
    return part
