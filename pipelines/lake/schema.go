package lake

import (
	"slices"

	"github.com/parquet-go/parquet-go"

	"insideout/models"
)

// rejectsDataset is the name of the quarantine among the datasets.
const rejectsDataset = "_rejects"

// rejectsSchema lays out the quarantine. Raw and key are bytes, not texts: they are kept as they came, valid UTF-8 or
// not, and become BLOBs in DuckDB.
var rejectsSchema = &models.Schema{
	Name: rejectsDataset, Version: 2, Grain: "one rejected row, as it came",
	Fields: []models.Field{
		{Name: "label", Kind: models.Text, Doc: "the file's name, where the stream is a hash"},
		{Name: "line", Kind: models.Int, Doc: "line in the file, 1-based"},
		{Name: "code", Kind: models.Text, Required: true, Doc: "reason, for programs"},
		{Name: "field", Kind: models.Text, Doc: "canonical field to blame"},
		{Name: "detail", Kind: models.Text, Doc: "what is wrong and what to do"},
		{Name: "raw", Kind: models.Text, Privacy: models.FreeText, Doc: "the row's bytes"},
		{Name: "key", Kind: models.Text, Privacy: models.FreeText, Doc: "the message's key"},
		{Name: "beside", Kind: models.Text, Privacy: models.FreeText, Doc: "what reading it again needs: headers of a message, columns of a sheet"}, // since 2
	},
}

// Fields of rejectsSchema by index.
const (
	rejectLabel = iota
	rejectLine
	rejectCode
	rejectField
	rejectDetail
	rejectRaw
	rejectKey
	rejectBeside
)

// payload reports whether a field of the quarantine holds bytes as they came.
func payload(s *models.Schema, field int) bool {
	return s.Name == rejectsDataset && s.Fields[field].Privacy == models.FreeText
}

// alike reports whether two schemas lay out the same file.
func alike(a, b *models.Schema) bool {
	return a == b || a.Name == b.Name && a.Version == b.Version && slices.EqualFunc(a.Fields, b.Fields, func(f, g models.Field) bool {
		return f.Name == g.Name && f.Kind == g.Kind && f.Required == g.Required
	})
}

// sealed reports whether the files of a dataset are encrypted at rest: those that hold what single employees said, and
// the quarantine, which holds whatever came.
func sealed(s *models.Schema) bool { return s.Name == rejectsDataset || s.Personal() }

// provenance is the number of columns that follow a dataset's own fields: models.Col*.
const provenance = 5

// ordered is a parquet.Group whose columns keep the order they were declared in; a plain Group, being a map, sorts
// them by name.
type ordered struct {
	parquet.Group
	fields []parquet.Field
}

func (o *ordered) Fields() []parquet.Field { return o.fields }

// layout derives the Parquet schema of a dataset. Texts in dictionary are written through one.
func layout(s *models.Schema, dictionary []bool) *parquet.Schema {
	group := parquet.Group{}
	names := make([]string, 0, len(s.Fields)+provenance)
	add := func(name string, node parquet.Node) {
		group[name] = node
		names = append(names, name)
	}
	for i, f := range s.Fields {
		node := leaf(s, f)
		switch {
		case dictionary[i]:
			node = parquet.Encoded(node, &parquet.RLEDictionary)
		case f.Kind == models.Instant, f.Kind == models.Int, f.Kind == models.Date:
			node = parquet.Encoded(node, &parquet.DeltaBinaryPacked)
		default:
			// Plain, and not parquet-go's default, for texts: JSON in DELTA_LENGTH_BYTE_ARRAY cannot be read by DuckDB
			// 1.4, and zstd makes up for the difference.
			node = parquet.Encoded(node, &parquet.Plain)
		}
		if !f.Required {
			node = parquet.Optional(node)
		}
		add(f.Name, node)
	}
	add(models.ColSource, parquet.Encoded(parquet.String(), &parquet.RLEDictionary))
	add(models.ColStream, parquet.Encoded(parquet.String(), &parquet.RLEDictionary))
	add(models.ColPosition, parquet.Encoded(parquet.Int(64), &parquet.DeltaBinaryPacked))
	add(models.ColIngested, parquet.Encoded(instant(), &parquet.DeltaBinaryPacked)) // a look into a dictionary costs more than a difference of nothing
	add(models.ColRun, parquet.Encoded(parquet.String(), &parquet.RLEDictionary))

	byName := map[string]parquet.Field{}
	for _, f := range group.Fields() {
		byName[f.Name()] = f
	}
	o := &ordered{Group: group}
	for _, name := range names {
		o.fields = append(o.fields, byName[name])
	}
	return parquet.NewSchema(s.Name, o)
}

// instant is a timestamp that DuckDB reads as a plain TIMESTAMP: parquet-go's default is adjusted to UTC, which is
// read as TIMESTAMP WITH TIME ZONE and would make results depend on the connection's zone.
func instant() parquet.Node { return parquet.TimestampAdjusted(parquet.Microsecond, false) }

func leaf(s *models.Schema, f models.Field) parquet.Node {
	switch f.Kind {
	case models.Int:
		return parquet.Int(64)
	case models.Real:
		return parquet.Leaf(parquet.DoubleType)
	case models.Bool:
		return parquet.Leaf(parquet.BooleanType)
	case models.Instant:
		return instant()
	case models.Date:
		return parquet.Date()
	}
	if s.Name == rejectsDataset && f.Privacy == models.FreeText {
		return parquet.Leaf(parquet.ByteArrayType)
	}
	return parquet.String()
}

// sampleRows is the number of rows that decide which texts are written through a dictionary.
const sampleRows = 2048

// repetitive tells for each field whether it is a text with few different values, judged by the first rows: at most
// one in four is new. A wrong guess costs little, because the writer leaves a dictionary that has grown too large.
func repetitive(b *models.Batch) []bool {
	fields := b.Schema.Fields
	out := make([]bool, len(fields))
	seen := map[string]struct{}{}
	for i, f := range fields {
		if f.Kind != models.Text || payload(b.Schema, i) {
			continue
		}
		if f.Enum != nil {
			out[i] = true
			continue
		}
		clear(seen)
		values := 0
		c := &b.Columns[i]
		for r := range min(b.Rows(), sampleRows) {
			if c.Valid[r] {
				values++
				seen[c.Texts[r]] = struct{}{}
			}
		}
		out[i] = f.Privacy != models.FreeText && 4*len(seen) <= max(values, 4)
	}
	return out
}
