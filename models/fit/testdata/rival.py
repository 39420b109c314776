"""The estimates of a run of inference by the usual Python stack, for comparison of speed.

Reads a long panel (CSV: team, time, then conditions x*, outcomes y*; empty is missing) and fits, for every condition,
outcome and lag, the two-way fixed-effects slope with standard errors by team (pyfixest, CRV1), and once more with all
conditions together. Then, in numpy, what no library of the stack does for all lags together: the wild cluster bootstrap
of the largest |t| over lags, partial pooling over teams, and LMG weights with resampled teams. It leaves out CR2,
Satterthwaite degrees of freedom, lag sets, leads and everything that is looked at closer.

Prints one JSON object: seconds of processor time by stage, and slopes by "x/y/lag".

    python rival.py PANEL.csv --lags 8 --draws 1999 [--sample N]

--sample N fits only the first N of the marginal and of the joint regressions and scales their time up, for large panels; the
rest is then left out.
"""
import argparse
import itertools
import json
import math
import time
import warnings

import numpy as np
import pandas as pd

warnings.filterwarnings("ignore")
import pyfixest as pf  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument("panel")
parser.add_argument("--lags", type=int, default=8)
parser.add_argument("--draws", type=int, default=1999)
parser.add_argument("--sample", type=int, default=0)
args = parser.parse_args()

panel = pd.read_csv(args.panel).sort_values(["team", "time"], ignore_index=True)
xs = [c for c in panel.columns if c.startswith("x")]
ys = [c for c in panel.columns if c.startswith("y")]
shifted = {}
for lag in range(args.lags + 1):
    shifted[lag] = panel.groupby("team")[xs].shift(lag) if lag else panel[xs]
seconds, slopes = {}, {}


def frame(lag, columns, y):
    f = shifted[lag][columns].copy()
    f["y"], f["team"], f["time"] = panel[y], panel["team"], panel["time"]
    return f.dropna()


def stage(name, work):
    began = time.process_time()
    out = work()
    seconds[name] = time.process_time() - began
    return out


pf.feols(f"y ~ {xs[0]} | team + time", frame(0, [xs[0]], ys[0]), vcov={"CRV1": "team"})  # compiled, if it compiles


def marginal():
    cells = list(itertools.product(xs, ys, range(args.lags + 1)))
    for x, y, lag in cells[: args.sample or None]:
        m = pf.feols(f"y ~ {x} | team + time", frame(lag, [x], y), vcov={"CRV1": "team"})
        slopes[f"{x}/{y}/{lag}"] = float(m.coef().iloc[0])
        m.se()
    return len(cells)


def joint():
    cells = list(itertools.product(ys, range(args.lags + 1)))
    for y, lag in cells[: args.sample or None]:
        pf.feols("y ~ " + " + ".join(xs) + " | team + time", frame(lag, xs, y), vcov={"CRV1": "team"}).se()
    return len(cells)


for name, work in (("marginal", marginal), ("joint", joint)):
    n = stage(name, work)
    if args.sample:
        seconds[name] *= n / min(n, args.sample)
if args.sample:
    print(json.dumps({"seconds": seconds, "slopes": slopes}))
    raise SystemExit

rng = np.random.default_rng(1)
teams = np.unique(panel["team"])
webb = np.array([-math.sqrt(1.5), -1, -math.sqrt(0.5), math.sqrt(0.5), 1, math.sqrt(1.5)])
weights = webb[rng.integers(0, 6, (args.draws, len(teams)))]


def within(f, columns):
    """Fixed effects out of the columns of a frame: residuals of the dummies, by QR."""
    g = np.searchsorted(teams, f["team"].to_numpy())
    t, times = pd.factorize(f["time"])
    d = np.zeros((len(f), len(teams) + len(times)))
    d[np.arange(len(f)), g] = 1
    d[np.arange(len(f)), len(teams) + t] = 1
    q, r = np.linalg.qr(d)
    q = q[:, np.abs(np.diag(r)) > 1e-9]
    v = f[columns].to_numpy()
    return v - q @ (q.T @ v), q, g


def stars(x, u, q, g):
    """t* of every draw of a wild cluster bootstrap with the hypothesis imposed, without refits (Roodman and others 2019)."""
    one = np.zeros((len(teams), len(x)))
    one[g, np.arange(len(x))] = 1
    a, h = one @ (x * u), one @ (x * x)
    j = np.diag(a) - (one * x) @ q @ ((one * u) @ q).T
    b = weights @ a / h.sum()
    s = weights @ j.T - np.outer(b, h)
    return np.abs(b * h.sum() / np.sqrt((s * s).sum(1)))


def bootstrap():
    for y in ys:
        for lag in range(args.lags + 1):
            for x in xs:  # each alone
                v, q, g = within(frame(lag, [x], y), [x, "y"])
                stars(v[:, 0], v[:, 1], q, g)
            v, q, g = within(frame(lag, xs, y), xs + ["y"])
            for k in range(len(xs)):  # each beside the others
                rest = np.delete(v[:, :-1], k, 1)
                e, _ = np.linalg.qr(rest)
                x, u = v[:, k] - e @ (e.T @ v[:, k]), v[:, -1] - e @ (e.T @ v[:, -1])
                stars(x, u, np.hstack([q, e]), g)


def pooled():
    for y, x in itertools.product(ys, xs):
        v, _, g = within(frame(0, [x], y), [x, "y"])
        b, s = [], []
        for k in range(len(teams)):
            xk, yk = v[g == k, 0], v[g == k, 1]
            b.append(xk @ yk / (xk @ xk))
            e = yk - b[-1] * xk
            s.append(e @ e / (len(xk) - 2) / (xk @ xk))
        b, s = np.array(b), np.array(s)
        tau = np.linspace(0, 3 * b.std(), 200)[:, None]
        w = 1 / (s + tau**2)
        mu = (w * b).sum(1) / w.sum(1)
        logp = 0.5 * np.log(w).sum(1) - 0.5 * np.log(w.sum(1)) - 0.5 * (w * (b - mu[:, None]) ** 2).sum(1)
        p = np.exp(logp - logp.max())
        p /= p.sum()
        keep = tau**2 / (tau**2 + s)
        center = keep * b + (1 - keep) * mu[:, None]
        sd = np.sqrt(keep * s + (1 - keep) ** 2 / w.sum(1)[:, None])
        rows = rng.choice(200, 4000, p=p)  # quantiles of the mixture, by draws
        np.quantile(center[rows] + sd[rows] * rng.standard_normal((4000, len(teams))), [0.025, 0.975], axis=0)


def importance():
    p = len(xs)
    subsets = [s for n in range(1, p + 1) for s in itertools.combinations(range(p), n)]
    for y in ys:
        v, _, g = within(frame(0, xs, y), xs + ["y"])
        own = np.array([v[g == k].T @ v[g == k] for k in range(len(teams))])
        times = rng.multinomial(len(teams), np.full(len(teams), 1 / len(teams)), 1000)
        c = np.tensordot(times, own, 1)
        r2 = {(): np.zeros(1000)}
        for s in subsets:  # all resamples at once
            xx, xy = c[:, s][:, :, s], c[:, s, -1]
            r2[s] = (xy * np.linalg.solve(xx, xy[..., None])[..., 0]).sum(1) / c[:, -1, -1]
        for k in range(p):
            gain = np.zeros(1000)
            for s in [()] + subsets:
                if k not in s:
                    gain += (r2[tuple(sorted(s + (k,)))] - r2[s]) * math.factorial(len(s)) * math.factorial(p - len(s) - 1) / math.factorial(p)
            np.quantile(gain, [0.025, 0.975])


for name, work in (("bootstrap", bootstrap), ("pooled", pooled), ("importance", importance)):
    stage(name, work)
print(json.dumps({"seconds": seconds, "slopes": slopes}))
