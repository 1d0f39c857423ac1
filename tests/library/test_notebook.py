"""The notebook runs from top to bottom in a kernel of its own and says what the card says."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[2] / "examples" / "mass_combination.ipynb"


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> nbformat.NotebookNode:
    """The notebook with its outputs; an error in a cell is raised here."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    folder = {"metadata": {"path": str(NOTEBOOK.parent)}}
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
            patch.setenv(variable, str(tmp_path_factory.mktemp(variable.lower())))
        patch.delenv("TTJROOFIT_BLIND", raising=False)
        return NotebookClient(notebook, timeout=300, kernel_name="python3", resources=folder).execute()


def cell(notebook: nbformat.NotebookNode, name: str) -> nbformat.NotebookNode:
    return next(each for each in notebook.cells if each.id == name)


def printed(notebook: nbformat.NotebookNode, name: str, stream: str = "stdout") -> str:
    outputs = cell(notebook, name).outputs
    return "".join(output.text for output in outputs if output.output_type == "stream" and output.name == stream)


def test_it_is_stored_without_outputs() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    names = [each.id for each in notebook.cells]
    assert len(set(names)) == len(names)
    code = [each for each in notebook.cells if each.cell_type == "code"]
    assert [each.id for each in code if each.outputs or each.execution_count is not None] == []


def test_nothing_is_written_to_the_error_stream(executed: nbformat.NotebookNode) -> None:
    code = [each.id for each in executed.cells if each.cell_type == "code"]
    assert {name: text for name in code if (text := printed(executed, name, "stderr"))} == {}


def test_numbers(executed: nbformat.NotebookNode) -> None:
    assert "m_t = 171.49 +1.00 -0.98 GeV\nchi2 = 13.6 for 15 degrees of freedom" in printed(executed, "fit")
    assert "ATLAS_8TeV_modelling_ttbar_Radiation" in printed(executed, "largest")
    assert "theory +0.80 -0.78 GeV" in printed(executed, "scan")
    assert "m_t = 171.49 GeV, chi2 = 13.62" in printed(executed, "chi2")
    # RooFit alone stops at an EDM of 1e-3
    assert "+- 0.99 GeV, status 0" in printed(executed, "root")


def test_figures(executed: nbformat.NotebookNode) -> None:
    shown = {
        each.id
        for each in executed.cells
        if each.cell_type == "code" and any("image/png" in output.get("data", {}) for output in each.outputs)
    }
    assert shown == {"spectra", "pulls", "scenarios", "scan"}
