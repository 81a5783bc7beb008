"""The recipes that a server holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
import pytest
from service_calls import refused, request

from rewards.v1 import reward_service_pb2 as pb

if TYPE_CHECKING:
    from rewards.v1.reward_service_pb2_grpc import RewardServiceStub


@pytest.mark.parametrize("pin", ["recipe_digest", "environment_digest"])
def test_check_pins_names_both_digests(pin: str, stub: RewardServiceStub) -> None:
    options = pb.ScoreOptions(recipe="boxed", **{pin: "f" * 64})
    failure = refused(lambda: stub.Score(request(options=options)), grpc.StatusCode.FAILED_PRECONDITION)
    held = getattr(stub.Score(request()).header, pin)
    assert held in failure.details()
    assert "f" * 64 in failure.details()


def test_catalogue_lists_recipes_with_the_environment(stub: RewardServiceStub) -> None:
    response = stub.ListRecipes(pb.ListRecipesRequest())
    assert "boxed" in [recipe.name for recipe in response.recipes]
    assert response.environment_digest == stub.Score(request()).header.environment_digest
