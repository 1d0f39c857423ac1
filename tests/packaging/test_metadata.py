import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def missing_packages() -> ModuleType:
    spec = importlib.util.spec_from_file_location("missing_packages", REPOSITORY / "cmake" / "missing_packages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_citation_names_the_software_and_the_three_measurements() -> None:
    citation = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= citation.keys()
    sources = {reference.get("doi") or reference["url"] for reference in citation["references"]}
    assert sources == {"10.1007/JHEP07(2023)077", "10.1007/JHEP11(2019)150", "https://arxiv.org/abs/2507.02632"}


def test_changelog_opens_with_the_unreleased_changes() -> None:
    changelog = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (.*)$", changelog, re.MULTILINE)[0] == "[Unreleased]"


def test_licence_is_the_one_that_pyproject_states() -> None:
    assert (REPOSITORY / "LICENSE").read_text(encoding="utf-8").startswith("BSD 3-Clause License")
    assert re.search(
        r'^license = .*"BSD-3-Clause"', (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE
    )


def test_cmake_asks_for_all_dependencies_of_pyproject(missing_packages: ModuleType) -> None:
    stated = missing_packages.stated_dependencies((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    assert {"numpy", "pydantic", "pyyaml"} <= {re.split("[<>=]", requirement)[0] for requirement in stated}
    assert not any("root==" in requirement or "pytest" in requirement for requirement in stated)


def test_a_package_counts_as_installed_whatever_its_version(missing_packages: ModuleType) -> None:
    assert missing_packages.is_installed("PyYAML>=6.0; python_version > '3'")
    assert not missing_packages.is_installed("no-such-package-of-ttjroofit>=1")


def test_pyproject_without_dependencies_is_an_error(missing_packages: ModuleType) -> None:
    with pytest.raises(SystemExit, match="states no list 'dependencies'"):
        missing_packages.stated_dependencies("[project]\n")
