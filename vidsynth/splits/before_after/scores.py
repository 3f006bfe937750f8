"""Scoring on counterbalanced samples: each is the quadruple (u, T(u), t, T(t)), and every part of it is asked for.

On one-sided sets, where only u is shown and t is to be told from T(t), a model can do well on words alone: some
things as a rule come before others. Where T(u) is shown too, whatever it says of the words is as often wrong as
right.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vidsynth.errors import RecipeError


class Scores(NamedTuple):
    """Shares of right answers, in 0 to 1; a tie is half an answer.

    one_sided : given u, t is told from T(t): the paper's time-order accuracy.
    video_to_text : given u, t from T(t), and given T(u), T(t) from t. Exactly 0.5 for whoever looks at texts alone.
    text_to_video : given t, u from T(u), and so on. Exactly 0.5 for whoever looks at videos alone.
    group : both answers about the videos and both about the texts right (a tie is wrong): 0 for both.
    ties : the share of those four answers that are ties.
    """

    one_sided: float
    video_to_text: float
    text_to_video: float
    group: float
    ties: float


def score(similarity: NDArray[np.floating]) -> Scores:
    """Score similarities float [N, 2, 2]: of u and T(u), in this order, with t and T(t). Raises RecipeError.

    >>> score(np.array([[[0.9, 0.2], [0.9, 0.2]]])).video_to_text  # the video does not matter
    0.5
    """
    if similarity.ndim != 3 or similarity.shape[1:] != (2, 2) or not len(similarity):
        raise RecipeError(
            f"similarity: must be [N, 2, 2], videos u and T(u) by texts t and T(t), not {similarity.shape}"
        )
    if not np.isfinite(similarity).all():
        raise RecipeError("similarity: some are no numbers")
    by_text = np.sign(np.stack([similarity[:, 0, 0] - similarity[:, 0, 1], similarity[:, 1, 1] - similarity[:, 1, 0]]))
    by_video = np.sign(np.stack([similarity[:, 0, 0] - similarity[:, 1, 0], similarity[:, 1, 1] - similarity[:, 0, 1]]))
    answers = np.concatenate([by_text, by_video])
    return Scores(
        one_sided=float((by_text[0] + 1).mean() / 2),
        video_to_text=float((by_text + 1).mean() / 2),
        text_to_video=float((by_video + 1).mean() / 2),
        group=float((answers > 0).all(0).mean()),
        ties=float((answers == 0).mean()),
    )
