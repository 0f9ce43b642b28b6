"""What scikit-learn makes of some series: writes scikit_learn.json, which the tests of lasso_voorspelling compare with.

    python3 -m venv VENV && VENV/bin/pip install scikit-learn==1.9.1 numpy==2.4.6
    VENV/bin/python tests/it/lasso/scikit_learn.py

Written with scikit-learn 1.9.1, numpy 2.4.6 and Python 3.11.7. Takes a minute: where there are more predictors than
years, coordinate descent is slow to reach a tolerance like this one, and says so for the smallest penalties.
"""
import json
import warnings
from pathlib import Path

import numpy as np
import sklearn
from sklearn.linear_model import Lasso, LassoCV
from sklearn.model_selection import LeaveOneOut
from sklearn.preprocessing import StandardScaler


def series(start, intake, outcome):
    years = range(start, start + max(len(intake), len(outcome)))
    at = lambda values, i: values[i] if i < len(values) else None
    return {year: (at(intake, i), at(outcome, i)) for i, year in enumerate(years)}


def made(start, years, seed):
    """A series whose outcome follows intake of four and five years before, with chance."""
    chance = np.random.default_rng(seed)
    steps = chance.normal(0, 40, years)
    intake = 800 + np.array([sum(0.8 ** (i - j) * steps[j] for j in range(i + 1)) for i in range(years)])
    before = np.concatenate([np.full(5, 800.0), intake])
    outcome = 0.25 * before[1 : years + 1] + 0.15 * before[:years] + chance.normal(0, 5, years)
    return series(start, [int(v) for v in intake.round()], [int(v) for v in outcome.round()])


TRAINING = series(
    2006,
    [906, 933, 937, 869, 899, 910, 875, 892, 898, 901, 892, 907, 864, 847, 815, 832, 824, 800],
    [364, 373, 378, 373, 404, 410, 345, 331, 374, 375, 371, 379, 415, 358, 368, 418, 375, 368],
)
# intake of a year more is known, outcome of a year in between is not
UNEVEN = series(
    2004,
    [411, 398, 450, 462, 430, 405, 388, 391, 420, 444, 467, 455, 431, 402, 399, 415, 438, 449, 441, 426],
    [160, 158, 171, 166, 159, 175, 186, 190, None, 163, 161, 160, 172, 181, 184, 179, 170, 158, 162],
)
CASES = [
    ("lags from 2, so a regression of its own for the third year", TRAINING, 2, 6, 3),
    ("lags from 3: one regression", TRAINING, 3, 6, 3),
    ("more years than predictors", made(1970, 54, 7), 2, 4, 4),
    ("uneven", UNEVEN, 2, 5, 3),
]


def forecast(known, first, last, ahead):
    latest = max(year for year, (_, outcome) in known.items() if outcome is not None)
    value = lambda of, year: known.get(year, (None, None))[of]
    regressions, forecasts = [], []
    for year in range(latest + 1, latest + 1 + ahead):
        predictors = [(of, lag) for of in (0, 1) for lag in range(first, last + 1) if value(of, year - lag) is not None]
        row = lambda year: [value(of, year - lag) for of, lag in predictors]
        rows = [y for y in known if value(1, y) is not None and None not in row(y)]
        scaler = StandardScaler().fit(np.array([row(y) for y in rows], float))
        x = scaler.transform(np.array([row(y) for y in rows], float))
        y = np.array([value(1, y) for y in rows], float)
        chosen = LassoCV(cv=LeaveOneOut(), tol=1e-12, max_iter=10**6).fit(x, y)
        fitted = Lasso(alpha=chosen.alpha_, tol=1e-14, max_iter=10**7).fit(x, y)
        regression = {
            "years": len(rows),
            "penalty": chosen.alpha_,
            "error": float(np.sqrt(chosen.mse_path_.mean(axis=1).min())),
            "coefficients": fitted.coef_.tolist(),
            "intercept": float(fitted.intercept_),
        }
        if regression not in regressions:
            regressions.append(regression)
        target = scaler.transform(np.array([row(year)], float))
        forecasts.append({"year": year, "value": float(fitted.predict(target)[0]), "regression": regressions.index(regression)})
    return {"regressions": regressions, "forecasts": forecasts}


def main():
    warnings.simplefilter("ignore")
    cases = []
    for name, known, first, last, ahead in CASES:
        given = [{"year": year, "intake": intake, "outcome": outcome} for year, (intake, outcome) in known.items()]
        cases.append({"name": name, "min_lag": first, "max_lag": last, "ahead": ahead, "known": given})
        cases[-1].update(forecast(known, first, last, ahead))
    out = {"versions": f"scikit-learn {sklearn.__version__}, numpy {np.__version__}", "cases": cases}
    lines = ",\n".join(json.dumps(case) for case in cases)
    Path(__file__).with_suffix(".json").write_text(f'{{"versions": {json.dumps(out["versions"])}, "cases": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
