"""The figures that the Boston example must arrive at, from the raw files, by other software than the project's own.

Needs pandas; the data folder is the argument. What it printed is kept as expected.json: figures only, no data.

    python3 expected.py ../../../data > expected.json

Definitions
  case         one line of one raw file; a case opens in the ISO week of its OPEN_DT (Boston's own clock)
  matter       cases with the same TYPE and the same Location, letter by letter; a case without Location has none
  repeat       a case whose predecessor in its matter (by OPEN_DT, then number) opened at most 30 civil days earlier
  followed     a case whose successor opened at most 30 civil days later: the same pairs from the other end
  censored     a case of a matter that opened so late that its 30 days reach beyond the last day of data, 2015-12-31
  closed_window  a case of a matter that is not censored
  rate         followed and not censored / closed_window
  elapsed      repeats if 30 days means 30 times 24 hours (OPEN_DT as it stands): not what the example uses
"""
import glob, json, sys
import pandas as pd

STAMP, WINDOW, TO = "%m/%d/%Y %I:%M:%S %p", 30, pd.Timestamp("2016-01-01")
files = sorted(glob.glob(sys.argv[1] + "/boston_311_2015/raw/*.csv"))
d = pd.concat([pd.read_csv(f, dtype=str, keep_default_na=False) for f in files], ignore_index=True)
d["opened"] = pd.to_datetime(d.OPEN_DT, format=STAMP)
d["closed"] = pd.to_datetime(d.CLOSED_DT.where(d.CLOSED_DT != ""), format=STAMP)
d["day"] = d.opened.dt.normalize()
d["week"] = (d.day - pd.to_timedelta(d.day.dt.day_of_week, unit="D")).dt.strftime("%Y-%m-%d")
d = d.sort_values(["opened", "CASE_ENQUIRY_ID"], kind="stable").reset_index(drop=True)

matter = d[d.Location != ""].groupby(["TYPE", "Location"])
window = pd.Timedelta(days=WINDOW)
d["repeat"] = (d.day - matter.day.shift(1)).le(window)
d["elapsed"] = (d.opened - matter.opened.shift(1)).le(window)
d["followed"] = (matter.day.shift(-1) - d.day).le(window)
d["keyed"] = d.Location != ""
d["censored"] = d.keyed & (d.day + window >= TO)
d["closed_window"] = d.keyed & ~d.censored
d["settled_not"] = d.followed & d.closed_window


def figures(g):
    return dict(cases=len(g), without_location=int((~g.keyed).sum()), repeats=int(g.repeat.sum()), followed=int(g.followed.sum()),
                censored=int(g.censored.sum()), closed_window=int(g.closed_window.sum()),
                followed_in_closed_window=int(g.settled_not.sum()))


total = figures(d)
named = list(d.QUEUE.value_counts().index[:3]) + ["PROP_GRAF_GraffitiRemoval", "BTDT_District 06"]
queues = []
for q in named:
    g = d[d.QUEUE == q]
    weeks = g.groupby("week")
    picked = [w for w in ("2014-12-29", "2015-02-09", "2015-06-15", "2015-11-30", "2015-12-28") if w in weeks.groups]
    queues.append(dict(queue=q, **figures(g), weeks=len(weeks), by_week=[dict(week=w, **figures(weeks.get_group(w))) for w in picked]))

print(json.dumps(dict(
    files=len(files), cases=len(d), distinct_numbers=int(d.CASE_ENQUIRY_ID.nunique()), queues=int(d.QUEUE.nunique()),
    types=int(d.TYPE.nunique()), opened_events=len(d), closed_events=int(d.closed.notna().sum()),
    events=len(d) + int(d.closed.notna().sum()), still_open=int(d.closed.isna().sum()),
    closed_before_opened=int((d.closed < d.opened).sum()), first_opened=str(d.opened.min()), last_opened=str(d.opened.max()),
    last_closed=str(d.closed.max()), queue_weeks=int(d.groupby(["QUEUE", "week"]).ngroups),
    first_week=d.week.min(), last_week=d.week.max(),
    repeats=total, repeat_share_of_located=total["repeats"] / (total["cases"] - total["without_location"]),
    rate=total["followed_in_closed_window"] / total["closed_window"],
    elapsed_repeats=int(d.elapsed.sum()), elapsed_share_of_located=int(d.elapsed.sum()) / int(d.keyed.sum()),
    channels=d.Source.value_counts().sort_index().to_dict(),
    by_queue=queues), indent=1))
