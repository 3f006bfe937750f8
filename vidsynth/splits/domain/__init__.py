"""Domain shifts: labelled videos of one domain, unlabelled ones of another (Zhang et al., CVPR 2022)."""

from vidsynth.splits.domain.label_shift import LabelShift, label_shift
from vidsynth.splits.domain.presets import PRESETS, Preset
from vidsynth.splits.domain.shift import ROLES, DomainRules, shift

__all__ = ["PRESETS", "ROLES", "DomainRules", "LabelShift", "Preset", "label_shift", "shift"]
