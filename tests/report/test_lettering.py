"""Text on pictures: it stays in its place, whatever it says."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vidsynth.report.lettering import write_text


@given(st.text(max_size=80), st.integers(20, 200))
def test_text_keeps_to_its_width(text: str, width: int) -> None:
    picture = np.full((40, 240, 3), 255, np.uint8)
    used = write_text(picture, text, 10, 5, width)
    assert used <= width + 1
    written = picture != 255
    assert not written[:5].any() and not written[:, :10].any() and not written[:, 10 + width :].any()


def test_what_does_not_fit_ends_in_an_ellipsis_and_a_line_is_a_line() -> None:
    def pixels(text: str, width: int = 200) -> bytes:
        picture = np.full((30, 240, 3), 255, np.uint8)
        write_text(picture, text, 0, 0, width)
        return picture.tobytes()

    assert pixels("abc\ndef") == pixels("abc def")
    long = pixels("a" * 1000, 60)
    shortened = next(n for n in range(1, 20) if pixels("a" * n + "…", 60) == long)
    assert 3 < shortened < 12


def test_the_right_edge_is_kept_too() -> None:
    picture = np.full((30, 100, 3), 255, np.uint8)
    write_text(picture, "right", 0, 0, 90, align="right")
    columns = np.nonzero((picture < 128).any((0, 2)))[0]
    assert columns.min() > 50 and 84 < columns.max() < 90


def test_the_signs_that_previews_use_are_in_the_face() -> None:
    def pixels(text: str) -> bytes:
        picture = np.full((30, 60, 3), 255, np.uint8)
        write_text(picture, text, 0, 0, 60)
        return picture.tobytes()

    missing = pixels("\uffff")
    assert all(pixels(sign) != missing for sign in "·…×–|éßñЖλ")
