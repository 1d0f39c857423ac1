"""ROOT is imported late, kept quiet, and left as it was found."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from built import Built
from ttjroofit.errors import RootMissingError
from ttjroofit.roofit.minimise import FitPlan
from ttjroofit.roofit.session import quiet, root
from ttjroofit.roofit.workspace import build_workspace


def levels() -> tuple[int, int]:
    return int(root().RooMsgService.instance().globalKillBelow()), int(root().gErrorIgnoreLevel)


@pytest.fixture
def unusual() -> Iterator[tuple[int, int]]:
    """Levels that are not ROOT's own."""
    before = levels()
    root().RooMsgService.instance().setGlobalKillBelow(root().RooFit.PROGRESS)
    root().gErrorIgnoreLevel = root().kBreak
    yield levels()
    root().RooMsgService.instance().setGlobalKillBelow(before[0])
    root().gErrorIgnoreLevel = before[1]


def test_quiet_restores_what_it_found(unusual: tuple[int, int]) -> None:
    with quiet() as ROOT:
        assert levels() == (ROOT.RooFit.FATAL, ROOT.kFatal)
    assert levels() == unusual


def test_quiet_restores_after_an_exception(unusual: tuple[int, int]) -> None:
    with pytest.raises(ZeroDivisionError, match="division"), quiet():
        _ = 1 / 0
    assert levels() == unusual


@pytest.mark.parametrize(
    ("verbosity", "kill", "ignore"), [(0, "FATAL", "kFatal"), (1, "WARNING", "kWarning"), (2, "INFO", "kInfo")]
)
def test_levels_of_verbosity(verbosity: int, kill: str, ignore: str) -> None:
    with quiet(verbosity) as ROOT:
        assert levels() == (getattr(ROOT.RooFit, kill), getattr(ROOT, ignore))


def test_building_and_fitting_restore(linear: Built, unusual: tuple[int, int]) -> None:
    build_workspace(linear.combination, linear.elimination)
    assert levels() == unusual
    linear.fit(FitPlan(minos=("m_t",)))
    assert levels() == unusual


def test_building_and_fitting_print_nothing(linear: Built, capfd: pytest.CaptureFixture[str]) -> None:
    build_workspace(linear.combination, linear.elimination)
    linear.fit(FitPlan(minos=("m_t",)))
    assert capfd.readouterr() == ("", "")


def test_a_missing_root_is_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ROOT", None)
    with pytest.raises(
        RootMissingError, match=r"ROOT cannot be imported .*pip install 'ttjroofit\[root\]'.*conda or CVMFS"
    ):
        root.__wrapped__()


def test_the_room_can_be_imported_without_root() -> None:
    """Only those who fit pay for it: listing minimisers or building a model does not import ROOT."""
    program = "import sys; sys.modules['ROOT'] = None; import ttjroofit.roofit.workspace, ttjroofit.roofit.minimise"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
