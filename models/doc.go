// Package models holds the nouns that every other package shares: the datasets that come in (Schema, Batch,
// Delivery), the Panel between SQL and statistics, and the Finding that goes out. Standard library only.
//
// # Records as columns
//
// A record is described once, as data: a Schema lists the fields of a dataset with type, unit and meaning. The
// mapping of a source is checked against it, the lake derives its Parquet schema from it, the warehouse its raw_
// views, the data dictionary its text. Rows travel in a Batch, column by column, because both ends of their path
// (the decoders and Parquet) are columnar; a struct per dataset would have said the same fields a second time.
//
// # Accounting
//
// A Range says which positions of a stream a Delivery covers and what became of each of them. The invariant
//
//	Next - First = Loaded + Rejected + Filtered + Control + Missing
//
// holds for every Range, and Range.Check proves it; nothing is dropped without a number.
package models
