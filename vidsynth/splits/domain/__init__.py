"""Domain shifts: labelled videos of one domain, unlabelled ones of another (Zhang et al., CVPR 2022)."""

from vidsynth.splits.domain.labels import LabelShift, label_shift
from vidsynth.splits.domain.presets import PRESETS, Preset
from vidsynth.splits.domain.roles import ROLES, DomainRules, shift

__all__ = ["PRESETS", "ROLES", "DomainRules", "LabelShift", "Preset", "label_shift", "shift"]
