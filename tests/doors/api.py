"""Requests made of our OpenAPI document, for schemathesis."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.specs.openapi import checks as openapi_checks

DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.yaml"
SECRET = "s3cret"
MANY = 10
"""With fewer examples, what differs only in where its secret is is sent right ones alone."""
MODES = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)


class Over(BaseException):
    """There is no more time; no Exception, which hypothesis would look into."""


def tried(url: str, examples: int, number: int = 0, going_on: Callable[[], bool] = lambda: True) -> int:
    """Send a server so many requests for each route, right ones and wrong ones, and give how many were sent.

    Raises what a check of schemathesis finds: an answer that the document does not foresee, or that has another form.
    All checks make sense but those that expect wrong fields to be refused: they are ignored on purpose.
    """
    api = schemathesis.openapi.from_path(DOCUMENT)
    sent = 0
    for each in api.get_all_operations():
        operation = each.ok()  # type: ignore[union-attr]  # the document is right
        for mode in MODES if examples >= MANY or "{secret}" not in operation.path else MODES[:1]:

            @seed(number)
            @settings(
                max_examples=examples,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
                phases=(Phase.explicit, Phase.generate),
            )
            @given(case=operation.as_strategy(generation_mode=mode))
            def one(case: Any) -> None:
                nonlocal sent
                if not going_on():
                    raise Over
                sent += 1
                response = case.call(base_url=url, headers={"X-IVR-Secret": SECRET} if sent % 3 else None)
                case.validate_response(
                    response,
                    checks=[
                        openapi_checks.status_code_conformance,
                        openapi_checks.content_type_conformance,
                        openapi_checks.response_schema_conformance,
                    ],
                )
                if response.status_code >= 500:
                    assert response.status_code == 503

            with contextlib.suppress(Unsatisfiable, Over):  # nothing can be wrong where nothing is told
                one()
    return sent
