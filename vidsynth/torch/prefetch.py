"""Batches on their way to the device while the step before is at work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch


def on_device(
    batches: Iterable[Any], device: torch.device | str, transform: Callable[[Any], Any] | None = None
) -> Iterator[Any]:
    """Yield batches on a device, one ahead of the loop.

    On CUDA the next batch is copied from pinned memory, and transformed, on a stream of its own while
    the loop works on the present one; elsewhere they are moved when asked for.

    batches : a `Loader`, or anything that yields tensors, `PackedTubelets`, or dicts, lists and tuples of
        them; other values pass as they are. Give the loader `pin_memory=True` to have a thread of its own
        pin them.
    transform : called with each batch on the device, such as the drawing of its tubelets.
    """
    device = torch.device(device)
    transform = transform or (lambda batch: batch)
    if device.type != "cuda":
        for batch in batches:
            yield transform(_each(batch, lambda part: part.to(device)))
        return
    stream = torch.cuda.Stream(device)
    waiting: tuple[Any, torch.cuda.Event] | None = None
    for batch in batches:
        coming = _sent(batch, device, stream, transform)
        if waiting:
            yield _received(*waiting, device)
        waiting = coming
    if waiting:
        yield _received(*waiting, device)


def _sent(
    batch: Any, device: torch.device, stream: torch.cuda.Stream, transform: Callable[[Any], Any]
) -> tuple[Any, torch.cuda.Event]:
    with torch.cuda.stream(stream):
        moved = _each(batch, lambda part: _pinned(part).to(device, non_blocking=True))
        batch = transform(moved)
        arrived = torch.cuda.Event()
        arrived.record(stream)
    return batch, arrived


def _received(batch: Any, arrived: torch.cuda.Event, device: torch.device) -> Any:
    loop = torch.cuda.current_stream(device)
    loop.wait_event(arrived)
    # Its memory belongs to the side stream, which must not reuse it before the loop is done with it.
    _each(batch, lambda part: part.record_stream(loop))
    return batch


def _pinned(part: Any) -> Any:
    if isinstance(part, torch.Tensor) and (part.is_pinned() or part.device.type != "cpu"):
        return part
    return part.pin_memory()


def _each(batch: Any, do: Callable[[Any], Any]) -> Any:
    """Return a batch with `do` applied to each tensor, and to each thing that can move as they do."""
    if isinstance(batch, dict):
        return {name: _each(part, do) for name, part in batch.items()}
    if isinstance(batch, list | tuple):
        return type(batch)(_each(part, do) for part in batch)
    return do(batch) if hasattr(batch, "record_stream") else batch
