package kafka

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go/compress"
	"github.com/segmentio/kafka-go/compress/snappy"
	"github.com/segmentio/kafka-go/protocol"
)

// written encodes records with kafka-go, which is the other side here: this package only reads.
func written(t testing.TB, attributes protocol.Attributes, records ...protocol.Record) []byte {
	t.Helper()
	var b bytes.Buffer
	set := protocol.RecordSet{Version: 2, Attributes: attributes, Records: protocol.NewRecordReader(records...)}
	if _, err := set.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()[4:] // without the length in front
}

// at moves a batch to another base offset, which its checksum does not cover.
func at(batch []byte, base int64) []byte {
	batch = slices.Clone(batch)
	binary.BigEndian.PutUint64(batch, uint64(base))
	return batch
}

// resealed makes the checksum right again after a change.
func resealed(batch []byte) []byte {
	binary.BigEndian.PutUint32(batch[batchChecksum:], crc32.Checksum(batch[batchAttributes:], crc32.MakeTable(crc32.Castagnoli)))
	return batch
}

func message(offset int64, key, value string) protocol.Record {
	r := protocol.Record{Offset: offset, Time: time.UnixMilli(1700000000000 + offset), Value: protocol.NewBytes([]byte(value)),
		Headers: []protocol.Header{{Key: "trace", Value: []byte("abc")}, {Key: "empty"}}}
	if key != "" {
		r.Key = protocol.NewBytes([]byte(key))
	}
	return r
}

// readAll returns "offset key value" of every record of a set.
func readAll(set []byte) ([]string, error) {
	var lines []string
	var f inflater
	defer f.close()
	for len(set) > 0 {
		b, rest, err := nextBatch(set)
		if err != nil {
			return lines, err
		}
		data, err := f.open(&b)
		if err != nil {
			return lines, err
		}
		for range b.count {
			var r record
			if r, data, err = nextRecord(data, b.base); err != nil {
				return lines, err
			}
			value := string(r.value)
			if r.value == nil {
				value = "nil"
			}
			lines = append(lines, fmt.Sprintf("%d %s %s", r.offset, r.key, value))
		}
		if len(data) != 0 {
			return lines, fmt.Errorf("%d bytes left", len(data))
		}
		set = rest
	}
	return lines, nil
}

func TestRecords_EveryCodec(t *testing.T) {
	long := strings.Repeat("a long value that compresses. ", 20_000) // several frames of every codec, a varint of three bytes
	records := func() []protocol.Record {
		return []protocol.Record{message(0, "k", `{"id":1}`), message(1, "", ""), message(2, "key", long),
			{Offset: 3, Time: time.UnixMilli(1700000000000)}}
	}
	want := []string{`100 k {"id":1}`, "101  ", "102 key " + long, "103  nil"}
	for _, codec := range []compress.Compression{compress.None, compress.Gzip, compress.Snappy, compress.Lz4, compress.Zstd} {
		t.Run(codec.String(), func(t *testing.T) {
			got, err := readAll(at(written(t, protocol.Attributes(codec), records()...), 100))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, want) {
				t.Errorf("got %.200q, want %.200q", got, want)
			}
		})
	}
	t.Run("snappy without xerial frames", func(t *testing.T) {
		plain := at(written(t, 0, records()...), 100)
		var packed bytes.Buffer
		w := (&snappy.Codec{Framing: snappy.Unframed}).NewWriter(&packed)
		w.Write(plain[batchHeader:])
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		batch := append(slices.Clone(plain[:batchHeader]), packed.Bytes()...)
		binary.BigEndian.PutUint32(batch[batchLength:], uint32(len(batch)-batchEpoch))
		binary.BigEndian.PutUint16(batch[batchAttributes:], uint16(compress.Snappy))
		got, err := readAll(resealed(batch))
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("got %.200q, %v", got, err)
		}
	})
}

func TestRecords_Damage(t *testing.T) {
	whole := written(t, 0, message(0, "k", "v"), message(1, "k", "w"))
	change := func(f func(b []byte)) []byte {
		b := slices.Clone(whole)
		f(b)
		return b
	}
	for _, c := range []struct {
		name string
		set  []byte
		want string
	}{
		{"flipped bit in a value", change(func(b []byte) { b[len(b)-1] ^= 1 }), "checksum does not match"},
		{"old message format", change(func(b []byte) { b[batchMagic] = 1 }), "message format 1 is not read"},
		{"negative length", change(func(b []byte) { b[batchLength] = 0xff }), "shorter than a header"},
		{"more records than offsets", change(func(b []byte) { binary.BigEndian.PutUint32(b[batchCount:], 9); resealed(b) }), "and 9 records"},
		{"unknown codec", change(func(b []byte) { b[batchAttributes+1] = 7; resealed(b) }), "unknown compression 7"},
		{"not what the codec says", change(func(b []byte) { b[batchAttributes+1] = byte(compress.Gzip); resealed(b) }), "gzip"},
		{"record longer than the batch", change(func(b []byte) { b[batchHeader] = 0x7e; resealed(b) }), "does not fit"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := readAll(c.set)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want …%s…", err, c.want)
			}
		})
	}
	for n := range len(whole) {
		if _, _, err := nextBatch(whole[:n]); !errors.Is(err, errPartial) {
			t.Fatalf("cut to %d bytes: %v, want errPartial", n, err)
		}
	}
}

// A batch that inflates without end, or says that it will, must stop at the limit and not at the end of the memory.
func TestInflate_Bounds(t *testing.T) {
	bomb := func(kind compress.Compression) []byte {
		var packed bytes.Buffer
		w := kind.Codec().NewWriter(&packed)
		zeros := make([]byte, 1<<20)
		for range maxInflated>>20 + 2 {
			w.Write(zeros)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return packed.Bytes()
	}
	for _, c := range []struct {
		name   string
		kind   compress.Compression
		packed []byte
	}{
		{"gzip", compress.Gzip, bomb(compress.Gzip)},
		{"lz4", compress.Lz4, bomb(compress.Lz4)},
		{"zstd", compress.Zstd, bomb(compress.Zstd)},
		{"snappy in frames", compress.Snappy, bomb(compress.Snappy)},
		{"zstd frame with a window of 512 MiB", compress.Zstd, []byte{0x28, 0xb5, 0x2f, 0xfd, 0, 19 << 3, 9, 0, 0, 'a'}},
		{"snappy block of 4 GiB", compress.Snappy, []byte{0xff, 0xff, 0xff, 0xff, 0x0f, 0, 'a'}},
		{"xerial frame of 4 GiB", compress.Snappy, append(append([]byte{}, xerial...), 0, 0, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xf0, 1, 2)},
		{"xerial header cut off", compress.Snappy, append(append([]byte{}, xerial...), 0)},
		{"xerial length cut off", compress.Snappy, append(append([]byte{}, xerial...), 0, 0, 0, 1, 0, 0, 0, 1, 0)},
	} {
		t.Run(c.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			var f inflater
			defer f.close()
			if data, err := f.inflate(c.kind, c.packed); err == nil {
				t.Errorf("became %d bytes", len(data))
			}
			runtime.ReadMemStats(&after)
			if took := after.TotalAlloc - before.TotalAlloc; took > 7*maxInflated {
				t.Errorf("took %d MiB", took>>20)
			}
		})
	}
}

// FuzzRecords reads anything: it must not panic, and every record must lie within what its batch's header says.
func FuzzRecords(f *testing.F) {
	for _, codec := range []compress.Compression{compress.None, compress.Gzip, compress.Snappy, compress.Lz4, compress.Zstd} {
		f.Add(written(f, protocol.Attributes(codec), message(0, "k", "v"), message(1, "", strings.Repeat("w", 300))))
	}
	f.Fuzz(func(t *testing.T, set []byte) {
		var inflater inflater
		defer inflater.close()
		var stable stable
		stable.reset([]aborted{{producer: 1, first: 0}})
		for len(set) > 0 {
			b, rest, err := nextBatch(set)
			if err != nil {
				return
			}
			if b.last < b.base || len(rest) >= len(set) {
				t.Fatalf("batch %d to %d, %d bytes of %d left", b.base, b.last, len(rest), len(set))
			}
			stable.skip(&b)
			// The checksum guards against chance, not against malice: read on as if it matched.
			b.checksum = crc32.Checksum(b.whole, castagnoli)
			data, err := inflater.open(&b)
			for n := int32(0); err == nil && n < b.count; n++ {
				var r record
				if r, data, err = nextRecord(data, b.base); err == nil && r.offset < b.base {
					t.Fatalf("record %d before its batch at %d", r.offset, b.base)
				}
				if err == nil {
					if headers, err := appendHeaders(nil, r.headers); err == nil && 2*len(headers) > len(r.headers) {
						t.Fatalf("%d headers in %d bytes", len(headers), len(r.headers))
					}
				}
			}
			set = rest
		}
	})
}
