"""Moments of the reference generator (gen.py), for the test that compares worlds with it.

    python3 reference.py DIR-OF-gen.py SEEDS > reference.json

Each figure is a mean over seeds with its standard deviation between seeds. The same figures are computed in
distribution_test.go; the definitions are kept to means and products so that the two can be read side by side.
"""
import sys, json, warnings
import numpy as np
sys.path.insert(0, sys.argv[1])
import gen
warnings.simplefilter('ignore')

def residual(v):  # T x G: team and period means out, once each
    return v - np.nanmean(v, 0) - np.nanmean(v, 1)[:, None] + np.nanmean(v)

def product(a, b, lag):  # mean product of a at t-lag and b at t over the cells with both
    if lag < 0: return product(b, a, -lag)
    n = len(a)
    return np.nanmean(a[:n - lag] * b[lag:])

def figures(x, y, n, m, effects):
    T, G, D = x.shape; Q = y.shape[2]
    out = {}
    def side(name, v, r):
        out[name + ' mean'] = np.nanmean(v)
        out[name + ' between'] = np.var(np.nanmean(v, 0), ddof=1)
        out[name + ' inside'] = product(r, r, 0)
        out[name + ' time'] = np.nanvar(np.nanmean(v, 1))
        for l in (1, 3): out[name + ' auto %d' % l] = product(r, r, l) / product(r, r, 0)
        out[name + ' missing'] = np.isnan(v).mean()
    rx = [residual(x[:, :, d]) for d in range(D)]; ry = [residual(y[:, :, q]) for q in range(Q)]
    for d in range(D): side('x%d' % d, x[:, :, d], rx[d])
    for k in ('mean', 'between', 'inside', 'time', 'auto 1', 'auto 3', 'missing'):  # conditions are averaged
        out['x ' + k] = np.mean([out.pop('x%d %s' % (d, k)) for d in range(D)])
    for q in range(Q): side('y%d' % q, y[:, :, q], ry[q])
    pairs = [(a, b) for a in range(D) for b in range(a)]
    out['x cross'] = np.mean([product(rx[a], rx[b], 0) for a, b in pairs])
    out['x cross 1'] = np.mean([product(rx[a], rx[b], 1) for a, b in pairs])
    mx = [np.nanmean(x[:, :, d], 0) for d in range(D)]; my = [np.nanmean(y[:, :, q], 0) for q in range(Q)]
    out['x cross between'] = np.mean([np.corrcoef(mx[a], mx[b])[0, 1] for a, b in pairs])
    tx = np.nanmean(np.nanmean(x, 2), 1)
    for q in range(Q):
        out['between y%d' % q] = np.mean([np.corrcoef(mx[d], my[q])[0, 1] for d in range(D)])
        ty = np.nanmean(y[:, :, q], 1); ok = ~np.isnan(tx) & ~np.isnan(ty)
        out['time y%d' % q] = np.corrcoef(tx[ok], ty[ok])[0, 1]
        for l in (-1, 0, 2):
            out['slope y%d %d' % (q, l)] = np.mean([product(rx[d], ry[q], l) / product(rx[d], rx[d], 0) for d in range(D)])
            out['slope x0 y%d %d' % (q, l)] = product(rx[0], ry[q], l) / product(rx[0], rx[0], 0)
    for a in range(Q):
        for b in range(a): out['y%d y%d' % (a, b)] = product(ry[a], ry[b], 0)
    for d, q, l, r in effects:
        out['effect x%d y%d' % (d, q)] = product(rx[d], ry[q], l) / product(rx[d], rx[d], 0)
        own = [product(rx[d][:, [g]], ry[q][:, [g]], l) / product(rx[d][:, [g]], rx[d][:, [g]], 0) for g in range(G)]
        out['effect spread x%d y%d' % (d, q)] = np.nanvar(own, ddof=1)
    seen = n[~np.isnan(x[:, :, 0])]
    out['n mean'] = seen.mean(); out['n var'] = seen.var(); out['n least'] = seen.min()
    out['n five'] = (seen == 5).mean()
    out['m mean'] = m.mean(); out['m var'] = m.var(); out['m skew'] = ((m - m.mean()) ** 3).mean()
    return out

designs = [(s, {}) for s in gen.SCEN] + [('S0_null', dict(G=8)), ('S0_null', dict(G=60)), ('S0_null', dict(n_mean=30., m_mean=400.)), ('S0_null', dict(m_mean=4.)), ('S0_null', dict(trend=1.))]
result = []
for s, change in designs:
    kw = {**gen.SCEN[s], **change}; all = {}
    for seed in range(int(sys.argv[2])):
        z = gen.gen(70000 + seed, **kw)
        for k, v in figures(z['x'], z['y'], z['n'], z['m'], z['p']['effects']).items(): all.setdefault(k, []).append(v)
    result.append(dict(scenario=s, change=change, seeds=int(sys.argv[2]), figures={k: [float('%.7g' % np.mean(v)), float('%.5g' % np.std(v, ddof=1))] for k, v in all.items()}))
    print(s, change, file=sys.stderr)
json.dump(result, sys.stdout, indent=0); print()
