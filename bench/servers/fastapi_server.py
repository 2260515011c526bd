"""What the two FastAPI contenders share: the back-end, the readings that the suite asks for, and a free port."""

import asyncio
import json
import os
import resource
import socket
import sys
import threading

import uvicorn
from fastapi import FastAPI, Request

MAX_BATCH_SIZE = 32
MAX_DELAY_SECONDS = 0.005


class Backend:
    """Many words in, as many upper-cased out; each call takes as long, and only so many run at once."""

    def __init__(self, call_ms: float, slots: int) -> None:
        self.call_seconds = call_ms / 1000
        self.slots = asyncio.Semaphore(slots)
        self.calls = 0
        self.keys = 0

    async def upper(self, words: list[str]) -> list[str]:
        self.calls += 1
        self.keys += len(words)
        if self.call_seconds > 0:
            async with self.slots:
                await asyncio.sleep(self.call_seconds)
        return [word.upper() for word in words]


def settings() -> dict:
    return {"callMs": 0, "slots": 4, **json.loads(sys.argv[1] if len(sys.argv) > 1 else "{}")}


def resident_bytes() -> int:
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:
        return 0


def serve(backend: Backend, upper, lifespan=None) -> None:
    """Serves `upper`, which takes a word and gives its answer, until standard input ends."""
    app = FastAPI(lifespan=lifespan)

    @app.post("/graphql")
    async def answer(request: Request) -> dict:
        body = await request.json()
        return {"data": {"upper": await upper(body["variables"]["x"])}}

    @app.get("/readings")
    async def readings() -> dict:
        times = os.times()
        return {
            "calls": backend.calls,
            "keys": backend.keys,
            "cpuMicroseconds": (times.user + times.system) * 1_000_000,
            "rssBytes": resident_bytes(),
            "heapBytes": 0,
        }

    # asyncio turns Nagle's algorithm off only where the protocol is named.
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(1024)
    port = listener.getsockname()[1]
    # Who started it closes this when it ends, however it ends.
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    print(json.dumps({"benchUrl": f"http://127.0.0.1:{port}/graphql"}, separators=(",", ":")), flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
