"""Good folders of calculations in the formats of others, and how they are converted."""

from __future__ import annotations

import json
import tempfile
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from unittest.mock import patch

from calculated import nnlo_document, runs_of, table_of, write_powheg
from fuzz import seeds
from fuzz.seeds import Folder
from synthetic import make_measurement, make_prediction
from ttjroofit.inputs.measurement_text import measurement_texts
from ttjroofit.inputs.prediction import Prediction
from ttjroofit.run.convert.predictions import (
    Asked,
    prediction_from_curves,
    prediction_from_nnlo,
    prediction_from_powheg,
)

__all__ = ["convert_csv", "convert_nnlo", "convert_powheg", "csv", "nnlo", "powheg"]

_MEASUREMENT = make_measurement("A", bins=3)


@lru_cache
def _prediction() -> Prediction:
    with tempfile.TemporaryDirectory() as folder:
        return make_prediction(Path(folder), _MEASUREMENT)


def _beside(files: Folder) -> Folder:
    return {**files, **{name: text.encode() for name, text in measurement_texts(_MEASUREMENT).items()}}


def powheg() -> list[Folder]:
    """Three runs; always the same bytes, or a number of a mutation would say nothing the second later."""
    with tempfile.TemporaryDirectory() as name, patch("uproot.writing._cascade.datetime") as clock:
        clock.datetime.now.return_value = datetime(2026, 1, 1)
        folder = write_powheg(Path(name), runs_of(_prediction())[:3], _prediction().edges)
        return [_beside({str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.root"))})]


def nnlo() -> list[Folder]:
    """One with everything."""
    document = nnlo_document(_prediction())
    text = json.dumps(document, indent=1).encode()
    return [
        _beside({"nnlo.json": text}),
        _beside({"nnlo.json": seeds.as_json(document | {"runs": document["runs"][:7]})}),
    ]


def csv() -> list[Folder]:
    """The long and the wide form."""
    return [_beside({"curves.csv": table_of(_prediction(), form).encode()}) for form in ("long", "wide")]


def _asked(folder: Path) -> Asked:
    return Asked(folder / "A.yaml", quantity="per bin", pdf="TOY", pdf_type="symmhessian", pdf_cl=68)


def convert_powheg(folder: Path) -> object:
    """The folders of runs stand beside the measurement."""
    asked = Asked(folder / "A.yaml", quantity="per bin", pdf="99000", pdf_type="symmhessian", pdf_cl=68)
    return prediction_from_powheg(folder, asked, histogram="rho", file="pwg-all-NLO.root", unit="pb")


def convert_nnlo(folder: Path) -> object:
    """One file."""
    return prediction_from_nnlo([folder / "nnlo.json"], Asked(folder / "A.yaml"), None)


def convert_csv(folder: Path) -> object:
    """One file."""
    return prediction_from_curves([folder / "curves.csv"], _asked(folder), relative_error=None, multinomial=False)
