"""The figures that the NHS example must arrive at, from the raw files, by other software than the project's own.

Needs numpy and pandas; the data folder is the argument. What it printed is kept as expected.json.

    python3 expected.py ../../../data > expected.json

Definitions
  cells      a trust-year with both values, for that pair; every such row of the files enters, none is left out
  pooled     Pearson's r over cells
  between    Pearson's r over trusts' means, each taken over the cells of the pair
  within     Pearson's r of what is left of both after trust and year dummies; slope likewise, in outcome units for one unit of
             the condition
  cr2_se, df CR2 standard error of the slope, clustered by trust, and its Satterthwaite degrees of freedom
  waiting    1 - sum of breaches / sum of attendances, over all months and department types of a calendar year
"""
import json, sys
import numpy as np, pandas as pd

data = sys.argv[1]
staff = pd.read_csv(data + "/nhs_staff_inpatient_2012_2019/data.NHS.2012_2019.csv")
ae = pd.read_csv(data + "/nhs_ae_attendances/ae_attendances.csv")

conditions = {"recommend_work": "RecommendWork.Index", "recommend_care": "RecommendCare.Index",
              "engagement": "Engagement.Index", "work_stress": "WorkStress.Index"}
s = staff.rename(columns={v: k for k, v in conditions.items()} | {"Code": "unit", "Year.Index": "year", "SHMI.Index": "shmi"})
ae["year"] = ae.period.str[:4].astype(int)
w = ae.groupby(["org_code", "year"])[["attendances", "breaches"]].sum().reset_index().rename(columns={"org_code": "unit"})
w["seen_within_4h"] = 1 - w.breaches / w.attendances
d = s.merge(w, on=["unit", "year"], how="outer")


def dummies(v):
    return pd.get_dummies(v, dtype=float).values


def pair(x, y):
    c = d[["unit", "year", x, y]].dropna()
    D = np.hstack([dummies(c.unit), dummies(c.year)[:, 1:]])
    Q, _ = np.linalg.qr(D)
    res = lambda v: v - Q @ (Q.T @ v)
    xr, yr = res(c[x].values), res(c[y].values)
    S = xr @ xr
    slope = xr @ yr / S
    e = yr - slope * xr
    F = np.column_stack([Q, xr / np.sqrt(S)])
    units = c.unit.unique()
    W, v = np.zeros((len(c), len(units))), 0.0
    for j, u in enumerate(units):
        i = np.where(c.unit.values == u)[0]
        lam, V = np.linalg.eigh(np.eye(len(i)) - F[i] @ F[i].T)
        A = (V * np.where(lam > 1e-9, 1 / np.sqrt(np.maximum(lam, 1e-9)), 0)) @ V.T
        a = A @ xr[i] / S
        v += (a @ e[i]) ** 2
        W[i, j] = a
    P = W.T @ W - (F.T @ W).T @ (F.T @ W)
    m = c.groupby("unit")[[x, y]].mean()
    per = c.groupby("unit").size()
    return dict(condition=x, outcome=y, cells=len(c), units=len(m), years=sorted(int(t) for t in c.year.unique()),
                most_years_of_a_unit=int(per.max()), units_with_one_year=int((per == 1).sum()),
                pooled=np.corrcoef(c[x], c[y])[0, 1], between=np.corrcoef(m[x], m[y])[0, 1],
                within=xr @ yr / np.sqrt(S * (yr @ yr)), slope=slope, cr2_se=np.sqrt(v),
                df=np.trace(P) ** 2 / (P * P).sum())


inside = set(s[s[list(conditions)].notna().any(axis=1)].unit)
outside = {"shmi": set(s[s.shmi.notna()].unit), "seen_within_4h": set(w.unit)}
one = lambda u, y, c: float(d[(d.unit == u) & (d.year == y)][c].iloc[0])
print(json.dumps(dict(
    rows=dict(staff_survey=len(staff), waiting=len(ae)),
    records=dict(staff_survey={k: int(s[k].notna().sum()) for k in list(conditions) + ["shmi"]},
                 waiting=dict(attendances=len(ae), breaches=len(ae))),
    units=dict(staff_file=int(s.unit.nunique()), inside=len(inside), shmi=len(outside["shmi"]), waiting=len(outside["seen_within_4h"])),
    joins=dict(
        staff_and_waiting=len(inside & outside["seen_within_4h"]),
        staff_without_waiting=sorted(inside - outside["seen_within_4h"]),
        waiting_without_staff=len(outside["seen_within_4h"] - inside),
        shmi_without_staff=sorted(outside["shmi"] - inside),
        # one configuration with both outcomes: units with anything on the outside, and nothing inside
        outside_only=len((outside["shmi"] | outside["seen_within_4h"]) - inside),
        inside_only=len(inside - (outside["shmi"] | outside["seen_within_4h"])),
        # by the codes of the two files, whether they hold values or not
        codes_in_both_files=len(set(s.unit) & set(w.unit)), codes_in_staff_file_only=len(set(s.unit) - set(w.unit)),
        codes_in_waiting_file_only=len(set(w.unit) - set(s.unit))),
    cells=[dict(unit=u, year=y, series=c, value=one(u, y, c)) for u, y, c in [
        ("R1H", 2015, "recommend_work"), ("R1H", 2019, "engagement"), ("R1H", 2012, "shmi"), ("R1H", 2017, "seen_within_4h"),
        ("R1H", 2016, "seen_within_4h"), ("RF4", 2019, "seen_within_4h")]],
    pairs=[pair(x, y) for x in conditions for y in ("shmi", "seen_within_4h")]), indent=1))
