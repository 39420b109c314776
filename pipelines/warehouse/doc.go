// Package warehouse builds the relations of package sql in a private DuckDB, the workshop, and publishes what may be
// published as a generation of warehouse.duckdb. DuckDB is used here and nowhere else.
//
// # Path
//
// Build makes the inputs (a view raw_<dataset> over the committed files of each dataset, the run's parameters, the
// catalogue), then the relations layer by layer up to cell_*, asks the caller's release step which cells may leave,
// makes rel_* of these, builds the marts, writes panel.parquet and runs the checks. Publish copies the shelf, on which the
// marts with a header line by were made, adds what else may leave, and moves the file into place.
//
// # Invariants
//
//  1. Person-level rows stay in the workshop: its folder is for the owner only and is wiped by Close; Publish copies the
//     layer 30_marts, the findings and the results of the checks (without their samples), and nothing else.
//  2. Marts about employees are made of rel_* only (Lint), and rel_* holds exactly the cells that the release step showed
//     (assert_release_complete).
//  3. Nothing is published from a workshop whose stop-checks found something (Publish refuses).
//  4. Same files, same parameters, same rows, whatever the number of threads: sums are whole numbers or doubles in a declared
//     order. The tests compare the panel of one thread with that of four.
//  5. The published file is never written in place: readers keep the generation they opened.
//  6. The cache changes no row: a run that goes on from it publishes what a run without it does (TestCache_ChangesNoRow, and
//     TestWarehouse_IsTheSameInAnyOrder through the lake). It holds rows of the customers' side only (lintParts), for the owner
//     only, and nothing that is not in the lake.
//
// # Choices
//
// The workshop is in memory with a folder to spill to: it is rebuilt each time, so a file would only add a
// write-ahead log. What is kept between runs, the relations with a header line by, lies in a database of its own beside it: parts of a
// table can be replaced there without writing the rest again, and the engine compresses, checks and spills it. While a run is at work on
// it, it carries a mark; a run that finds the mark begins with an empty one, so no state between two runs is ever gone on from. Marts of that kind lie
// on the shelf, a database in the form in which it is published: they are written once, and a generation begins as a copy of that file. Neither
// has a write-ahead log, because nothing is read of a run that did not come to its end. Rows lie on the shelf in the order in which
// they came, sorted by key within each run: a table is a set of rows, and whatever is written from one (report, panel, exports) is sorted. Staging and intermediate relations are views, which lets the engine push a whole chain into one scan; a
// relation says keep: table where it is read more than once. Header keys of tables are checked in every run; those of views
// only by the cases, because checking a view means computing it a second time.
//
// The engine is closed before any data is read: UTC, threads, memory, a folder to spill to, no extension is loaded, the
// files of the run and the workshop's folder may be read and nothing else, and these settings are locked. The order matters: after
// external access is off no path can be added. TimeZone is set globally because a locked engine refuses it on later
// connections.
//
// # Known oddities of DuckDB 1.5.5, each held by a test
//
//   - a view cannot hold parameters, so file lists are written into raw_ views through one quoting function;
//   - max_by ignores a null argument here and not elsewhere, hence the filter in macro latest_known;
//   - the driver's GetTableNames finds nothing behind USING, so reads are taken from json_serialize_sql.
package warehouse
