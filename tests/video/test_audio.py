"""Sound: the very samples of files without loss, at the right time, whatever else is read with them."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.resampler import AudioResampler
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vidsynth.errors import DecodeError
from vidsynth.video.audio import MAX_RATE, SoundRef, read_sound, read_sounds

RATE = 16_000
BROKEN = {
    "cut_off.mp4": "moov atom not found (the file is cut off or its download never ended)",
    "empty.mp4": "empty file (0 bytes)",
    "text.mp4": "not a video: its name ends like one, its first bytes do not",
    "text.avi": "damaged, or not a video that FFmpeg knows",
    "missing.mp4": "no such file",
    "folder.mp4": "a folder, not a file",
    "h264.mp4": "no audio track",
}


def noise(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(-20_000, 20_000, count).astype(np.int16)


def write_sound(
    path: Path,
    parts: Sequence[tuple[float, np.ndarray]],
    codec: str = "pcm_s16le",
    rate: int = RATE,
    layout: str = "mono",
) -> Path:
    """Write parts, each (start in seconds, int16 [channels * N]), as frames of at most 1,000 samples."""
    channels = 2 if layout == "stereo" else 1
    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        for start, samples in parts:
            for at in range(0, len(samples), 1000 * channels):
                frame = av.AudioFrame.from_ndarray(samples[None, at : at + 1000 * channels], "s16", layout)
                frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
                frame.pts = round(start * rate) + at // channels
                for converted in AudioResampler(stream.format.name, layout, rate).resample(frame):
                    converted.pts, converted.time_base = frame.pts, frame.time_base
                    container.mux(stream.encode(converted))
        container.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sound(tmp_path_factory.mktemp("sound") / "noise.wav", [(0, noise(40_000))])


@pytest.mark.parametrize("name", ["a.wav", "a.mkv", "a.mov", "a.flac"])
def test_sound_without_loss_is_read_to_the_bit(tmp_path: Path, name: str) -> None:
    codec = "flac" if name.endswith("flac") else "pcm_s16le"
    found = read_sound(write_sound(tmp_path / name, [(0, noise(30_500))], codec))
    assert np.array_equal(found.samples, noise(30_500))
    assert found.samples.dtype == np.int16 and found.rate == RATE
    assert found.times.tolist() == [0, 30_500 / RATE]


@pytest.mark.parametrize("codec", ["aac", "libmp3lame"])
@pytest.mark.parametrize("layout", ["mono", "stereo"])
def test_lossy_sound_is_what_ffmpeg_makes_of_it(tmp_path: Path, codec: str, layout: str) -> None:
    path = write_sound(tmp_path / "a.mkv", [(0, noise(88_200))], codec, 44_100, layout)
    with av.open(str(path)) as container:
        resampler = AudioResampler("s16", "mono", RATE)
        parts = []
        for frame in container.decode(audio=0):
            frame.pts = None
            parts += resampler.resample(frame)
        expected = np.concatenate([part.to_ndarray()[0] for part in parts + resampler.resample(None)])
        begins = container.streams.audio[0].start_time * container.streams.audio[0].time_base
    found = read_sound(path)
    lag = round(begins * RATE)
    assert -200 <= lag <= 200
    assert np.array_equal(found.samples[max(0, lag) :], expected[max(0, -lag) :])


def test_a_tone_keeps_its_pitch_and_loudness(tmp_path: Path, make_video: Callable[..., Path]) -> None:
    path = make_video(tmp_path / "a.mp4", frames=50, audio=True)  # 440 Hz at a tenth of full scale
    samples = read_sound(path, 8_000).samples[2000:14_000].astype(float)
    power = np.abs(np.fft.rfft(samples)) ** 2
    assert np.argmax(power) * 8_000 / len(samples) == pytest.approx(440, abs=1)
    assert np.sqrt(2 * np.mean(samples**2)) / 32768 == pytest.approx(0.1, abs=0.01)


SPANS = st.lists(
    st.tuples(st.floats(0, 4), st.none() | st.floats(0.001, 2)).map(
        lambda span: (span[0], None if span[1] is None else span[0] + span[1])
    ),
    min_size=1,
    max_size=5,
)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SPANS)
def test_segments_are_cut_by_time_whatever_is_read_with_them(sound: Path, spans: list[tuple[float, float]]) -> None:
    found = read_sounds(sound, [SoundRef("a", "noise.wav", *span) for span in spans])
    for (start, end), one in zip(spans, found, strict=True):
        stop = None if end is None else round(end * RATE)
        assert np.array_equal(one.samples, noise(40_000)[round(start * RATE) : stop])
        assert one.times[0] == round(start * RATE) / RATE


def test_what_begins_late_or_has_a_hole_is_silent_there(tmp_path: Path, make_video: Callable[..., Path]) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        pictures = container.add_stream("libx264", rate=10)
        pictures.height, pictures.width, pictures.pix_fmt = 48, 64, "yuv420p"
        pcm = container.add_stream("pcm_s16le", rate=RATE, layout="mono")
        for number in range(30):
            frame = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), "rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 10)
            container.mux(pictures.encode(frame))
            if number in (5, 6, 7, 20, 21):  # a tenth of a second of sound each
                sounding = av.AudioFrame.from_ndarray(noise(1600, number)[None], "s16", "mono")
                sounding.sample_rate, sounding.pts, sounding.time_base = RATE, 1600 * number, Fraction(1, RATE)
                container.mux(pcm.encode(sounding))
        container.mux(pictures.encode(None))
    whole = read_sound(path)
    assert len(whole.samples) == 22 * 1600
    for number in range(22):
        expected = noise(1600, number) if number in (5, 6, 7, 20, 21) else np.zeros(1600)
        assert np.array_equal(whole.samples[1600 * number : 1600 * (number + 1)], expected)
    before, across, after = read_sounds(
        path, [SoundRef("a", "a", 0.1, 0.2), SoundRef("a", "a", 0.75, 2.05), SoundRef("a", "a", 2.5, 3)]
    )
    assert np.array_equal(before.samples, np.zeros(1600))
    assert np.array_equal(across.samples, whole.samples[12_000:32_800])
    assert len(after.samples) == 0 and after.times.tolist() == [2.5, 2.5]


def test_a_damaged_packet_costs_its_own_sound(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.flac", [(0, noise(32_000))], "flac")
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 2000] = bytes(2000)
    path.write_bytes(data)
    found = read_sound(path).samples
    assert np.array_equal(found[:8000], noise(32_000)[:8000])
    assert np.array_equal(found[26_000:32_000], noise(32_000)[26_000:])


def test_reading_stops_after_the_last_segment(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", [(0, noise(160_000))])
    whole = path.read_bytes()
    path.write_bytes(whole[:100_000])  # some 3 of its 10 seconds
    assert np.array_equal(read_sound(path, end_s=2).samples, noise(160_000)[:32_000])


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_read_has_a_plain_reason(videos: Path, name: str) -> None:
    with pytest.raises(DecodeError) as raised:
        read_sounds(videos / name, [SoundRef("a", f"some/{name}")])
    assert (raised.value.path, raised.value.reason) == (f"some/{name}", BROKEN[name])


def test_sound_without_pictures_is_sound(videos: Path) -> None:
    assert len(read_sound(videos / "audio_only.m4a").samples) > 7000
    assert len(read_sound(videos / "audio_with_cover.mp3").samples) >= 16_000


def test_too_much_at_once_is_refused(sound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vidsynth.video.audio.MAX_SAMPLES", 50_000)
    read_sounds(sound, [SoundRef("a", "a")])
    with pytest.raises(DecodeError, match="more than 50000 samples"):
        read_sounds(sound, [SoundRef("a", "a"), SoundRef("b", "a")])
    with pytest.raises(ValueError, match="a rate is 1 to"):
        read_sound(sound, MAX_RATE + 1)
