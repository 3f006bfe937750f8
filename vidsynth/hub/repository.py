"""The seam to the Hub: one data set's repository, at one branch. All that the client raises becomes ours here."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vidsynth.errors import AccessError, HubError, MissingDependency, RecipeError

_SMALL = 10 << 20  # bytes: larger files are never kept in git itself, and need not lie in memory until the commit
_FULL = ("quota", "storage limit")  # words of the Hub's, whatever status they come with


@dataclass(frozen=True, slots=True)
class Held:
    """A file on the Hub: its sha256 where it lies in large file storage, else git's sha1 of it."""

    hash: str
    large: bool

    def is_file(self, sha256: str, content: Path | bytes) -> bool:
        """Tell whether it is the file of this content and sha256."""
        return self.hash == (sha256 if self.large else _git_sha1(content))


class Repository:
    """A data set's repository on the Hub, `user/name`, at a branch (default: main).

    Raises RecipeError for a name that the Hub cannot have, AccessError without a token, MissingDependency.
    """

    def __init__(self, name: str, branch: str | None = None) -> None:
        try:
            import huggingface_hub as hub
        except ImportError:
            raise MissingDependency("push needs the package huggingface_hub: pip install 'vidsynth[hub]'") from None
        self.name = name.removeprefix("hf://").removeprefix("datasets/").rstrip("/")
        utils = _utils()
        try:
            utils.validate_repo_id(self.name)
        except utils.HFValidationError as error:
            raise RecipeError(f"{name}: no name that the Hub takes: {_one_line(error)}") from None
        if self.name.count("/") != 1:
            raise RecipeError(f"{name}: write user/name: your name on the Hub (or an organisation's) comes first")
        self.branch = branch
        if hub.get_token() is None:
            raise AccessError("no token for the Hub here; `hf auth login` keeps one, or set HF_TOKEN")
        self._api = hub.HfApi(library_name="vidsynth")
        self._at: dict[str, Any] = {"repo_id": self.name, "repo_type": "dataset"}

    @property
    def url(self) -> str:
        """Where people look at it."""
        return f"{self._api.endpoint}/datasets/{self.name}" + (f"/tree/{self.branch}" if self.branch else "")

    @property
    def loaded_as(self) -> str:
        """What `vidsynth.load` takes."""
        return f"hf://datasets/{self.name}" + (f"@{self.branch.replace('/', '%2F')}" if self.branch else "")

    def create(self, *, private: bool) -> None:
        """Create the repository, and its branch, where they are not there yet.

        Raises RecipeError if it is to be private, and is public already.
        """
        with self._errors_said():
            self._api.create_repo(**self._at, private=private or None, exist_ok=True)
            if private and not self._api.repo_info(**self._at).private:
                raise RecipeError(
                    f"{self.name} is there already, and public; make it private in its settings, or drop --private"
                )
            if self.branch and not self.branch.startswith("refs/"):
                self._api.create_branch(**self._at, branch=self.branch, exist_ok=True)

    def head(self) -> str:
        """Return the branch's newest commit."""
        with self._errors_said():
            return str(self._api.repo_info(**self._at, revision=self.branch).sha)

    def files(self, commit: str) -> dict[str, Held]:
        """Return every file at a commit, by its path."""
        import huggingface_hub as hub

        with self._errors_said():
            tree = list(self._api.list_repo_tree(**self._at, recursive=True, revision=commit))
        files = [entry for entry in tree if isinstance(entry, hub.RepoFile)]
        return {file.path: Held(file.lfs.sha256, True) if file.lfs else Held(file.blob_id, False) for file in files}

    def addition(self, path: str, content: Path | bytes, sha256: str) -> Any:
        """Return the operation that adds a file; `sha256` is known, so that it is not read once more."""
        import huggingface_hub as hub

        if isinstance(content, Path) and content.stat().st_size <= _SMALL:
            content = content.read_bytes()  # it may be gone when the commit asks for it
        operation = hub.CommitOperationAdd(path, content)
        operation.upload_info.sha256 = bytes.fromhex(sha256)
        return operation

    def upload(self, additions: Sequence[Any]) -> None:
        """Send large files to the Hub's storage, but for those that it has; a commit puts them in their place."""
        with self._errors_said():
            self._api.preupload_lfs_files(self.name, additions, repo_type="dataset", revision=self.branch)

    def commit(self, additions: Sequence[Any], deleted: Sequence[str], message: str, parent: str) -> str:
        """Make one commit on top of `parent`, and return its hash."""
        import huggingface_hub as hub

        operations = [*(hub.CommitOperationDelete(path, is_folder=False) for path in deleted), *additions]
        with self._errors_said():
            made = self._api.create_commit(
                self.name, operations, commit_message=message, repo_type="dataset", revision=self.branch,
                parent_commit=parent,
            )  # fmt: skip
        return str(made.oid)

    @contextlib.contextmanager
    def _errors_said(self) -> Iterator[None]:
        """Turn what the client raises into one line of ours, without its own chatter and without the token."""
        import huggingface_hub as hub

        utils = _utils()
        quiet, verbosity = utils.are_progress_bars_disabled(), utils.logging.get_verbosity()
        utils.disable_progress_bars()
        utils.logging.set_verbosity_error()
        try:
            yield
        except (RecipeError, KeyboardInterrupt):
            raise
        except Exception as error:  # its own errors, those of httpx and of hf_xet, and bare OSErrors and ValueErrors
            raise self._meaning(error, hub.get_token() or "") from None
        finally:
            utils.logging.set_verbosity(verbosity)
            if not quiet:
                utils.enable_progress_bars()

    def _meaning(self, error: BaseException, token: str) -> HubError:
        said, cause = _one_line(error), error.__cause__
        status = _status(error)
        while status is None and cause is not None:
            said, status, cause = _one_line(cause), _status(cause), cause.__cause__
        said = said.replace(token, "<token>") if token else said
        if status in (402, 413, 507) or (status not in (401, 429) and any(word in said.lower() for word in _FULL)):
            return HubError(
                f"{self.name}: the Hub has no more room for it: {said} (make room or raise the quota there; "
                "the same command then sends what is missing)"
            )
        if status == 401:
            return AccessError(f"{self.name}: the Hub does not know this token: {said} (`hf auth login` keeps another)")
        if status in (403, 404):
            return AccessError(
                f"{self.name}: this token may not write there: {said} "
                "(it needs the right to write, and the namespace must be yours or your organisation's)"
            )
        if status in (409, 412):
            return HubError(f"{self.name}: was changed meanwhile by someone else: {said} (the same command goes on)")
        if status is not None:
            return HubError(f"{self.name}: the Hub refuses: {said}")
        if isinstance(error, ConnectionError) or _is_transport(error):
            return HubError(f"{self._api.endpoint}: cannot be reached: {said} (the same command goes on)")
        return HubError(f"{self.name}: {said}")


def _utils() -> Any:
    from huggingface_hub import utils

    return utils  # untyped: what it re-exports is not marked so


def _status(error: BaseException) -> int | None:
    status: int | None = getattr(getattr(error, "response", None), "status_code", None)
    return status


def _is_transport(error: BaseException | None) -> bool:
    """Tell whether the network failed: the classes are those of the HTTP library that the client leans on."""
    while error is not None:
        if type(error).__module__.startswith(("httpx", "httpcore")):
            return True
        error = error.__cause__
    return False


def _one_line(error: BaseException) -> str:
    server = getattr(error, "server_message", None)
    return " ".join(str(server or error).split()) or type(error).__name__


def _git_sha1(content: Path | bytes) -> str:
    data = content.read_bytes() if isinstance(content, Path) else content
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
