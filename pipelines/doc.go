// Package pipelines holds what a run is made of: Config, the stages in order (Run) and the account of what was done (the
// run log). It is the only room that knows all stages; the stages do not know each other, and the concrete sources are
// made by the command and handed in.
//
// A run goes
//
//	pull every source -> commit to the lake -> build the workshop -> release -> marts -> checks
//	-> panel -> fit -> warehouse generation + report
//
// Invariants (anchors of the house, kept where named):
//
//  1. a position moves only in the commit that holds its rows (pipelines/lake);
//  2. nothing is dropped: read = loaded + rejected + filtered + control + missing (models.Range.Check);
//  3. committed files never change;
//  4. person-level columns never reach a mart (pipelines/warehouse);
//  5. a report is made only from a run whose stop-checks passed (publish);
//  6. same input, same bytes: run id and clock are kept out of the report.
//
// A run that finds nothing new changes nothing: the state file names the hashes (lake content, configuration, relations,
// catalogue, program) that the published files were made from, and it is written last, so a run that died half-way is
// repeated and not believed.
package pipelines
