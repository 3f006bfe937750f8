"""A Hub on the loopback interface: as much of its HTTP protocol as `huggingface_hub` and `datasets` speak to push
and to read a data set, kept in memory.

    GET  /api/whoami-v2
    POST /api/repos/create                                       {name, organization, type, visibility}
    GET  /api/datasets/U/N, …/revision/R                         sha, private, siblings
    POST /api/datasets/U/N/branch/B                              {startingPoint}
    GET  /api/datasets/U/N/refs
    GET  /api/datasets/U/N/tree/R[/PATH]?recursive&cursor        pages of `limit` entries, the next one in `Link`
    POST /api/datasets/U/N/paths-info/R                          {paths}
    POST /api/datasets/U/N/preupload/R                           {files}: lfs or regular, as .gitattributes has it
    POST /api/datasets/U/N/commit/R                              NDJSON: header, file, lfsFile, deletedFile
    POST /api/validate-yaml
    POST /datasets/U/N.git/info/lfs/objects/batch                basic or multipart uploads, none for what is there
    PUT  /storage/OID, /storage/OID/PART;  POST /storage/OID/done, /storage/OID/verify
    HEAD and GET /datasets/U/N/resolve/R/PATH                    ranges, ETag, X-Repo-Commit, X-Linked-*

Storage answers only what signed URLs would let it. There is no Xet: a client must have HF_HUB_DISABLE_XET=1, as
where hf_xet is not installed. What a test wants to go wrong is set on the `Hub`: see its fields.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Files = dict[str, "bytes | str"]  # by path: the content, or the sha256 of what lies in large file storage
LARGE = (".arrow", ".parquet", ".png")
ATTRIBUTES = "".join(f"*{suffix} filter=lfs diff=lfs merge=lfs -text\n" for suffix in LARGE).encode()


@dataclass
class Repo:
    private: bool
    branches: dict[str, str] = field(default_factory=dict)  # name: commit
    commits: dict[str, Files] = field(default_factory=dict)
    titles: list[str] = field(default_factory=list)

    def commit(self, branch: str, files: Files, title: str) -> str:
        oid = hashlib.sha1(f"{len(self.commits)} {title}".encode()).hexdigest()
        self.commits[oid], self.branches[branch] = files, oid
        self.titles.append(title)
        return oid


@dataclass
class Hub:
    """What the server holds, has been asked, and is to do wrong.

    tokens : name of the user, and whether it may write. quota : bytes of large files that may be stored.
    full : the status that says so. part_bytes : larger files are sent in parts of so many bytes.
    hold_after : once so many bytes are stored, uploads hang until `go`, and then are refused.
    corrupt : paths served with a bit flipped.
    """

    tokens: dict[str, tuple[str, bool]] = field(default_factory=lambda: {"hf_writes": ("user", True)})
    repos: dict[str, Repo] = field(default_factory=dict)
    storage: dict[str, bytes] = field(default_factory=dict)
    parts: dict[tuple[str, int], bytes] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    quota: int = 1 << 40
    full: int = 403
    part_bytes: int = 1 << 40
    limit: int = 1000
    hold_after: int = 1 << 40
    holding: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    corrupt: set[str] = field(default_factory=set)
    url: str = ""

    def sent(self) -> list[str]:
        """Return the sha256 of each large file in the order in which all of it had arrived."""
        return [path.split("/")[2] for method, path in self.requests if method == "STORED"]

    def files(self, name: str, branch: str = "main") -> dict[str, bytes]:
        """Return what a branch holds."""
        repo = self.repos[name]
        return {
            path: self.storage[content] if isinstance(content, str) else content
            for path, content in repo.commits[repo.branches[branch]].items()
        }


class _Refused(Exception):
    def __init__(self, status: int, message: str, code: str = "") -> None:
        self.status, self.message, self.code = status, message, code


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._answer("GET")

    def do_HEAD(self) -> None:
        self._answer("HEAD")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_PUT(self) -> None:
        self._answer("PUT")

    def _answer(self, method: str) -> None:
        parts = urlsplit(self.path)
        path = parts.path
        self.query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        self.hub.requests.append((method, path))
        try:
            self.body = self._read_body(method, path)
            for verb, pattern, answer in _ROUTES:
                found = re.fullmatch(pattern, path)
                if found and (verb == method or (verb == "GET" and method == "HEAD")):
                    answer(self, *map(unquote, found.groups()))
                    return
            raise _Refused(404, f"no such route: {method} {path}")
        except _Refused as refused:
            headers = {"X-Error-Message": refused.message, "X-Error-Code": refused.code}
            self.close_connection = True
            with contextlib.suppress(ConnectionError):
                self._send(refused.status, {"error": refused.message}, headers)
        except ConnectionError:
            self.close_connection = True  # the client is gone

    def _read_body(self, method: str, path: str) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            chunks = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                chunks.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(chunks)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _send(self, status: int, content: Any = None, headers: dict[str, str] | None = None) -> None:
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        given = {key: value for key, value in (headers or {}).items() if value}
        for key, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **given}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    # --- who asks, and for what ---

    def _user(self, *, write: bool = False) -> str | None:
        header = self.headers.get("Authorization", "")
        if not header:
            if write:
                raise _Refused(401, "Invalid username or password.")
            return None
        user, writes = self.hub.tokens.get(header.removeprefix("Bearer "), ("", False))
        if not user:
            raise _Refused(401, "Invalid credentials in Authorization header")
        if write and not writes:
            raise _Refused(403, "You don't have the rights to create a dataset under this namespace")
        return user

    def _repo(self, name: str, *, write: bool = False) -> Repo:
        user = self._user(write=write)
        repo = self.hub.repos.get(name)
        if repo is None or (repo.private and user != name.split("/")[0]):
            raise _Refused(404 if user else 401, "Repository not found", "RepoNotFound")
        if write and user != name.split("/")[0]:
            raise _Refused(403, "You don't have the rights to write to this repository")
        return repo

    def _at(self, name: str, revision: str, *, write: bool = False) -> tuple[Repo, str, Files]:
        repo = self._repo(name, write=write)
        commit = repo.branches.get(revision, revision)
        if commit not in repo.commits:
            raise _Refused(404, f"Invalid rev id: {revision}", "RevisionNotFound")
        return repo, commit, repo.commits[commit]

    def whoami(self) -> None:
        user = self._user()
        if user is None:
            raise _Refused(401, "Invalid username or password.")
        self._send(200, {"type": "user", "name": user, "orgs": [], "auth": {"accessToken": {"role": "write"}}})

    # --- repositories ---

    def create(self) -> None:
        user, asked = self._user(write=True), json.loads(self.body)
        name = f"{asked.get('organization') or user}/{asked['name']}"
        if name.split("/")[0] != user:
            raise _Refused(403, f'You don\'t have the rights to create a dataset under the namespace "{name}"')
        url = f"{self.hub.url}/datasets/{name}"
        if name in self.hub.repos:
            self._send(409, {"error": "You already created this dataset repo", "url": url})
            return
        repo = self.hub.repos[name] = Repo(asked.get("visibility") == "private")
        repo.commit("main", {".gitattributes": ATTRIBUTES}, "initial commit")
        self._send(200, {"url": url, "name": name})

    def info(self, name: str, revision: str = "main") -> None:
        repo, commit, files = self._at(name, revision)
        siblings = [{"rfilename": path} for path in files]
        self._send(200, {"id": name, "sha": commit, "private": repo.private, "siblings": siblings, "tags": [],
                         "author": name.split("/")[0], "downloads": 0, "likes": 0, "gated": False})  # fmt: skip

    def branch(self, name: str, branch: str) -> None:
        repo = self._repo(name, write=True)
        if branch in repo.branches:
            raise _Refused(409, f"Reference already exists: {branch}")
        repo.branches[branch] = repo.branches["main"]
        self._send(200, {})

    def refs(self, name: str) -> None:
        repo = self._repo(name)
        branches = [{"name": n, "ref": f"refs/heads/{n}", "targetCommit": oid} for n, oid in repo.branches.items()]
        self._send(200, {"branches": branches, "tags": [], "converts": []})

    def tree(self, name: str, revision: str, folder: str = "") -> None:
        _, _, files = self._at(name, revision)
        below = {path: content for path, content in files.items() if not folder or path.startswith(f"{folder}/")}
        if folder and not below:
            raise _Refused(404, f"{folder} does not exist", "EntryNotFound")
        entries: dict[str, dict[str, Any]] = {}
        for path, content in sorted(below.items()):
            relative = path.removeprefix(f"{folder}/") if folder else path
            for depth in range(1, relative.count("/") + 1):
                inner = "/".join(filter(None, [folder, *relative.split("/")[:depth]]))
                entries[inner] = {"type": "directory", "path": inner, "oid": "0" * 40, "size": 0}
            entries[path] = self._entry(path, content)
        if self.query.get("recursive", "").lower() not in ("true", "1"):
            depth = folder.count("/") + 1 if folder else 0
            entries = {path: entry for path, entry in entries.items() if path.count("/") == depth}
        start, listed = int(self.query.get("cursor", 0)), list(entries.values())
        stop = start + self.hub.limit
        query = "&".join(f"{key}={value}" for key, value in self.query.items() if key != "cursor")
        more = f'<{self.hub.url}{urlsplit(self.path).path}?{query}&cursor={stop}>; rel="next"'
        self._send(200, listed[start:stop], {"Link": more if stop < len(listed) else ""})

    def paths_info(self, name: str, revision: str) -> None:
        _, _, files = self._at(name, revision)
        if self.headers.get("Content-Type", "").startswith("application/json"):
            asked = json.loads(self.body)["paths"]
        else:
            asked = parse_qs(self.body.decode())["paths"]
        self._send(200, [self._entry(path, files[path]) for path in asked if path in files])

    def _entry(self, path: str, content: bytes | str) -> dict[str, Any]:
        if isinstance(content, bytes):
            return {"type": "file", "path": path, "oid": _blob(content), "size": len(content)}
        size = len(self.hub.storage[content])
        lfs = {"oid": content, "size": size, "pointerSize": 134}
        return {"type": "file", "path": path, "oid": _blob(_pointer(content, size)), "size": size, "lfs": lfs}

    # --- pushing ---

    def validate(self) -> None:
        self._send(200, {"errors": [], "warnings": []})

    def preupload(self, name: str, revision: str) -> None:
        _, _, files = self._at(name, revision, write=True)
        attributes = files.get(".gitattributes", b"")
        assert isinstance(attributes, bytes)
        large = tuple(re.findall(r"^\*(\.\w+) filter=lfs", attributes.decode(), re.MULTILINE))
        answer = []
        for file in json.loads(self.body)["files"]:
            path, held = file["path"], files.get(file["path"])
            mode = "lfs" if path.endswith(large) or file["size"] > 10 << 20 else "regular"
            oid = _blob(held) if isinstance(held, bytes) else held
            answer.append({"path": path, "uploadMode": mode, "shouldIgnore": False} | ({"oid": oid} if oid else {}))
        self._send(200, {"files": answer})

    def batch(self, name: str) -> None:
        self._repo(name, write=True)
        objects, total = [], sum(map(len, self.hub.storage.values()))
        for asked in json.loads(self.body)["objects"]:
            oid, size = asked["oid"], asked["size"]
            told: dict[str, Any] = {"oid": oid, "size": size}
            if oid not in self.hub.storage:
                total += size
                if total > self.hub.quota and self.hub.full == 200:  # said of the one object
                    objects.append(told | {"error": {"code": 403, "message": "Storage quota exceeded"}})
                    continue
                href, header = f"{self.hub.url}/storage/{oid}", {}
                if size > self.hub.part_bytes:
                    count = -(-size // self.hub.part_bytes)
                    header = {"chunk_size": str(self.hub.part_bytes)}
                    header |= {str(n): f"{href}/{n}" for n in range(1, count + 1)}
                    href = f"{href}/done"
                verify = {"href": f"{self.hub.url}/storage/{oid}/verify"}
                told["actions"] = {"upload": {"href": href, "header": header}, "verify": verify}
            objects.append(told)
        self._send(200, {"transfer": "multipart", "objects": objects})

    def store(self, oid: str) -> None:
        self._keep(oid, self.body)
        self._send(200, {})

    def store_part(self, oid: str, number: str) -> None:
        with self.hub.lock:
            if not self._is_to_hold():
                self.hub.parts[oid, int(number)] = self.body
        self._hold_if_told_to((oid, int(number)) in self.hub.parts)
        self._send(200, {}, {"ETag": f'"{hashlib.sha256(self.body).hexdigest()}"'})

    def join_parts(self, oid: str) -> None:
        told = json.loads(self.body)
        data = []
        for number, part in enumerate(told["parts"], 1):
            data.append(self.hub.parts.pop((oid, number)))
            if part["partNumber"] != number or part["etag"].strip('"') != hashlib.sha256(data[-1]).hexdigest():
                raise _Refused(400, "wrong parts")
        self._keep(oid, b"".join(data))
        self._send(200, {})

    def verify(self, oid: str) -> None:
        if len(self.hub.storage.get(oid, b"")) != json.loads(self.body)["size"]:
            raise _Refused(404, "no such object")
        self._send(200, {})

    def _keep(self, oid: str, data: bytes) -> None:
        if hashlib.sha256(data).hexdigest() != oid:
            raise _Refused(400, "the content does not have this sha256")
        with self.hub.lock:
            if sum(map(len, self.hub.storage.values())) + len(data) > self.hub.quota:
                raise _Refused(self.hub.full, "You have exceeded your public storage limit")
            if not self._is_to_hold():
                self.hub.storage[oid] = data
                self.hub.requests.append(("STORED", f"/storage/{oid}"))
        self._hold_if_told_to(oid in self.hub.storage)

    def _is_to_hold(self) -> bool:
        held = sum(map(len, self.hub.storage.values())) + sum(map(len, self.hub.parts.values()))
        return held >= self.hub.hold_after

    def _hold_if_told_to(self, kept: bool) -> None:
        if not kept:
            self.hub.holding.set()
            self.hub.go.wait(200)
            raise _Refused(400, "held for too long")

    def commit(self, name: str, revision: str) -> None:
        repo, head, files = self._at(name, revision, write=True)
        lines = [json.loads(line) for line in self.body.splitlines()]
        header, files = lines[0]["value"], dict(files)
        if header.get("parentCommit", head) != head:
            raise _Refused(412, "A commit has happened since. Please refresh and try again.")
        for line in lines[1:]:
            value = line["value"]
            match line["key"]:
                case "file":
                    files[value["path"]] = base64.b64decode(value["content"])
                case "lfsFile":
                    if value["oid"] not in self.hub.storage:
                        raise _Refused(400, f"{value['path']}: its content was never uploaded")
                    files[value["path"]] = value["oid"]
                case "deletedFile":
                    if files.pop(value["path"], None) is None:
                        raise _Refused(404, "A file with this name doesn't exist", "EntryNotFound")
        oid = repo.commit(revision, files, header["summary"])
        self._send(200, {"commitUrl": f"{self.hub.url}/datasets/{name}/commit/{oid}", "commitOid": oid})

    # --- reading ---

    def resolve(self, name: str, revision: str, path: str) -> None:
        _, commit, files = self._at(name, revision)
        if path not in files:
            raise _Refused(404, "Entry not found", "EntryNotFound")
        content = files[path]
        data = self.hub.storage[content] if isinstance(content, str) else content
        etag = f'"{content if isinstance(content, str) else _blob(content)}"'
        if path in self.hub.corrupt:
            data = data[:-1] + bytes([data[-1] ^ 1])
        headers = {"ETag": etag, "X-Repo-Commit": commit, "Accept-Ranges": "bytes", "X-Linked-ETag": etag,
                   "X-Linked-Size": str(len(data)), "Content-Type": "application/octet-stream"}  # fmt: skip
        status = 200
        if asked := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")):
            first, last = int(asked[1]), min(int(asked[2] or len(data)), len(data) - 1)
            headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
            status, data = 206, data[first : last + 1]
        self._send(status, data, headers)


_NAME = r"([^/]+/[^/]+?)"
_ROUTES: list[tuple[str, str, Any]] = [
    ("GET", "/api/whoami-v2", _Handler.whoami),
    ("POST", "/api/repos/create", _Handler.create),
    ("POST", "/api/validate-yaml", _Handler.validate),
    ("GET", f"/api/datasets/{_NAME}", _Handler.info),
    ("GET", f"/api/datasets/{_NAME}/revision/([^/]+)", _Handler.info),
    ("POST", f"/api/datasets/{_NAME}/branch/([^/]+)", _Handler.branch),
    ("GET", f"/api/datasets/{_NAME}/refs", _Handler.refs),
    ("GET", f"/api/datasets/{_NAME}/tree/([^/]+)", _Handler.tree),
    ("GET", f"/api/datasets/{_NAME}/tree/([^/]+)/(.+)", _Handler.tree),
    ("POST", f"/api/datasets/{_NAME}/paths-info/([^/]+)", _Handler.paths_info),
    ("POST", f"/api/datasets/{_NAME}/preupload/([^/]+)", _Handler.preupload),
    ("POST", f"/api/datasets/{_NAME}/commit/([^/]+)", _Handler.commit),
    ("POST", rf"/datasets/{_NAME}\.git/info/lfs/objects/batch", _Handler.batch),
    ("PUT", "/storage/([0-9a-f]{64})", _Handler.store),
    ("PUT", r"/storage/([0-9a-f]{64})/(\d+)", _Handler.store_part),
    ("POST", "/storage/([0-9a-f]{64})/done", _Handler.join_parts),
    ("POST", "/storage/([0-9a-f]{64})/verify", _Handler.verify),
    ("GET", f"/datasets/{_NAME}/resolve/([^/]+)/(.+)", _Handler.resolve),
]


def _blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def _pointer(oid: str, size: int) -> bytes:
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {size}\n".encode()


class HubServer:
    """Serves a `Hub` at `hub.url` while it is entered."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
        self._server.daemon_threads = True
        hub.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> Hub:
        self._thread.start()
        return self.hub

    def __exit__(self, *_: object) -> None:
        self.hub.go.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
