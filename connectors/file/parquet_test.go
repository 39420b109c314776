package file

import (
	"bytes"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"insideout/connectors"
)

// otherParquet is a good file with other columns.
func otherParquet(t testing.TB) []byte {
	type record struct {
		ID   string `parquet:"id"`
		Keep string `parquet:"keep"`
	}
	return parquetOf(t, []record{{"a", "yes"}})
}

func parquetOf[T any](t testing.TB, rows []T, options ...parquet.WriterOption) []byte {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[T](&b, options...)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// newParquet opens a file in this process and finds the places in it.
func newParquet(in []byte, places []string) (*tableRows, error) {
	p, h, err := openParquet(bytes.NewReader(in), int64(len(in)))
	if err != nil {
		return nil, err
	}
	err = h.find(&Config{}, places, nil)
	return newTable(p, h, nil), err
}

func TestParquet_ValuesAsText(t *testing.T) {
	type inner struct {
		City string `parquet:"city"`
		Zip  *int32 `parquet:"zip,optional"`
	}
	type record struct {
		Text    string    `parquet:"text"`
		Maybe   *string   `parquet:"maybe,optional"`
		Small   int32     `parquet:"small"`
		Big     int64     `parquet:"big"`
		Count   uint64    `parquet:"count"`
		Real    float64   `parquet:"real"`
		Short   float32   `parquet:"short"`
		NaN     float64   `parquet:"nan"`
		Yes     bool      `parquet:"yes"`
		Day     int32     `parquet:"day,date"`
		Millis  int64     `parquet:"millis,timestamp(millisecond)"`
		Micros  time.Time `parquet:"micros,timestamp(microsecond)"`
		Nanos   int64     `parquet:"nanos,timestamp(nanosecond)"`
		Local   int64     `parquet:"local,timestamp(microsecond:local)"`
		Clock   int64     `parquet:"clock,time(microsecond)"`
		Money   int64     `parquet:"money,decimal(2:18)"`
		Cents   int32     `parquet:"cents,decimal(3:9)"`
		ID      [16]byte  `parquet:"id,uuid"`
		Tags    []string  `parquet:"tags,list"`
		Address inner     `parquet:"address"`
	}
	at := time.Date(2025, 3, 1, 10, 20, 30, 123456000, time.UTC)
	text := parquetOf(t, []record{{
		Text: "007", Small: -5, Big: math.MinInt64, Count: math.MaxUint64, Real: 0.1, Short: 0.1, NaN: math.NaN(), Yes: true,
		Day: -1, Millis: at.UnixMilli(), Micros: at, Nanos: at.UnixNano() + 7, Local: at.UnixMicro(), Clock: 3661000001, Money: -5, Cents: 12345,
		ID: [16]byte{0x12, 0x34, 15: 0xff}, Tags: []string{"a", `b"c`}, Address: inner{City: "Oslo"},
	}})
	places := []string{"text", "maybe", "small", "big", "count", "real", "short", "nan", "yes", "day", "millis", "micros", "nanos", "local", "clock", "money", "cents", "id", "tags", "address.city"}
	p, err := newParquet(text, places)
	if err != nil {
		t.Fatal(err)
	}
	defer p.t.close()
	values := make([]connectors.Value, len(places))
	if got, err := p.next(values); err != nil || got.bad != nil {
		t.Fatal(err, got.bad)
	}
	type shown struct {
		Kind connectors.ValueKind
		Text string
	}
	got := map[string]shown{}
	for i, v := range values {
		got[places[i]] = shown{v.Kind, string(v.Bytes)}
	}
	const str, num = connectors.String, connectors.Number
	want := map[string]shown{
		"text": {str, "007"}, "maybe": {connectors.Null, ""}, "small": {num, "-5"}, "big": {num, "-9223372036854775808"}, "count": {num, "18446744073709551615"},
		"real": {num, "0.1"}, "short": {num, "0.1"}, "nan": {str, "NaN"}, "yes": {connectors.Boolean, "true"}, "day": {str, "1969-12-31"},
		"millis": {str, "2025-03-01T10:20:30.123Z"}, "micros": {str, "2025-03-01T10:20:30.123456Z"}, "nanos": {str, "2025-03-01T10:20:30.123456007Z"},
		"local": {str, "2025-03-01T10:20:30.123456"}, "clock": {str, "01:01:01.000001"}, "money": {num, "-0.05"}, "cents": {num, "12.345"},
		"id": {str, "12340000-0000-0000-0000-0000000000ff"}, "tags": {connectors.Nested, `["a","b\"c"]`}, "address.city": {str, "Oslo"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if rest, n := p.rest(); n != 0 {
		t.Errorf("rest = %s", rest)
	}
}

// A page header that asks for far more memory than the file is long is refused before anything is allocated for it.
func TestParquet_Limits(t *testing.T) {
	type record struct {
		ID *string `parquet:"id,optional"`
	}
	text := parquetOf(t, make([]record, freeRows+maxRowsPerByte*2000))
	if len(text) > 2000 {
		t.Skipf("the file has %d bytes: the writer no longer packs nulls into a few", len(text))
	}
	if _, err := newParquet(text, nil); err == nil {
		t.Errorf("%d bytes with %d rows are taken", len(text), freeRows+maxRowsPerByte*2000)
	}
}

// FuzzParquet: a broken file gives an error or rows, never a panic, and never more rows than the limits allow.
func FuzzParquet(f *testing.F) {
	type record struct {
		ID    string   `parquet:"id"`
		Value *float64 `parquet:"value,optional"`
		Tags  []int32  `parquet:"tags,list"`
	}
	v := 1.5
	rows := []record{{"a", &v, []int32{1, 2}}, {"b", nil, nil}, {"c", &v, nil}}
	f.Add(parquetOf(f, rows))
	f.Add(parquetOf(f, rows, parquet.Compression(&parquet.Zstd)))
	f.Add(parquetOf(f, rows, parquet.DataPageVersion(1), parquet.Compression(&parquet.Snappy)))
	f.Add([]byte("PAR1PAR1"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := newParquet(text, nil)
		if err != nil {
			return
		}
		defer p.t.close()
		for n := 0; ; n++ {
			if _, err := p.next(nil); err != nil {
				return
			}
			p.rest()
			if n > freeRows+maxRowsPerByte*len(text) {
				t.Fatal("more rows than a file of this size may have")
			}
		}
	})
}
