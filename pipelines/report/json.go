package report

import (
	"encoding/json"
	"io"
	"reflect"
)

// JSON writes the report as one value: the Report itself with its statements beside it, so that a program reads the same words
// as a person. A figure that was not computed is null. What is read back into a Report is the same report.
func JSON(w io.Writer, r *Report) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(filled(reflect.ValueOf(struct {
		*Report
		Statements []Statement `json:"statements"`
	}{r, r.Statements()})).Interface())
}

// filled copies a value with an empty slice for every nil one, so that a program that goes through a list does not meet null.
// Fields that are not exported stay as they are.
func filled(v reflect.Value) reflect.Value {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return v
		}
		out := reflect.New(v.Type().Elem())
		out.Elem().Set(filled(v.Elem()))
		return out
	case reflect.Slice:
		out := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			out.Index(i).Set(filled(v.Index(i)))
		}
		return out
	case reflect.Struct:
		out := reflect.New(v.Type()).Elem()
		out.Set(v)
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				out.Field(i).Set(filled(v.Field(i)))
			}
		}
		return out
	}
	return v
}

// MarshalJSON leaves out when a gap was noticed: it is a fact of the run, not of the data, and would make two reports of
// the same data differ.
func (t Trust) MarshalJSON() ([]byte, error) {
	type gap struct {
		Stream string `json:"stream"`
		From   int64  `json:"from"`
		To     int64  `json:"to"` // exclusive
		Reason string `json:"reason"`
	}
	type plain Trust
	gaps := make([]gap, len(t.Gaps))
	for i, g := range t.Gaps {
		gaps[i] = gap{g.Stream, g.From, g.To, g.Reason}
	}
	return json.Marshal(struct {
		plain
		Gaps []gap `json:"gaps"`
	}{plain(t), gaps})
}
