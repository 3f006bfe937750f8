"""Runs builds that are killed: each in a process forked from this one, since to start one anew takes seconds.

Reads a JSON object a line and answers with one: see `main`. Workers are forked, too, and close what they should not
have inherited. A build can be killed after a while, or as it takes its n-th step: a step is anything that changes
the file system, before and after it is done, and half of a write.
"""

import ctypes
import json
import mmap
import multiprocessing
import os
import random
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from tqdm import tqdm

from vidsynth import build
from vidsynth.generator import make, recipe_type
from vidsynth.jobs import local
from vidsynth.shards import writer
from vidsynth.sources import scenes, source

SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER: orphans come to this process, which knows when they are gone
SHARED = mmap.mmap(
    -1, mmap.PAGESIZE
)  # of all processes: [0] killed; [8:] steps of the build's own process; [16:] of workers
CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.link"}


class Steps:
    """Counts the steps of a process, and kills at the one that was asked for."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.places = (order["out"], order["cache"])
        self.who, self.at = order.get("who"), order.get("step")
        self.build = os.getpid()
        self.count = 0

    def take(self) -> None:
        if os.getpid() not in (self.build, getattr(self, "process", None)):
            self.process, self.count = os.getpid(), 0
        self.count += 1
        place = 8 if os.getpid() == self.build else 16
        SHARED[place : place + 4] = max(self.count, int.from_bytes(SHARED[place : place + 4], "little")).to_bytes(
            4, "little"
        )
        mine = "parent" if os.getpid() == self.build else "worker"
        asked = "parent" if self.who == "group" and self.build % 2 else "worker" if self.who == "group" else self.who
        if self.at == self.count and asked == mine and not SHARED[0]:
            SHARED[0] = 1
            os.killpg(0, signal.SIGKILL) if self.who == "group" else os.kill(os.getpid(), signal.SIGKILL)

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        writes = event == "open" and (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if (writes or event in CHANGES) and str(arguments[0]).startswith(self.places):
            self.take()


def watch_steps(steps: Steps) -> None:
    sys.addaudithook(steps.hear)
    sync, write = os.fsync, writer._HashedFile.write

    def fsync(file: int) -> None:
        steps.take()
        sync(file)
        steps.take()

    def in_halves(self: Any, data: Any) -> int:
        view = memoryview(data).cast("B")
        half = view.nbytes // 2
        done = write(self, view[:half]) if half else 0
        steps.take()
        return done + write(self, view[half:])

    os.fsync, writer._HashedFile.write = fsync, in_halves  # type: ignore[method-assign, assignment]


def serve_alone(pipe: Any, *arguments: Any, serve: Any = local._serve) -> None:
    """Be a worker that has nothing from its parent but its pipe."""
    os.closerange(3, pipe.fileno())
    os.closerange(pipe.fileno() + 1, 1024)
    serve(pipe, *arguments)


def work(order: dict[str, Any]) -> None:
    os.setpgid(0, 0)
    os.environ["VIDSYNTH_CACHE"] = order["cache"]
    if order.get("demo"):
        watch_steps(Steps(order))
        scenes.write(Path(order["out"]), [scene._replace(seconds=0.2) for scene in scenes.SCENES[:3]])
        return
    generator = make(recipe_type(order["recipe"]["generator"]).from_dict(order["recipe"]), source(order["root"]))
    watch_steps(Steps(order))
    build(generator, order["out"], workers=order["workers"], progress=False)


def kill_later(process: int, order: dict[str, Any]) -> None:
    time.sleep(order["delay"])
    try:
        if order["who"] == "worker":
            workers = Path(f"/proc/{process}/task/{process}/children").read_text().split()
            os.kill(int(random.Random(order["delay"]).choice(workers)), signal.SIGKILL)
        elif order["who"] == "parent":
            os.kill(process, signal.SIGKILL)
        else:
            os.killpg(process, signal.SIGKILL)
        SHARED[0] = 1
    except (OSError, IndexError):
        pass  # it ended of itself, or has no worker now


def nobody_left(group: int) -> None:
    while True:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.002)


def main() -> None:
    """Do each order: out, cache, recipe, root, workers (or demo); who (worker, parent, group), step or delay; hurry.

    hurry : do not wait for workers whose build was killed. The answer: status, killed, steps, worker_steps.
    """
    multiprocessing.get_context = lambda method=None, get=multiprocessing.get_context: get("fork")  # type: ignore
    local._serve = serve_alone
    local.resource_tracker.ensure_running = lambda: None  # type: ignore[attr-defined]
    tqdm.set_lock(threading.RLock())  # its own is shared by forks, and stays locked by one that is killed
    ctypes.CDLL(None).prctl(SUBREAPER, 1)
    for line in sys.stdin:
        order = json.loads(line)
        if order.get("warm"):  # what every fork then finds compiled
            generator = make(
                recipe_type(order["recipe"]["generator"]).from_dict(order["recipe"]), source(order["root"])
            )
            build(generator, order["out"], workers=0, progress=False)
            print(json.dumps({"status": 0}), flush=True)
            continue
        SHARED[:24] = bytes(24)
        process = os.fork()
        if process == 0:
            try:
                work(order)
                os._exit(0)
            except BaseException:
                import traceback

                traceback.print_exc()
                os._exit(1)
        if "delay" in order:
            kill_later(process, order)
        status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        if not order.get("hurry"):
            nobody_left(process)
        steps, worker_steps = (int.from_bytes(SHARED[at : at + 4], "little") for at in (8, 16))
        answer = {"status": status, "killed": bool(SHARED[0]), "steps": steps, "worker_steps": worker_steps}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
