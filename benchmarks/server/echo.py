"""The ceiling: a gRPC server that takes the same messages and answers as much, and judges nothing.

It reads of each rollout what a judge would have to read (id, completion, golds) and answers with blocks
of the same columns; what it leaves out is the judging. It runs on the event loop that ours runs on.

``python -m benchmarks.server.echo HOST:PORT`` serves until SIGTERM; several may share the port.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import TYPE_CHECKING, Any

import grpc
import uvloop

from rewards.v1 import reward_service_pb2 as pb
from rewards.v1 import score_pb2

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewards.v1 import rollout_pb2

    Context = grpc.aio.ServicerContext[Any, Any]

HEADER = score_pb2.ScoreHeader(
    recipe="boxed@1",
    recipe_digest="0" * 64,
    environment_digest="0" * 64,
    nodes=[score_pb2.Node(label="correctness", is_component=True)],
    server_version="echo",
)


def answer(rollouts: Sequence[rollout_pb2.Rollout]) -> score_pb2.ScoreBlock:
    read = [(one.id, one.completion, tuple(one.ground_truths)) for one in rollouts]
    size = len(read)
    verdicts = score_pb2.Verdicts(choices=[1] * size, statuses=[1], methods=[1], extracted=[0], reasons=[0])
    verdicts.seconds.append(0.0)
    return score_pb2.ScoreBlock(
        indices=range(size),
        ids=[id_ for id_, _, _ in read if id_],
        totals=[1.0] * size,
        values=[1.0] * size,
        verdicts=[verdicts],
    )


async def score(request: pb.ScoreRequest, _: Context) -> pb.ScoreResponse:
    return pb.ScoreResponse(header=HEADER, blocks=[answer(request.rollouts)])


async def score_stream(_: object, context: Context) -> None:
    await context.read()
    await context.write(pb.ScoreStreamResponse(header=HEADER))
    while (request := await context.read()) is not grpc.aio.EOF:
        frame = request.frame
        scores = pb.FrameScores(frame=frame.number, block=answer(frame.rollouts))
        await context.write(pb.ScoreStreamResponse(scores=scores))


async def list_recipes(_: pb.ListRecipesRequest, __: Context) -> pb.ListRecipesResponse:
    return pb.ListRecipesResponse()


async def main() -> None:
    options = [
        ("grpc.so_reuseport", 1),
        ("grpc.max_receive_message_length", -1),
        ("grpc.http2.lookahead_bytes", 1 << 20),  # this and the next as ours
        ("grpc.http2.bdp_probe", 0),
    ]
    server = grpc.aio.server(options=options)
    methods = {
        "Score": grpc.unary_unary_rpc_method_handler(
            score, pb.ScoreRequest.FromString, pb.ScoreResponse.SerializeToString
        ),
        "ScoreStream": grpc.stream_stream_rpc_method_handler(
            score_stream, pb.ScoreStreamRequest.FromString, pb.ScoreStreamResponse.SerializeToString
        ),
        "ListRecipes": grpc.unary_unary_rpc_method_handler(
            list_recipes, pb.ListRecipesRequest.FromString, pb.ListRecipesResponse.SerializeToString
        ),
    }
    handler = grpc.method_handlers_generic_handler("rewards.v1.RewardService", methods)
    server.add_generic_rpc_handlers((handler,))
    server.add_insecure_port(sys.argv[1])
    await server.start()
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    print("serving", flush=True)
    await stopping.wait()
    await server.stop(1)


if __name__ == "__main__":
    uvloop.run(main())
