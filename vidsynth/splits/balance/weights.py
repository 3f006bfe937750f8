"""The weights of audio-balanced learning, from counts alone.

All are inverses of the effective number of samples, (1 - beta^n) / (1 - beta) (Cui et al., "Class-Balanced Loss
Based on Effective Number of Samples", CVPR 2019), as the code of audio-adaptive recognition (CVPR 2022) sets them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def effective_number(counts: Sequence[int] | NDArray[np.int64], beta: float) -> Floats:
    """Return (1 - beta^n) / (1 - beta) for each count, float64: n for beta = 0 and n = 1, 1 / (1 - beta) at most."""
    numbers: Floats = -np.expm1(np.asarray(counts, np.float64) * np.log(beta)) / (1 - beta)
    return numbers


def class_weights(counts: Sequence[int] | NDArray[np.int64], beta: float = 0.999) -> Floats:
    """Return u_c, the inverse effective numbers of C classes, scaled so that they add up to C.

    >>> class_weights([421, 383, 231, 128, 223, 71, 42, 44]).round(4).tolist()  # kitchen D1 of EPIC-KITCHENS
    [0.2696, 0.2911, 0.4491, 0.771, 0.4634, 1.3516, 2.2522, 2.1519]
    """
    inverse = 1 / effective_number(counts, beta)
    scaled: Floats = inverse * (len(inverse) / inverse.sum())
    return scaled


def cluster_weights(sizes: Sequence[int] | NDArray[np.int64], class_weight: float, beta: float = 0.999) -> Floats:
    """Return the weight of a sample of each cluster of one class: v_ck / sum_k v_ck * K_c * u_c.

    v_ck is the inverse effective number of the cluster's size; over the K_c clusters the weights average to u_c.
    """
    inverse = 1 / effective_number(sizes, beta)
    weights: Floats = inverse / inverse.sum() * len(inverse) * class_weight
    return weights


def clip_weight(
    positives: Iterable[str],
    time_s: float,
    segments: Mapping[str, Sequence[tuple[float, float, float]]],
    of_class: Mapping[str, float],
) -> float:
    """Return the weight of a clip that shows several activities (the per-interaction weights of Charades-Ego).

    The mean over the classes in `positives` of the weight of that of the class's `segments` of this video, each
    (start_s, end_s, weight), which contains the clip's first frame at `time_s`; of its class weight where none does.
    """
    found = [
        next((weight for start, end, weight in segments.get(label, ()) if start <= time_s < end), of_class[label])
        for label in positives
    ]
    if not found:
        raise ValueError("a clip without a positive class has no weight")
    return sum(found) / len(found)
