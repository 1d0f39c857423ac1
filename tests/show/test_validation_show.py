"""The text of ``-M Validate``."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ttjroofit.results.validation import SCHEMA, Finding, MeasurementSummary, Validation
from ttjroofit.show.validation import sentence, validation_summary


@pytest.fixture
def validation() -> Validation:
    return Validation(
        schema=SCHEMA,
        card="toy",
        measurements=[MeasurementSummary("A", "made up", 2, 1, 3, 40.0, "pb", [0.05, 0.1], smoothed=2)],
        bins=2,
        nuisances=4,
        groups={"jes": 4},
        assumptions=1,
        merged=[],
        smallest_eigenvalue=0.25,
        repair=None,
        quality=["for tests"],
        errors=[],
        warnings=[],
    )


LARGE = Finding(
    "shift-large", "warning", "large (4)", None, "A", ["a", "b", "c", "d"], [0.9, 0.8, 0.7, 0.6], 0.5, "look"
)
IDLE = Finding("source-without-effect", "warning", "idle (2)", None, "A", ["a", "b"], [], None, "drop")
RANGE = Finding("range", "warning", "m_t may move to 195 GeV", "card.txt:3", None, ["m_t"], [16.0], None, "narrow")
ALIKE = Finding("alike", "warning", "alike (1)", None, None, ["a ~ b"], [1.0], 0.5, "state", ["correlation x a b 0"])


def test_good_card(validation: Validation) -> None:
    assert validation_summary(validation).splitlines() == [
        "toy: 2 bins, 4 nuisance parameters in 1 groups, 1 prior correlations in force (smallest eigenvalue 0.25)",
        "A: 2 bins, 1 profiled nuisances, 3 sources, 2 of them smoothed; 40 pb, uncertainty of the bins in %: 5.0 10.0",
        "prediction: for tests",
        "",
        "0 errors, 0 warnings",
    ]


def test_what_is_special_is_said(validation: Validation) -> None:
    text = validation_summary(replace(validation, quality=[], merged=["x", "y"], repair="shrink"))
    assert "(smallest eigenvalue 0.25 after `repair shrink`)" in text
    assert "one parameter with another name: x, y" in text
    assert "prediction: none, no mass can be fitted" in text


def test_warnings_of_one_rule_share_their_cure(validation: Validation) -> None:
    other = replace(LARGE, measurement="B", names=["e"], values=[0.55], message="large (1)")
    text = validation_summary(replace(validation, warnings=[LARGE, other, ALIKE]))
    assert text.splitlines()[4:] == [
        "warning [shift-large] A: large (4): a (0.9), b (0.8), c (0.7) and 1 more",
        "warning [shift-large] B: large (1): e (0.55)",
        "    cure: look",
        "warning [alike] alike (1): a ~ b (1)",
        "    cure: state: `correlation x a b 0`; result.json has all lines",
        "0 errors, 3 warnings",
    ]


def test_errors_take_the_place_of_warnings(validation: Validation) -> None:
    errors = [
        Finding("card-line", "error", "unknown keyword", "card.txt:3"),
        Finding("model-impossible", "error", "not positive definite"),
    ]
    assert validation_summary(replace(validation, errors=errors)).splitlines() == [
        "toy: cannot be fitted",
        "A: 2 bins, 1 profiled nuisances, 3 sources, 2 of them smoothed; 40 pb, uncertainty of the bins in %: 5.0 10.0",
        "",
        "error [card-line] card.txt:3: unknown keyword",
        "error [model-impossible] not positive definite",
        "2 errors, 0 warnings; warnings are looked for once there are no errors",
    ]


def test_sentence_without_values() -> None:
    assert sentence(IDLE) == "A: idle (2): a, b"


def test_a_name_in_the_message_is_not_repeated() -> None:
    assert sentence(RANGE) == "m_t may move to 195 GeV"
