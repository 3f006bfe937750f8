"""Errors cross processes whole, and suggest names."""

import pickle

import pytest

from vidsynth import errors
from vidsynth.errors import BuildError, DecodeError, HubError, Mismatch, Unreachable, VidsynthError, nearest


def test_every_error_is_in_the_tree_and_in_its_drawing() -> None:
    tree = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert len(tree) == 12
    for kind in tree:
        assert issubclass(kind, VidsynthError) and kind.__name__ in (errors.__doc__ or "")
        assert kind.exit_code == {BuildError: 1, HubError: 1, Unreachable: 1, Mismatch: 3}.get(kind, 2)


def test_a_decode_error_keeps_its_path_and_reason_on_the_way_between_processes() -> None:
    error = pickle.loads(pickle.dumps(DecodeError("a/b.mp4", "no video stream")))
    assert (error.path, error.reason, str(error)) == ("a/b.mp4", "no video stream", "a/b.mp4: no video stream")


@pytest.mark.parametrize(
    ("name", "said"),
    [("nonlinaer", "; did you mean 'nonlinear'?"), ("liner", "; did you mean 'linear'?"), ("xyz", ""), ("", "")],
)
def test_the_nearest_name_is_offered_if_there_is_one(name: str, said: str) -> None:
    assert nearest(name, ["none", "linear", "nonlinear"]) == said
