"""Looks for the planted links of the demonstration with other software than the project's own.

Reads the exports of many worlds as they were written, makes team-week cells with pandas, and fits every pair of condition and
outcome within teams and weeks (two-way dummies, unweighted, CR2 standard errors, Satterthwaite degrees of freedom), at lags
0 to 8: Bonferroni over the lags, Benjamini-Hochberg over the 32 pairs. Needs numpy, pandas, scipy.

    INSIDEOUT_STORY_DIR=/tmp/worlds INSIDEOUT_STORY_SEEDS=20 go test -run TestWrite ./cmd/insideout/story
    python3 testdata/story/check.py /tmp/worlds
"""
import glob, json, os, sys
import numpy as np, pandas as pd
from scipy import stats

DIMS = ["service", "flow", "connection", "development", "clarity", "capacity", "discretion", "candour"]
OUT = ["nps", "ces_v2", "csat", "failure_demand"]
FIRST, LAGS, MIN_GROUP = pd.Timestamp("2025-01-06"), range(9), 5


def week(at):
    local = pd.to_datetime(at, utc=True).dt.tz_convert("Europe/London").dt.tz_localize(None)
    return (local - FIRST).dt.days // 7


def lines(path):
    for line in open(path, encoding="utf-8"):
        try:
            yield json.loads(line)
        except ValueError:
            pass


def conditions(base):
    parts = []
    for f in sorted(glob.glob(base + "/exports/pulse-*.csv")):
        parts.append(pd.read_csv(f, skiprows=None, header=0, encoding="utf-8-sig", dtype=str, on_bad_lines="skip").iloc[2:])
    d = pd.concat(parts, ignore_index=True)
    d = d[d.Status == "IP Address"].copy()
    at = pd.to_datetime(d.EndDate, format="%Y-%m-%d %H:%M:%S", errors="coerce")
    keep = at.notna() & d.Level.notna()
    d, at = d[keep].copy(), at[keep]
    d["week"] = (at - FIRST).dt.days // 7
    cols = {k: [c for c in d.columns if c.startswith("Q%d_" % (i + 1))] for i, k in enumerate(DIMS)}
    reverse = lambda c: c in ("Q2_2", "Q4_2")  # flow and development have one question turned round
    for k, cs in cols.items():
        v = d[cs].apply(pd.to_numeric, errors="coerce")
        v = v.where((v >= 1) & (v <= 5))
        s = pd.concat([(5 - v[c] if reverse(c) else v[c] - 1) * 25 for c in cs], axis=1)
        d[k] = s.mean(axis=1).where(s.notna().sum(axis=1) * 2 >= len(cs))
    g = d.groupby(["Team", "week"])
    out = g[DIMS].mean()
    n = g[DIMS].count()
    se2 = g[DIMS].var() / n
    return out.where(n >= MIN_GROUP), se2.where(n >= MIN_GROUP), n


def outcomes(base):
    f = pd.DataFrame(lines(base + "/brightmere.feedback.jsonl")).drop_duplicates("id")
    f = f[f.score.notna() & f.survey.isin(["nps", "ease"])]
    f = f[~((f.survey == "nps") & (f.score > 10))].copy()
    f["week"] = week(pd.to_datetime(f.answered_ms, unit="ms", utc=True))
    nps = f[f.survey == "nps"].assign(v=lambda x: 100.0 * ((x.score >= 9).astype(int) - (x.score <= 6).astype(int)))
    res = {"nps": nps.groupby(["team", "week"]).v.mean(), "ces_v2": f[f.survey == "ease"].groupby(["team", "week"]).score.mean()}
    m = {"nps": nps.groupby(["team", "week"]).v.count()}
    c = {}
    for e in lines(base + "/brightmere.contacts.jsonl"):
        if "contact" in e:
            c.setdefault(e["contact"], {}).update({k: e[k] for k in ("opened_at", "team", "demand") if k in e})
    teams = [r.split(",")[0] for r in open(base + "/exports/hr-teams.csv").read().splitlines()[1:]]
    ids = {360000000101 + 7 * i: t for i, t in enumerate(teams)}
    tickets = {}
    for path in sorted(glob.glob(base + "/exports/tickets-*.jsonl")):
        for t in lines(path):
            tickets[t["id"]] = t
    ratings = []
    for t in tickets.values():
        c[t["id"]] = {"opened_at": t["created_at"], "team": ids[t["group_id"]], "demand": t["custom_fields"][1]["value"]}
        s = t["satisfaction_rating"]
        if s["score"] in ("good", "bad"):
            ratings.append((ids[t["group_id"]], s["updated_at"], float(s["score"] == "good")))
    c = pd.DataFrame([v for v in c.values() if "opened_at" in v and v.get("demand") in ("value", "failure")])
    c["week"] = week(c.opened_at)
    res["failure_demand"] = c.assign(v=(c.demand == "failure") * 1.0).groupby(["team", "week"]).v.mean()
    m["contacts"] = c.groupby(["team", "week"]).demand.count()
    r = pd.DataFrame(ratings, columns=["team", "at", "v"])
    r["week"] = week(r["at"])
    res["csat"] = r.groupby(["team", "week"]).v.mean()
    m["csat"] = r.groupby(["team", "week"]).v.count()
    return res, m


def within(x, y, team, time):
    """slope, CR2 t, Satterthwaite df, p and partial r of y on x with team and period dummies."""
    D = np.hstack([pd.get_dummies(team, dtype=float).values, pd.get_dummies(time, dtype=float).values[:, 1:]])
    Q, R = np.linalg.qr(D)
    rank = np.abs(np.diag(R)) > 1e-8
    Q = Q[:, rank]
    xr, yr = x - Q @ (Q.T @ x), y - Q @ (Q.T @ y)
    S = xr @ xr
    b = xr @ yr / S
    e = yr - b * xr
    F = np.column_stack([Q, xr / np.sqrt(S)])
    names = pd.unique(team)
    W, v = np.zeros((len(x), len(names))), 0.0
    for j, g in enumerate(names):
        i = np.where(team == g)[0]
        lam, V = np.linalg.eigh(np.eye(len(i)) - F[i] @ F[i].T)
        A = (V * np.where(lam > 1e-9, 1 / np.sqrt(np.maximum(lam, 1e-9)), 0)) @ V.T
        a = A @ xr[i] / S
        v += (a @ e[i]) ** 2
        W[i, j] = a
    P = W.T @ W - (F.T @ W).T @ (F.T @ W)
    df = np.trace(P) ** 2 / (P * P).sum()
    t = b / np.sqrt(v)
    return b, t, df, 2 * stats.t.sf(abs(t), df), xr @ yr / np.sqrt(S * (yr @ yr))


def bh(p):
    o = np.argsort(p)
    q = np.minimum.accumulate((p[o] * len(p) / np.arange(1, len(p) + 1))[::-1])[::-1]
    out = np.empty_like(q)
    out[o] = np.minimum(q, 1)
    return out


def world(base):
    X, se2, n = conditions(base)
    Y, m = outcomes(base)
    rows = []
    for k in DIMS:
        x = X[k].dropna()
        for q in OUT:
            best = None
            for l in LAGS:
                s = x.copy()
                s.index = pd.MultiIndex.from_arrays([s.index.get_level_values(0), s.index.get_level_values(1) + l], names=["team", "week"])
                d = pd.concat([s.rename("x"), Y[q].rename("y")], axis=1, join="inner").dropna().reset_index()
                d = d[(d.week < 60)]
                b, t, df, p, r = within(d.x.values, d.y.values, d.team.values, d.week.values)
                if best is None or p < best[5]:
                    best = (k, q, l, b, t, p, r, len(d), df)
            rows.append(best[:5] + (min(1, 9 * best[5]),) + best[6:])
    r = pd.DataFrame(rows, columns="dim out lag b t p r n df".split())
    r["q"] = bh(r.p.values)
    mean = {}
    for k, q in (("development", "nps"), ("flow", "failure_demand"), ("connection", "ces_v2")):
        d = pd.concat([X[k].rename("x"), Y[q].rename("y")], axis=1, join="inner").dropna()
        t = d.groupby(level=0).mean()
        mean[k] = np.corrcoef(t.x, t.y)[0, 1]
    x = X["flow"].dropna().reset_index()
    D = np.hstack([pd.get_dummies(x.Team, dtype=float).values, pd.get_dummies(x.week, dtype=float).values[:, 1:]])
    Q, _ = np.linalg.qr(D)
    xr = x.flow.values - Q @ (Q.T @ x.flow.values)
    lam = 1 - se2["flow"].mean() / (xr @ xr / (len(x) - D.shape[1]))
    get = lambda k, q: r[(r.dim == k) & (r.out == q)].iloc[0]
    f, s, c = get("flow", "failure_demand"), get("development", "nps"), get("connection", "ces_v2")
    others = [(a.dim, a.out, round(a.q, 3)) for a in r.itertuples() if a.q <= .10 and (a.dim, a.out) != ("flow", "failure_demand")]
    print("seed %3s | flow>failure q=%.4f lag=%d r=%.2f b=%.4f | dev>nps between=%.2f q=%.2f | conn>ces q=%.2f | lambda_w=%.2f n=%.1f "
          "nps/wk=%.0f contacts/wk=%.0f csat/wk=%.0f cells=%d | others %s" % (
              os.path.basename(base), f.q, f.lag, f.r, f.b, mean["development"], s.q, c.q, lam, n["flow"].median(),
              m["nps"].median(), m["contacts"].median(), m["csat"].median(), len(x), others), flush=True)
    return f.q <= .10, f.lag, s.q <= .10, c.q <= .10, mean["development"], len(others)


if __name__ == "__main__":
    seeds = sorted(glob.glob(sys.argv[1] + "/*"), key=lambda p: int(os.path.basename(p)))
    z = [world(s) for s in seeds]
    print("worlds %d: lagged found %d, its lag exact %d; spurious claimed %d, its r between teams %.2f to %.2f; small found %d; "
          "worlds with any other find %d" % (len(z), sum(a[0] for a in z), sum(a[0] and a[1] == 3 for a in z), sum(a[2] for a in z),
                                             min(a[4] for a in z), max(a[4] for a in z), sum(a[3] for a in z), sum(a[5] > 0 for a in z)))
