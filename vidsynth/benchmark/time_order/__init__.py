"""The time-order benchmark's questions, scores and audits."""

from vidsynth.benchmark.time_order.audit import audit
from vidsynth.benchmark.time_order.export import export
from vidsynth.benchmark.time_order.score import score

__all__ = ["audit", "export", "score"]
