// Package fit says what goes with what: a models.Panel in, models.Finding values out. It reads no files, prints nothing and
// knows no SQL.
//
// # What is estimated
//
// For every pair of a condition (inside) and an outcome (outside) three associations are kept apart, each
// under its own name: pooled (all team-periods, mixes teams and calendar, never evidence), between (team means, one point a
// team) and within, the headline: the slope of the outcome on the condition some periods before, with team and
// period fixed effects. Where nothing is true but teams differ and the calendar is shared, pooled correlations
// "find" nearly every pair; the within slope with standard errors by team does not.
//
// # How it is tested
//
// Standard errors are CR2 with Satterthwaite degrees of freedom, by team (Bell and McCaffrey 2002; Pustejovsky and Tipton
// 2018), and CR1 with t(G-1) above 200 teams. The search over lags is part of the test: with Spec.Draws the largest |t| over lags
// is compared with that of a wild cluster bootstrap whose draws all lags and pairs share (hypothesis imposed; signs, and Webb's weights
// below 12 teams, see drawsFor), and the p of the best lag by CR2 must not be larger; without, the smallest p over L+1 lags is multiplied by L+1 (Bonferroni). All pairs of a run
// are one family, fixed before looking, to which Benjamini-Hochberg is applied. Leads (the outcome before the condition)
// are shown, never tested as findings.
//
// The joint claim repeats this with the other conditions of the run held fixed at the same lag, as a family of its own. It
// is what tells a condition from those it moves with: in worlds whose conditions are correlated by a half, two thirds of the pairs found alone are
// stand-ins. A pair that is seen is looked at closer: the conditional lead, both halves of the calendar, the strength
// of a hidden factor that would undo it, the slope without the noise of the condition. models.Finding carries all of it and its
// Grade is computed from it. Question answers the same, and more, one by one.
//
// # Choices that a reader would ask about
//
//   - Weights are a property of the outcome's cells, 1/(tau^2 + se^2), tau^2 from the fixed-effects fit without any
//     condition. So they are fixed before a condition is looked at, and the costly part of the fit is shared by all
//     conditions. They are bounded to a factor of root 10 around their median: largest over smallest is at most 10.
//   - Absorbing team effects is exact for CR2 without weights only. Here the full projection of team and period dummies, weights
//     included, enters every adjustment matrix, so that results equal clubSandwich with dummies written out. The part that does
//     not depend on the condition is factored once for a pattern of present cells; a condition costs a few products
//     a team (see absorbed and inference).
//   - The set of best lags resamples teams from scores about the fixed effects of the whole panel; the effects are not
//     fitted again. Draws depend on the specification and the number of teams alone.
//   - A condition that shares too few cells is not held fixed, rather than all claims resting on the few cells that it shares; the others then
//     stay below grade B, because what was left out may be what they stand in for.
//   - t* is one scalar product a draw: the products of the weights of two teams are formed once for all lags and pairs.
//   - The robustness value is that of the fit with the other conditions held fixed, where there is one, from the classical t, which
//     is the partial correlation in other words.
//   - A banner (Simpson, weights that matter) is raised only where at least one of the two numbers compared is clear of zero: two noisy
//     numbers disagree half of the time, and a warning on every second pair is read by nobody.
//   - Pooled estimates carry an interval by team and no p: there is nothing that a p could be misread from.
//
// # Refusals
//
// Where the data do not carry a question the answer is a models.Refusal with what would be needed; the codes are in
// codes.go. A refused pair is in no family and carries no p.
//
// # Invariants
//
//  1. Same panel and Spec, same Result, bit for bit.
//  2. Missing stays missing; no value moves to another period.
//  3. Shifting or scaling a series, reordering teams or adding a team without data changes no test.
//  4. A p exists only with at least 6 teams and 4 Satterthwaite degrees of freedom.
//  5. Contract violations panic with "fit: "; what depends on data is a Refusal or a Doubt.
//
// # References
//
// Methods are checked against R (sandwich, clubSandwich, plm, lme4, and others) and NIST certified values by the golden cases of
// the tests; each function names its paper.
// A seen pair is counted again in the ways that could be defended as well (ways.go): the headline was fixed before looking, and a reader sees what it
// depends on. Methods that no run calls are not exported: they are the cross-checks that the golden cases hold.
package fit
