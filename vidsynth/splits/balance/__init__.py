"""Audio-balanced learning: weights from clusters of each class's sounds (Zhang et al., CVPR 2022)."""

from vidsynth.splits.balance.groups import BalanceRules, ClassGroups, balance
from vidsynth.splits.balance.weights import class_weights, clip_weight, cluster_weights

__all__ = [
    "BalanceRules",
    "ClassGroups",
    "balance",
    "class_weights",
    "clip_weight",
    "cluster_weights",
]
