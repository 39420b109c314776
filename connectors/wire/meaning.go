package wire

import (
	"math"
	"strconv"
	"time"
)

// meaning is what a plain number or piece of bytes stands for in schemas that can say so. Such values become texts that
// the mapping's default layouts read: an instant in RFC 3339 in UTC, a date as 2006-01-02, a local time without an
// offset, a decimal as its exact digits. Without a meaning a number stays the number that it is.
type meaning uint8

const (
	plainly meaning = iota
	aDecimal
	aVariableDecimal
	aDate // days since 1970
	aTimeMillis
	aTimeMicros
	aTimeNanos
	anInstantMillis
	anInstantMicros
	anInstantNanos
	aLocalMillis // of a clock whose zone is not told
	aLocalMicros
	aLocalNanos
	aDuration // twelve bytes: months, days, milliseconds
)

// connectMeaning reads the names that Kafka Connect and Debezium give to types, in Avro as connect.name, in JSON as the
// name in the schema beside the payload.
func connectMeaning(name string) meaning {
	switch name {
	case "org.apache.kafka.connect.data.Decimal":
		return aDecimal
	case "org.apache.kafka.connect.data.Date", "io.debezium.time.Date":
		return aDate
	case "org.apache.kafka.connect.data.Time", "io.debezium.time.Time":
		return aTimeMillis
	case "io.debezium.time.MicroTime":
		return aTimeMicros
	case "io.debezium.time.NanoTime":
		return aTimeNanos
	case "org.apache.kafka.connect.data.Timestamp":
		return anInstantMillis
	case "io.debezium.time.Timestamp":
		return aLocalMillis
	case "io.debezium.time.MicroTimestamp":
		return aLocalMicros
	case "io.debezium.time.NanoTimestamp":
		return aLocalNanos
	case "io.debezium.data.VariableScaleDecimal":
		return aVariableDecimal
	}
	return plainly
}

// appendWhole appends a whole number, as what it means.
func appendWhole(out []byte, m meaning, v int64) []byte {
	var t time.Time
	switch m {
	case aDate:
		const most = math.MaxInt64 / 86400
		if v > most || v < -most {
			return strconv.AppendInt(out, v, 10)
		}
		out = time.Unix(v*86400, 0).UTC().AppendFormat(append(out, '"'), time.DateOnly)
		return append(out, '"')
	case aTimeMillis, aTimeMicros, aTimeNanos:
		t = map[meaning]func(int64) time.Time{aTimeMillis: time.UnixMilli, aTimeMicros: time.UnixMicro, aTimeNanos: unixNano}[m](v)
		out = t.UTC().AppendFormat(append(out, '"'), "15:04:05.999999999")
		return append(out, '"')
	case anInstantMillis, aLocalMillis:
		t = time.UnixMilli(v)
	case anInstantMicros, aLocalMicros:
		t = time.UnixMicro(v)
	case anInstantNanos, aLocalNanos:
		t = unixNano(v)
	default:
		return strconv.AppendInt(out, v, 10)
	}
	out = t.UTC().AppendFormat(append(out, '"'), time.RFC3339Nano)
	if m >= aLocalMillis {
		out = out[:len(out)-1] // the Z
	}
	return append(out, '"')
}

func unixNano(v int64) time.Time { return time.Unix(0, v) }

// appendReal appends the shortest digits that give the same number back at its own width. What JSON has no number for
// becomes a text, which no numeric field takes.
func appendReal(out []byte, v float64, bits int) []byte {
	switch {
	case math.IsNaN(v):
		return append(out, `"NaN"`...)
	case math.IsInf(v, 1):
		return append(out, `"Infinity"`...)
	case math.IsInf(v, -1):
		return append(out, `"-Infinity"`...)
	}
	return strconv.AppendFloat(out, v, 'g', -1, bits)
}
