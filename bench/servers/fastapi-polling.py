"""A hand-made answer that people start from: a task in the background looks every few milliseconds what waits."""

import asyncio
from contextlib import asynccontextmanager

from fastapi_server import MAX_BATCH_SIZE, MAX_DELAY_SECONDS, Backend, serve, settings

given = settings()
backend = Backend(given["callMs"], given["slots"])
waiting: list[tuple[str, asyncio.Future]] = []


async def upper(word: str) -> str:
    answer = asyncio.get_running_loop().create_future()
    waiting.append((word, answer))
    return await answer


async def poll() -> None:
    while True:
        await asyncio.sleep(MAX_DELAY_SECONDS)
        while waiting:
            batch = waiting[:MAX_BATCH_SIZE]
            del waiting[:MAX_BATCH_SIZE]
            answers = await backend.upper([word for word, _ in batch])
            for (_, future), answer in zip(batch, answers):
                if not future.done():
                    future.set_result(answer)


@asynccontextmanager
async def lifespan(_app):
    task = asyncio.create_task(poll())
    yield
    task.cancel()


serve(backend, upper, lifespan)
