"""Folders behind URLs: the one door to object stores and web servers, through fsspec.

Whatever a file system raises (each has errors of its own) leaves here as a StoreError in one line, and what may
pass by itself is tried again first. Credentials are the environment's affair: a URL holds none.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeVar
from urllib.parse import urlsplit

from vidsynth.errors import MissingDependency, RecipeError, StoreError, Unreachable
from vidsynth.part_files import written_whole

T = TypeVar("T")

# At least two letters, for C:/videos is a path.
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+(::|://)")
_EXTRAS = {"s3": "s3", "s3a": "s3", "hf": "hub"}
_PAUSES_S = (0.5, 2.0, 8.0)
_CHUNK = 16 << 20
# Of a large file's parts: four in flight take 64 MiB of memory, 10,000 of them make 156 GiB.
PART_BYTES, _PARTS_AT_ONCE = 16 << 20, 4
_ASKS_FOR_CREDENTIALS = ("NoCredentialsError", "PartialCredentialsError", "ProfileNotFound", "DefaultCredentialsError")
_OWN_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)


class Url(str):
    """A place behind a URL; `/` leads further down, as with paths."""

    __slots__ = ()

    def __truediv__(self, name: str) -> Url:
        return Url(f"{self.rstrip('/')}/{name}")

    @property
    def name(self) -> str:
        """The last part, without what a web server is told."""
        return shown(self).rstrip("/").rpartition("/")[2]

    @property
    def parent(self) -> Url:
        return Url(shown(self).rstrip("/").rpartition("/")[0])

    @property
    def told(self) -> str:
        """The last part, with what a web server is told."""
        return self[len(self.parent) + 1 :]

    def exists(self) -> bool:
        return Store(self.parent).stamp(self.name) is not None


Location = Path | Url


def location(value: str | Path) -> Location:
    """Return a path, or a URL for what looks like one. Raises RecipeError for a URL that holds a password.

    >>> location("out"), location("s3://bucket/out/"), location("file:///data/out")
    (PosixPath('out'), 's3://bucket/out', PosixPath('/data/out'))
    """
    if isinstance(value, Path) or not _URL.match(value):
        return Path(value)
    scheme, _, rest = value.partition("://")
    if scheme in ("file", "local"):
        return Path(rest)
    if urlsplit(value).password is not None:
        raise RecipeError(
            f"{shown(value)}: a password does not belong into a URL; set what the storage's own tools read, "
            "such as AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        )
    return Url(value.rstrip("/"))


def folder_location(value: str | Path) -> Location:
    """Return a `location` that files are looked for under, or written to. Raises RecipeError for a URL with a query."""
    found = location(value)
    if isinstance(found, Url) and (shown(found) != found or re.search(r"[*?\[\]]", found)):
        raise RecipeError(f"{shown(found)}: the URL of a folder holds neither a query nor any of * ? [ ]")
    return found


def shown(url: str) -> str:
    """Return a URL without what may be secret in it: names, passwords, signatures.

    >>> shown("https://me:secret@host/videos.csv?signature=abc")
    'https://host/videos.csv'
    """
    bare = re.sub(r"//[^/@]*:[^/@]*@", "//", url)
    return bare.partition("?")[0] if bare.startswith(("http:", "https:")) else bare


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells one version of a file from another.

    bytes : its size. mark : 60 bits of its ETag or checksum, else its modification time, in a form that a file's
    own modification time (nanoseconds) can take: what was fetched bears it, and is then like a file of this disk.
    """

    bytes: int
    mark: int


class Store:
    """The files under a URL, by their names relative to it.

    Raises StoreError for what is not there or not permitted; Unreachable if trying again did not help;
    MissingDependency for a file system that is not installed.
    """

    def __init__(self, url: Url) -> None:
        self.url = url

    def names(self) -> list[str]:
        """Return the names of the files and folders at the top."""
        found: list[str] = self._tried(lambda system, base: system.ls(base, detail=False), missing=[])
        return sorted(path.rstrip("/").rpartition("/")[2] for path in found)

    def files(self, folder: str = "") -> dict[str, Stamp]:
        """Return every file under a folder, by name: a request for each thousand."""

        def find(system: Any, base: str) -> dict[str, Stamp]:
            found = system.find(f"{base}/{folder}".rstrip("/"), detail=True)
            system.invalidate_cache()  # it keeps what it lists
            start = len(base.strip("/")) + 1
            return {path.lstrip("/")[start:]: _stamp(info) for path, info in found.items()}

        return self._tried(find, missing={})

    def stamp(self, name: str) -> Stamp | None:
        """Return what tells a file's version; None if it is not there."""
        return self._tried(lambda system, base: _stamp(system.info(_join(base, name))), name, missing=None)

    def stamps(self, names: Sequence[str]) -> dict[str, Stamp]:
        """Return what tells the versions of files; those that are not there are left out.

        From a listing of all, but of a web server, which need not list.
        """
        if not self.url.startswith(("http:", "https:")):
            there = self.files()
            return {name: there[name] for name in names if name in there}
        found = {name: self.stamp(name) for name in names}
        return {name: stamp for name, stamp in found.items() if stamp is not None}

    def open(self, name: str) -> BinaryIO:
        """Open a file for reading here and there: only what is read is fetched, a mebibyte or more at a time."""
        stamp = self.stamp(name)
        if stamp is None:
            raise StoreError(shown(self.url / name))
        return io.BufferedReader(_Ranges(self, name, stamp.bytes), 1 << 20)

    def read(self, name: str, start: int, stop: int) -> bytes:
        """Return bytes of a file."""
        data: bytes = self._tried(lambda system, base: system.cat_file(_join(base, name), start=start, end=stop), name)
        return data

    def read_all(self, names: Sequence[str]) -> dict[str, bytes]:
        """Return small files, many at a time; those that are gone meanwhile are left out."""

        def cat(system: Any, base: str) -> dict[str, bytes]:
            paths = {_join(base, name): name for name in names}
            found = system.cat(list(paths), on_error="return") if paths else {}
            gone = [path for path, data in found.items() if isinstance(data, FileNotFoundError)]
            for path, data in found.items():
                if isinstance(data, Exception) and path not in gone:
                    raise data
            return {paths[path]: data for path, data in found.items() if path not in gone}

        return self._tried(cat)

    def download(self, name: str, file: Path, going: Callable[[], None] = lambda: None) -> None:
        """Fetch a file: whole, or not at all. Its modification time is then its `Stamp`'s mark.

        going : called now and then, while it comes.
        """
        file.parent.mkdir(parents=True, exist_ok=True)

        def get(system: Any, base: str, beside: Path) -> None:
            path = _join(base, name)
            stamp = _stamp(system.info(path))
            # A changed object is refused by what s3fs asks for, the version that it opened.
            with system.open(path, "rb", block_size=_CHUNK, cache_type="none") as source, beside.open("wb") as out:
                while chunk := source.read(_CHUNK):
                    out.write(chunk)
                    going()
                size = out.tell()
            if stamp.bytes not in (size, -1):
                raise ConnectionError(f"{size} of {stamp.bytes} bytes came")
            os.utime(beside, ns=(stamp.mark, stamp.mark))

        with written_whole(file) as beside:
            self._tried(lambda system, base: get(system, base, beside), name)

    def upload(self, file: Path, name: str) -> None:
        """Put a file there under its name, in parts if it is large: on an object store it appears whole.

        Each part goes with its checksum, which the store compares; the size is looked at afterwards. The file here
        then has its `Stamp`'s mark for a modification time, as if it had been fetched.
        """
        size = file.stat().st_size

        def put(system: Any, base: str) -> None:
            path = _join(base, name)
            in_parts = {"chunksize": PART_BYTES, "max_concurrency": _PARTS_AT_ONCE} if _is_s3(system) else {}
            system.put_file(str(file), path, **in_parts)
            system.invalidate_cache()
            there = _stamp(system.info(path))
            if there.bytes != size:
                raise ConnectionError(f"{there.bytes} of {size} bytes are there")
            os.utime(file, ns=(there.mark, there.mark))

        self._tried(put, name)

    def write(self, name: str, data: bytes) -> None:
        """Write a small file, over any that is there."""
        self._tried(lambda system, base: system.pipe_file(_join(base, name), data), name)

    def create(self, file: Path, name: str) -> bool:
        """Put a small file there like `upload`, if there is none, and tell so: of several that try, one succeeds."""

        def create(system: Any, base: str) -> bool:
            try:
                system.pipe_file(_join(base, name), file.read_bytes(), mode="create")
            except FileExistsError:
                return False
            there = _stamp(system.info(_join(base, name)))
            os.utime(file, ns=(there.mark, there.mark))
            return True

        return self._tried(create, name)

    def delete(self, names: Iterable[str]) -> None:
        """Delete files; those that are not there are passed over."""
        wanted = list(names)
        for at in range(0, len(wanted), 1000):
            some = wanted[at : at + 1000]
            self._tried(lambda system, base, some=some: system.rm([_join(base, name) for name in some]), missing=None)  # type: ignore[misc]

    def abort_uploads(self, folder: str) -> None:
        """Clear away the parts of large files under a folder that a killed process left behind, unseen but paid for."""

        def abort(system: Any, base: str) -> None:
            if not _is_s3(system):
                return
            bucket, prefix, _ = system.split_path(f"{base}/{folder}/")
            found = system.call_s3("list_multipart_uploads", Bucket=bucket, Prefix=prefix)
            for upload in found.get("Uploads", []):
                system.call_s3("abort_multipart_upload", Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])

        self._tried(abort, missing=None)

    def _tried(self, call: Callable[[Any, str], T], name: str = "", **otherwise: T) -> T:
        """Return what `call(system, base)` returns, trying again what may pass; `missing`, if given, for what is not
        there."""
        url = shown(self.url / name if name else self.url)
        for pause in (*_PAUSES_S, None):
            try:
                return call(*_system(self.url))
            except Exception as error:
                if isinstance(error, FileNotFoundError) and "missing" in otherwise and not _no_bucket(error):
                    return otherwise["missing"]
                lasting = _lasting(url, error)
                if lasting is not None:
                    raise lasting from None
                if pause is None:
                    tries = len(_PAUSES_S) + 1
                    raise Unreachable(url, f"cannot be reached, tried {tries} times: {_reason(error)}") from None
            time.sleep(pause)
        raise AssertionError


class _Ranges(io.RawIOBase):
    """A file of a store, read by ranges."""

    def __init__(self, store: Store, name: str, size: int) -> None:
        self._store, self._name, self._size, self._at = store, name, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        return self._at

    def readinto(self, buffer: Any) -> int:
        stop = min(self._at + len(buffer), self._size)
        data = self._store.read(self._name, self._at, stop) if stop > self._at else b""
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def _lasting(url: str, error: Exception) -> Exception | None:
    """Return what to raise for an error that trying again does not mend."""
    number = getattr(error, "errno", None)
    if isinstance(error, FileNotFoundError):
        return StoreError("/".join(url.split("/")[:3]), "no such bucket") if _no_bucket(error) else StoreError(url)
    if isinstance(error, ImportError):
        extra = _EXTRAS.get(url.partition("://")[0])
        named = f"pip install {error.name}" if error.name else _reason(error)
        mend = f"pip install 'vidsynth[{extra}]'" if extra else named
        return MissingDependency(f"{url} needs a package that is not installed: {mend}")
    if number in _OWN_DISK:
        return error
    if isinstance(error, PermissionError) or type(error).__name__ in _ASKS_FOR_CREDENTIALS:
        mend = "credentials are taken from where the storage's own tools take them, such as AWS_PROFILE"
        return StoreError(url, f"no access: {_reason(error)} ({mend})")
    if number == errno.EINVAL or isinstance(error, ValueError) or type(error).__name__ == "ParamValidationError":
        return StoreError(url, _reason(error))
    return None


def _no_bucket(error: Exception) -> bool:
    return "NoSuchBucket" in str(error.__cause__)


def _system(url: Url) -> tuple[Any, str]:
    """Return fsspec's file system and the path in it; asked for each time, since none survives a fork."""
    import fsspec.asyn

    # What a broken connection leaves behind has been raised where it was waited for: no traceback on standard error.
    fsspec.asyn.get_loop().set_exception_handler(lambda loop, context: None)
    system, base = fsspec.core.url_to_fs(str(url))
    system.invalidate_cache()  # others write there, too
    return system, base


def _join(base: str, name: str) -> str:
    return f"{base.rstrip('/')}/{name}"


def _is_s3(system: Any) -> bool:
    return "s3" in (system.protocol if isinstance(system.protocol, list | tuple) else [system.protocol])


def _stamp(info: Mapping[str, Any]) -> Stamp:
    version = next((info[key] for key in ("ETag", "etag", "md5Hash", "content_md5", "checksum") if info.get(key)), None)
    changed = next((info[key] for key in ("mtime", "LastModified", "last_modified", "created") if info.get(key)), "")
    # Of a modification time, file systems on this disk keep microseconds at least.
    mark = int(hashlib.sha256(str(version or changed).encode()).hexdigest()[:15], 16) // 1000 * 1000
    size = info.get("size")
    return Stamp(-1 if size is None else int(size), mark)


def _reason(error: BaseException) -> str:
    """Return what an error says, on one line, without what follows the `?` of a URL."""
    text = " ".join(str(error).split()) or type(error).__name__
    return re.sub(r"\?[^\s\"']*", "", text)
