"""Opening video files, and saying in plain words why one cannot be opened."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import av
import av.logging
import av.stream
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from vidsynth.errors import DecodeError
from vidsynth.video.claims import refuse_claims

S = TypeVar("S", VideoStream, AudioStream)

# A frame larger than this is a damaged header, not a video: refused before memory is taken.
MAX_PIXELS = 8192 * 8192
MAX_STREAMS = 64
# More of these are a damaged index, whoever made it: 185 hours at 30 frames a second.
MAX_FRAMES = 20_000_000

# The containers that are read: libavformat's names, for films and for sound. Not among them is what names other
# files or hosts to read from (playlists, concat scripts, session descriptions), devices, and numbered pictures.
CONTAINERS = (
    "mov", "matroska", "avi", "mpegts", "mpeg", "flv", "asf", "ogg", "rm", "mxf", "nut", "wtv", "dv", "gif", "ivf",
    "h264", "hevc", "vvc", "m4v", "mpegvideo", "mjpeg", "obu", "vc1", "h261", "h263", "dirac", "yuv4mpegpipe",
    "wav", "w64", "aiff", "au", "mp3", "aac", "loas", "ac3", "eac3", "dts", "amr", "flac", "wv", "tta", "ape", "caf",
)  # fmt: skip
_OPTIONS = {
    "max_pixels": str(MAX_PIXELS),
    "max_streams": str(MAX_STREAMS),
    "format_whitelist": ",".join(CONTAINERS),
    "protocol_whitelist": "file",
}

# What a damaged file can make of a reader, besides libav's own errors.
FAULTS = (av.FFmpegError, OSError, ValueError, ArithmeticError, MemoryError)
_LINKS = "VIDSYNTH_LINKS"

# Containers whose header describes every stream: nothing need be decoded to know them.
_DESCRIBED = (".mp4", ".m4v", ".mov", ".mkv", ".webm")

# Of these the header also says where each frame lies, when it is shown and whether decoding can begin there.
_INDEXED = (".mp4", ".m4v", ".mov")

# Decoding up to, but without, the pixels: everything is parsed, and so checked.
_NO_PIXELS = {"skip_loop_filter": "all", "skip_idct": "all"}

# libav's own words, and what they mean to a person.
_MEANING = {
    "moov atom not found": "moov atom not found (the file is cut off or its download never ended)",
    "EBML header parsing failed": "not a Matroska/WebM file inside (EBML header parsing failed)",
    "Invalid data found when processing input": "damaged, or not a video that FFmpeg knows",
    "End of file": "the file ends before the first frame",
    "Cannot allocate memory": "more memory is asked for than FFmpeg takes, or than there is (a damaged header?)",
    "Not yet implemented in FFmpeg, patches welcome": "something that FFmpeg does not decode",
}
_OTHER_FORMAT = "Format not on whitelist"  # how libav's log begins then


def meaning(error: BaseException) -> str:
    """Return a short reason for a libav error, without paths, so that equal causes group."""
    if isinstance(error, FileNotFoundError):
        return "no such file"
    if isinstance(error, PermissionError) and error.errno == errno.EACCES:  # EPERM is a decoder's
        return "no permission to read it"
    if isinstance(error, IsADirectoryError):
        return "a folder, not a file"
    if isinstance(error, MemoryError):
        return _MEANING["Cannot allocate memory"]
    text = getattr(error, "strerror", None) or str(error)
    log = getattr(error, "log", None)
    if log and log[2]:
        text = log[2].strip()
    return _MEANING.get(text) or " ".join(text.split()) or type(error).__name__


@contextlib.contextmanager
def reasons(name: str) -> Iterator[None]:
    """Turn whatever a damaged file can raise into a DecodeError of the file `name`."""
    try:
        yield
    except DecodeError as error:
        raise DecodeError(name, error.reason) from None
    except FAULTS as error:
        raise DecodeError(name, meaning(error)) from None


def within(root: str | Path, path: str) -> Path:
    """Return `root / path`. Raises DecodeError if a link leads out of the root.

    Links may lead to the folders that the environment variable VIDSYNTH_LINKS names; `/` is all of them.
    """
    file = Path(root, path)
    real = os.path.realpath(file)
    allowed = (os.fspath(root), *filter(None, os.environ.get(_LINKS, "").split(os.pathsep)))
    for folder in allowed:
        place = os.path.realpath(os.path.expanduser(folder))
        if real == place or real.startswith(place.rstrip(os.sep) + os.sep):
            return file
    raise DecodeError(path, f"a link that leads out of its folder (to follow such links: {_LINKS}=FOLDER)")


def packets(container: InputContainer, stream: S) -> Iterator[Packet[S]]:
    """Yield the packets of a stream; an empty one at the end."""
    found = container.demux(stream)
    # PyAV, which knows the streams that were there when the file was opened, stumbles at the end over any other.
    with contextlib.suppress(IndexError):
        while (packet := next(found, None)) is not None:
            yield packet


@contextlib.contextmanager
def open_video(path: str | Path, *, facts_only: bool = False) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open the first real video stream of a file, for decoding in this thread alone.

    facts_only : pictures that are decoded need show nothing: what costs time without adding facts is left out.

    Raises DecodeError if there is no such file, it is empty, is no video, or has no video stream.
    """
    name = str(path)
    container = _opened(name, facts_only)
    try:
        pictures = av.stream.Disposition.attached_pic
        streams = [s for s in container.streams.video if not s.disposition & pictures]
        if not streams:
            kinds = sorted({s.type for s in container.streams if not s.disposition & pictures})
            raise DecodeError(name, f"no video stream (only {', '.join(kinds)})" if kinds else "no video stream")
        stream = streams[0]
        if stream.codec_context is None:
            raise DecodeError(name, "no decoder for its codec")
        # Frame threads cost CPU, and hang on an early exit next to torch (PyAV issue 1849).
        stream.codec_context.thread_count = 1
        stream.codec_context.thread_type = "NONE"
        stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)} | (_NO_PIXELS if facts_only else {})
        if len(stream.index_entries) > MAX_FRAMES:
            raise DecodeError(name, f"more than {MAX_FRAMES} frames")
        yield container, stream
    finally:
        container.close()


def has_audio(path: str | Path) -> bool:
    """Say whether a file has a sound track. Raises DecodeError if it cannot be opened."""
    with contextlib.closing(_opened(str(path), facts_only=True)) as container:
        return bool(container.streams.audio)


@contextlib.contextmanager
def open_audio(path: str | Path) -> Iterator[tuple[InputContainer, AudioStream]]:
    """Open the first audio track of a file, for decoding in this thread alone; what else it holds is passed over.

    Raises DecodeError if there is no such file, it is empty, is nothing that FFmpeg knows, or has no audio track.
    """
    name = str(path)
    container = _opened(name, facts_only=False)
    try:
        if not container.streams.audio:
            raise DecodeError(name, "no audio track")
        stream = container.streams.audio[0]
        if stream.codec_context is None:
            raise DecodeError(name, "no decoder for its audio codec")
        stream.codec_context.thread_count = 1
        stream.codec_context.thread_type = "NONE"
        for other in container.streams:
            if other is not stream:
                other.discard = av.stream.Discard.all  # pictures are not even read from the disk
        yield container, stream
    finally:
        container.close()


def _opened(name: str, facts_only: bool) -> InputContainer:
    options = dict(_OPTIONS)
    if name.lower().endswith(_DESCRIBED):
        options["analyzeduration"] = "0"
        if facts_only:
            options["skip_frame"] = "all"  # while opening; what follows decodes its own frame
        if facts_only and name.lower().endswith(_INDEXED):
            options["fflags"] = "+noparse"
    try:
        found = os.stat(name)
        if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
            raise DecodeError(name, "no file, but a pipe or a device")
        if stat.S_ISREG(found.st_mode):
            if found.st_size == 0:
                raise DecodeError(name, "empty file (0 bytes)")
            refuse_claims(name, found.st_size)
        # An absolute path has no `protocol:` in front.
        return av.open(os.path.abspath(name), options=options, metadata_errors="replace")
    except av.FFmpegError as error:
        raise DecodeError(name, _logged_reason(name) or meaning(error)) from None
    except FAULTS as error:
        raise DecodeError(name, meaning(error)) from None


def _logged_reason(name: str) -> str | None:
    """Open once more with libav's log on: what it says there is clearer than the error code."""
    level, skip = av.logging.get_level(), av.logging.get_skip_repeated()
    av.logging.set_level(av.logging.ERROR)
    av.logging.set_skip_repeated(False)
    try:
        with av.logging.Capture() as lines, contextlib.suppress(*FAULTS):
            av.open(os.path.abspath(name), options=dict(_OPTIONS), metadata_errors="replace").close()
    finally:
        av.logging.set_level(level)
        av.logging.set_skip_repeated(skip)
    if any(text.startswith(_OTHER_FORMAT) for _, _, text in lines):
        return "no video container that is read (a playlist, a picture or the like)"
    said = [text.strip() for _, _, text in lines if text.strip() in _MEANING]
    if not said:
        return None
    if said[-1] == "moov atom not found" and not _starts_like_mp4(name):
        return "not a video: its name ends like one, its first bytes do not"
    return _MEANING[said[-1]]


def _starts_like_mp4(name: str) -> bool:
    with open(name, "rb") as file:
        return file.read(8)[4:] in (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"styp", b"moof")
