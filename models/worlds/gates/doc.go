// Package gates runs worlds whose truth is known through inference, by the interface that everybody else uses, and holds the rates at
// which it is right and wrong against what is required of it.
//
// An Experiment is a world, made again and again with other seeds, and what is measured in it. A Figure is a ratio of sums
// over replications (a mean where the divisor is one each time), with the standard error that this ratio has from replication
// to replication. A gate fails when its figure is outside of the bound by more than two such errors.
//
// Where inference gives nothing to measure the gate is "not yet" and is not passed. Figures without a bound are stated: they say what a
// rival does in the same worlds, or what no method can do.
//
// The same options give the same figures at any number of workers: a replication depends on its seed alone, and sums run in the
// order of replications.
package gates
