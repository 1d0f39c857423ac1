"""Workspaces of others, made with RooFit alone, and what their likelihoods are in closed form."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from synthetic import Small, make_measurement, small
from ttjroofit.model.assemble import assemble
from ttjroofit.model.combination import Combination
from ttjroofit.model.options import ModelOptions
from ttjroofit.roofit.external import read_external
from ttjroofit.roofit.session import quiet

__all__ = [
    "COUNTING",
    "GAUSSIAN",
    "OWN",
    "combine",
    "counting_chi2",
    "gaussian_chi2",
    "own_chi2",
    "two_measurements",
    "with_workspaces",
    "write_channels",
    "write_counting",
    "write_entry",
    "write_gaussian",
    "write_histfactory",
    "write_own",
]

FloatArray = npt.NDArray[np.float64]

GAUSSIAN = "shapes X gaussian.root w:model w:data_obs MH=m_t"
COUNTING = "shapes TTX counting.root w:model_s w:data_obs MH=m_t"
OWN = "shapes OWN own.root w:model w:data_obs mass=m_t"

OBSERVED, WIDTH = 171.2, 0.9

SIGNAL = {"ch1": (40.0, (0.1, 0.3, 0.4, 0.2)), "ch2": (20.0, (0.1, 0.3, 0.4, 0.2))}
BACKGROUND = {"ch1": (100.0, (0.4, 0.3, 0.2, 0.1)), "ch2": (50.0, (0.4, 0.3, 0.2, 0.1))}
EVENTS = {"ch1": (50.0, 45.0, 38.0, 20.0), "ch2": (24.0, 20.0, 22.0, 0.0)}

BASE, RATIO, SCALE_SIGMA = 0.02, 1.1, 0.003


def two_measurements(folder: Path) -> Small:
    """One with profiled nuisances, one without."""
    return small(
        folder,
        make_measurement("A", bins=4, sources=2, seed=1),
        make_measurement("B", bins=3, sources=2, profiled=2, seed=2),
    )


def with_workspaces(folder: Path) -> Small:
    """`two_measurements` with the files of ``GAUSSIAN``, ``COUNTING`` and ``OWN`` beside them."""
    write_gaussian(folder / "gaussian.root")
    write_counting(folder / "counting.root")
    write_own(folder / "own.root")
    return two_measurements(folder)


def combine(data: Small, *lines: str, options: ModelOptions | None = None) -> Combination:
    """The combination of a card with ``shapes`` lines."""
    card = data.card(*lines)
    return assemble(card, data.measurements, options or ModelOptions(), [read_external(s) for s in card.shapes])


def write_entry(
    path: Path,
    *lines: str,
    observables: tuple[str, ...] = ("x",),
    constant: tuple[str, ...] = (),
    known: tuple[str, ...] = (),
) -> None:
    """A workspace ``w`` of lines for its factory, with one entry of data where the observables are.

    Args:
        path: to be written.
        lines: the pdf is called ``model``.
        observables: columns of the data.
        constant: variables.
        known: global observables of a ModelConfig.
    """
    with quiet() as ROOT:
        w = ROOT.RooWorkspace("w")
        for line in lines:
            w.factory(line)
        for name in constant:
            w.var(name).setConstant(True)
        _import_entry(ROOT, w, *observables)
        if known:
            _import_config(ROOT, w, "model", observables, known)
        w.writeToFile(str(path))


def write_channels(path: Path, count: int) -> None:
    """A Gaussian of the mass in each channel, of width 1, 2, ..., with one entry at 173."""
    with quiet() as ROOT:
        w = ROOT.RooWorkspace("w")
        w.factory("x[173,100,250]")
        for i in range(1, count + 1):
            w.factory(f"Gaussian::g{i}(x,m_t[172,150,190],{i})")
        states = ",".join(f"c{i}" for i in range(1, count + 1))
        w.factory(f"SIMUL::model(channel[{states}],{','.join(f'c{i}=g{i}' for i in range(1, count + 1))})")
        columns = ROOT.RooArgSet(w.var("x"), w.cat("channel"))
        data = ROOT.RooDataSet("data_obs", "", columns)
        for i in range(1, count + 1):
            w.cat("channel").setLabel(f"c{i}")
            data.add(columns)
        w.Import(data)
        w.writeToFile(str(path))


def write_gaussian(path: Path, width: float = WIDTH, shared: float = 0.4) -> None:
    """N(mt_obs; MH + shared A_s0 - 0.3 gamma, width) with the unit constraints of both nuisances."""
    with quiet() as ROOT:
        w = ROOT.RooWorkspace("w")
        w.factory(f"expr::mean('MH+({shared})*A_s0-0.3*gamma',MH[172,150,190],A_s0[0,-7,7],gamma[0,-7,7])")
        w.factory(f"Gaussian::measured(mt_obs[{OBSERVED},-1e5,1e5],mean,{width})")
        _constrain(w, "A_s0", "gamma")
        w.factory("PROD::model(measured,A_s0_Pdf,gamma_Pdf)")
        # as text2workspace leaves it
        w.var("MH").setConstant(True)
        _import_entry(ROOT, w, "mt_obs")
        w.writeToFile(str(path))


def gaussian_chi2(values: Mapping[str, float], width: float = WIDTH, shared: float = 0.4) -> float:
    """The measured factor of ``write_gaussian``."""
    mean = values["m_t"] + shared * values["A_s0"] - 0.3 * values["gamma"]
    return ((OBSERVED - mean) / width) ** 2


def write_counting(path: Path) -> None:
    """Two channels of a binned signal and background with lnN nuisances, as text2workspace lays them out."""
    with quiet() as ROOT:
        w, kept = ROOT.RooWorkspace("w"), []
        w.factory("MH[172.5,160,185]")
        w.var("MH").setConstant(True)
        w.factory("CMS_th1x[0,4]")
        x = w.var("CMS_th1x")
        x.setBins(4)
        _constrain(w, "CMS_lumi", "bkg_norm")
        w.factory("PROD::nuisancePdf(CMS_lumi_Pdf,bkg_norm_Pdf)")
        for channel, (signal, shares_of_signal) in SIGNAL.items():
            background, shares_of_background = BACKGROUND[channel]
            rate = f"{signal}*pow(1.025,CMS_lumi)*(1+{BASE}*(MH-172.5))"
            w.factory(f"expr::n_exp_{channel}_sig('{rate}',CMS_lumi,MH)")
            rate = f"{background}*pow(1.025,CMS_lumi)*pow({RATIO},bkg_norm)"
            w.factory(f"expr::n_exp_{channel}_bkg('{rate}',CMS_lumi,bkg_norm)")
            for process, shares in (("sig", shares_of_signal), ("bkg", shares_of_background)):
                histogram = _histogram(ROOT, f"{channel}_{process}", shares)
                template = ROOT.RooDataHist(f"dh_{channel}_{process}", "", ROOT.RooArgList(x), histogram)
                kept += [histogram, template]
                w.Import(ROOT.RooHistPdf(f"shape_{channel}_{process}", "", ROOT.RooArgSet(x), template))
            terms = ",".join(f"n_exp_{channel}_{p}*shape_{channel}_{p}" for p in ("sig", "bkg"))
            w.factory(f"SUM::pdf_bin{channel}({terms})")
            w.factory(f"PROD::pdf_bin{channel}_nuis(pdf_bin{channel},nuisancePdf)")
        w.factory("CMS_channel[ch1,ch2]")
        w.factory("SIMUL::model_s(CMS_channel,ch1=pdf_binch1_nuis,ch2=pdf_binch2_nuis)")
        parts = []
        for channel, events in EVENTS.items():
            histogram = _histogram(ROOT, f"data_{channel}", events)
            data = ROOT.RooDataHist(f"data_{channel}", "", ROOT.RooArgList(x), histogram)
            kept += [histogram, data]
            parts.append(ROOT.RooFit.Import(channel, data))
        index = ROOT.RooFit.Index(w.cat("CMS_channel"))
        w.Import(ROOT.RooDataHist("data_obs", "", ROOT.RooArgList(x), index, *parts))
        _import_config(ROOT, w, "model_s", ("CMS_th1x", "CMS_channel"), ("CMS_lumi_In", "bkg_norm_In"))
        w.writeToFile(str(path))


def counting_chi2(values: Mapping[str, float]) -> float:
    """-2 ln of the Poisson probabilities of ``write_counting``, constants aside."""
    lumi = 1.025 ** values["CMS_lumi"]
    total = 0.0
    for channel, events in EVENTS.items():
        signal = SIGNAL[channel][0] * lumi * (1.0 + BASE * (values["m_t"] - 172.5)) * np.array(SIGNAL[channel][1])
        background = BACKGROUND[channel][0] * lumi * RATIO ** values["bkg_norm"] * np.array(BACKGROUND[channel][1])
        expected = signal + background
        total += 2.0 * float(np.sum(expected - np.array(events) * np.log(expected)))
    return total


def write_own(path: Path) -> None:
    """An unbinned peak at scale * mass of 40 entries: ``scale`` has a Gaussian constraint, ``width`` none."""
    with quiet() as ROOT:
        w = ROOT.RooWorkspace("w")
        w.factory("prod::peak(mass[172,150,190],scale[1,0.9,1.1])")
        w.factory("Gaussian::shape(x[172,100,250],peak,width[6,1,30])")
        w.factory(f"Gaussian::scale_Pdf(scale_In[1,0,2],scale,{SCALE_SIGMA})")
        w.factory("PROD::model(shape,scale_Pdf)")
        w.var("scale_In").setConstant(True)
        x = ROOT.RooArgSet(w.var("x"))
        data = ROOT.RooDataSet("data_obs", "", x)
        for value in entries():
            w.var("x").setVal(value)
            data.add(x)
        w.Import(data)
        _import_config(ROOT, w, "model", ("x",), ("scale_In",))
        w.writeToFile(str(path))


def entries() -> list[float]:
    """The data of ``write_own``."""
    return [float(value) for value in np.random.default_rng(5).normal(172.0, 5.0, 40)]


def own_chi2(values: Mapping[str, float]) -> float:
    """-2 ln L of ``write_own``, constants aside; the range of x is 12 sigma on either side."""
    pulls = (np.array(entries()) - values["m_t"] * values["scale"]) / values["width"]
    constraint = (values["scale"] - 1.0) / SCALE_SIGMA
    return float(pulls @ pulls + 2.0 * len(pulls) * np.log(values["width"]) + constraint**2)


def write_histfactory(path: Path) -> None:
    """A channel of HistFactory: normalisations, a shape, bins with Monte Carlo statistics, one bin without events."""
    with quiet() as ROOT:
        factory = ROOT.RooStats.HistFactory

        def histogram(name: str, *contents: float) -> Any:
            made = _histogram(ROOT, name, contents)
            # HistFactory deletes what it is given
            ROOT.SetOwnership(made, False)
            return made

        measurement = factory.Measurement("measurement", "measurement")
        measurement.SetPOI("mu")
        measurement.SetLumi(1.0)
        measurement.SetLumiRelErr(0.02)
        measurement.AddConstantParam("Lumi")
        channel, signal, background = factory.Channel("SR"), factory.Sample("signal"), factory.Sample("background")
        channel.SetData(histogram("counts", 60.0, 50.0, 0.0, 20.0))
        channel.SetStatErrorConfig(0.01, "Poisson")
        signal.SetHisto(histogram("signal", 10.0, 15.0, 1.0, 5.0))
        signal.AddNormFactor("mu", 1.0, 0.0, 5.0)
        signal.AddOverallSys("lumi", 0.97, 1.03)
        template = histogram("background", 50.0, 35.0, 2.0, 15.0)
        for i in range(1, 5):
            template.SetBinError(i, 4.0)
        background.SetHisto(template)
        background.ActivateStatError()
        shape = factory.HistoSys()
        shape.SetName("shape")
        shape.SetHistoHigh(histogram("high", 53.0, 34.0, 2.2, 14.0))
        shape.SetHistoLow(histogram("low", 47.0, 36.0, 1.9, 16.0))
        background.AddHistoSys(shape)
        channel.AddSample(signal)
        channel.AddSample(background)
        measurement.AddChannel(channel)
        factory.HistoToWorkspaceFactoryFast(measurement).MakeCombinedModel(measurement).writeToFile(str(path))


def _constrain(w: Any, *names: str) -> None:
    for name in names:
        w.factory(f"Gaussian::{name}_Pdf({name}_In[0,-7,7],{name}[0,-7,7],1)")
        w.var(f"{name}_In").setConstant(True)


def _import_entry(ROOT: Any, w: Any, *names: str) -> None:
    columns = ROOT.RooArgSet()
    for name in names:
        columns.add(w.var(name))
    data = ROOT.RooDataSet("data_obs", "", columns)
    data.add(columns)
    w.Import(data)


def _import_config(ROOT: Any, w: Any, pdf: str, observables: tuple[str, ...], known: tuple[str, ...]) -> None:
    config = ROOT.RooStats.ModelConfig("ModelConfig", w)
    config.SetPdf(w.pdf(pdf))
    config.SetObservables(",".join(observables))
    config.SetGlobalObservables(",".join(known))
    w.Import(config)


def _histogram(ROOT: Any, name: str, contents: tuple[float, ...]) -> Any:
    histogram = ROOT.TH1D(name, name, len(contents), 0.0, len(contents))
    histogram.SetDirectory(ROOT.nullptr)
    for i, content in enumerate(contents, start=1):
        histogram.SetBinContent(i, content)
    return histogram
