"""Files that ask a reader to open other files, or to call somebody: refused, and nobody is called."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import pytest

from vidsynth import Manifest
from vidsynth.errors import DecodeError, SourceError
from vidsynth.video.audio import read_sound
from vidsynth.video.container import has_audio
from vidsynth.video.decode import read_clip
from vidsynth.video.index import VideoIndex
from vidsynth.video.probe import probe

HLS = "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:1,\n{url}\n#EXT-X-ENDLIST\n"
CONCAT = "ffconcat version 1.0\nfile {url}\n"
SDP = (
    "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video {port} RTP/AVP 96\na=rtpmap:96 H264/90000\n"
)
DASH = (
    '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet '
    'mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>{url}</BaseURL><SegmentBase/></Representation>'
    "</AdaptationSet></Period></MPD>"
)
RTSP = "RTSPtext\nrtsp://127.0.0.1:{port}/x\n"
PLAYLISTS = {"hls": HLS, "concat": CONCAT, "sdp": SDP, "dash": DASH, "rtsp": RTSP}


@pytest.fixture
def secret(tmp_path: Path, videos: Path) -> Path:
    """A folder with a video that nobody may be led to, and one to lead there."""
    (tmp_path / "root").mkdir()
    shutil.copy(videos / "h264.ts", tmp_path / "secret.ts")
    shutil.copy(videos / "h264.ts", tmp_path / "root/beside.ts")
    return tmp_path


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """A socket that hears of every call."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def called(server: socket.socket) -> bool:
    try:
        server.accept()[0].close()
    except BlockingIOError:
        return False
    return True


@pytest.mark.parametrize("suffix", [".mp4", ".m3u8", ".ffconcat", ".sdp", ".mpd", ".mov", ""])
@pytest.mark.parametrize("kind", PLAYLISTS)
@pytest.mark.parametrize("leads_to", ["beside.ts", "{secret}", "file:{secret}", "http://127.0.0.1:{port}/x.ts"])
def test_no_playlist_is_followed(secret: Path, listening: socket.socket, kind: str, suffix: str, leads_to: str) -> None:
    port = listening.getsockname()[1]
    url = leads_to.format(secret=secret / "secret.ts", port=port)
    file = secret / f"root/video{suffix}"
    file.write_text(PLAYLISTS[kind].format(url=url, port=port))
    for read in (probe, read_clip, read_sound, has_audio):
        with pytest.raises(DecodeError) as caught:
            read(file)
        assert caught.value.reason and "\n" not in caught.value.reason
    assert not called(listening)


@pytest.mark.parametrize(("name", "text", "url"), [("v.mp4", CONCAT, "beside.ts"), ("v.m3u8", HLS, "{secret}")])
def test_such_a_file_is_followed_by_who_opens_it_without_care(secret: Path, name: str, text: str, url: str) -> None:
    """What is refused above is no empty threat."""
    file = secret / "root" / name
    file.write_text(text.format(url=url.format(secret=secret / "secret.ts")))
    with av.open(str(file)) as container:
        assert len(list(container.decode(video=0))) > 10


def test_a_playlist_says_what_it_is(secret: Path) -> None:
    file = secret / "root/video.mp4"
    file.write_text(CONCAT.format(url="beside.ts"))
    with pytest.raises(DecodeError, match=r"no video container that is read \(a playlist, a picture or the like\)"):
        probe(file)


@pytest.mark.parametrize("name", ["concat:a.ts|a.ts", "http:x.ts", "pipe:0", "data:x", "subfile,,start,0,end,9,,:a.ts"])
def test_a_protocol_in_a_name_is_part_of_the_name(secret: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(secret / "root")
    (secret / "root" / name).write_bytes((secret / "root/beside.ts").read_bytes())
    assert probe(name).frames == probe("beside.ts").frames


# ------------------------------------------------------------------------------ links and what is no file


def test_a_link_out_of_the_root_is_refused_unless_it_leads_where_it_may(
    secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VIDSYNTH_LINKS")
    root = secret / "root"
    (root / "away.ts").symlink_to(secret / "secret.ts")
    (root / "folder").symlink_to(secret)
    (root / "inside.ts").symlink_to(root / "beside.ts")
    (secret / "root2").mkdir()  # a name that begins like the root's
    shutil.copy(secret / "secret.ts", secret / "root2/secret.ts")
    (root / "next.ts").symlink_to(secret / "root2/secret.ts")
    (secret / "linked").symlink_to(root)
    for place in (root, secret / "linked"):
        assert VideoIndex(place).info("inside.ts").frames > 0
        for path in ("away.ts", "folder/secret.ts", "next.ts"):
            with pytest.raises(DecodeError, match="a link that leads out of its folder"):
                VideoIndex(place).info(path)
    monkeypatch.setenv("VIDSYNTH_LINKS", f"/nowhere{os.pathsep}{secret}")
    assert VideoIndex(root).info("away.ts").frames > 0
    monkeypatch.setenv("VIDSYNTH_LINKS", "/")
    assert VideoIndex(root).info("next.ts").frames > 0
    monkeypatch.setenv("VIDSYNTH_LINKS", "")
    with pytest.raises(DecodeError):
        VideoIndex(root).info("away.ts")
    monkeypatch.chdir(root)
    with pytest.raises(DecodeError):
        VideoIndex(Path()).info("away.ts")
    assert VideoIndex("").info("away.ts").frames > 0  # named by the user himself


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: os.symlink("/dev/zero", path)])
def test_pipes_and_devices_are_not_opened(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "video.mp4")
    for read in (probe, read_clip, read_sound, has_audio):
        with pytest.raises(DecodeError, match="no file, but a pipe or a device"):
            read(tmp_path / "video.mp4")


@pytest.mark.parametrize(
    "path", ["../secret.ts", "/etc/passwd", "a/../../secret.ts", "..\\secret.ts", "C:\\x.mp4", "\\\\host\\x", "a\0b"]
)
def test_a_manifest_names_no_file_outside(secret: Path, path: str) -> None:
    with pytest.raises(SourceError, match=r"row 1: path .* leaves the manifest's folder"):
        Manifest.from_columns({"path": [path]}, secret / "root")
