"""What people put up today: a FastAPI server that judges by Math-Verify in a ProcessPoolExecutor.

Runs in the peers' environment (``requirements-peers.txt``) and so imports nothing of this repository:
``python json_server.py PORT WORKERS``. It has uvloop, httptools, and a warm pool that gets whole chunks.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
import sys
from concurrent.futures import ProcessPoolExecutor

import fastapi
import uvicorn

CHUNK = 16


def judged(rows: list[tuple[str, str]]) -> list[float]:
    from math_verify import parse, verify  # noqa: PLC0415  # in the workers alone

    return [float(verify(parse(f"${gold}$"), parse(completion))) for completion, gold in rows]


def main() -> None:
    port, workers = int(sys.argv[1]), int(sys.argv[2])
    # uvicorn raises the signal again once it has stopped, and the workers are to end as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("forkserver")) as pool:
        list(pool.map(judged, [[("$1$", "1")]] * workers * 2))
        serve(pool, port)


def serve(pool: ProcessPoolExecutor, port: int) -> None:
    app = fastapi.FastAPI()

    @app.post("/score")
    async def score(request: fastapi.Request) -> fastapi.Response:
        rows = [(row["completion"], row["gold"]) for row in await request.json()]
        loop = asyncio.get_running_loop()
        chunks = [rows[at : at + CHUNK] for at in range(0, len(rows), CHUNK)]
        found = await asyncio.gather(*(loop.run_in_executor(pool, judged, chunk) for chunk in chunks))
        return fastapi.responses.JSONResponse([value for values in found for value in values])

    print("serving", flush=True)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", loop="uvloop", http="httptools")


if __name__ == "__main__":
    main()
