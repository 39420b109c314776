package wire

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"unicode/utf8"

	"github.com/hamba/avro/v2"

	"insideout/connectors"
)

// avroNode is one place of an Avro schema, made ready for reading.
type avroNode struct {
	kind    avro.Type
	meaning meaning
	scale   int         // of decimals
	size    int         // of fixed values
	names   []string    // of the fields of a record, quoted and with their colon; symbols of an enum, quoted
	parts   []*avroNode // fields of a record, branches of a union, the elements of an array or map
}

// avroSchema is a schema as the registry gave it. References are parsed first, each into the names that the next may use.
func avroSchema(b *bundle) (*avroNode, []string, error) {
	cache := &avro.SchemaCache{}
	for _, r := range b.References {
		if _, err := avro.ParseWithCache(r.Schema, "", cache); err != nil {
			return nil, nil, fmt.Errorf("reference %s: %w", r.Name, err)
		}
	}
	s, err := avro.ParseWithCache(b.Schema, "", cache)
	if err != nil {
		return nil, nil, err
	}
	root, err := (&avroCompiler{named: map[string]*avroNode{}}).node(s)
	if err != nil {
		return nil, nil, err
	}
	var fields []string
	if r, ok := s.(*avro.RecordSchema); ok {
		for _, f := range r.Fields() {
			fields = append(fields, f.Name())
		}
	}
	return root, fields, nil
}

type avroCompiler struct {
	named map[string]*avroNode // by full name: a schema may hold itself
	depth int
}

func (c *avroCompiler) node(s avro.Schema) (*avroNode, error) {
	if c.depth++; c.depth > 4*MaxDepth {
		return nil, fmt.Errorf("more than %d levels", 4*MaxDepth)
	}
	defer func() { c.depth-- }()
	if r, ok := s.(*avro.RefSchema); ok {
		s = r.Schema()
	}
	n := &avroNode{kind: s.Type()}
	if named, ok := s.(avro.NamedSchema); ok {
		if known := c.named[named.FullName()]; known != nil {
			return known, nil
		}
		c.named[named.FullName()] = n
	}
	if p, ok := s.(avro.PropertySchema); ok {
		if name, ok := p.Prop("connect.name").(string); ok {
			n.meaning = connectMeaning(name)
		}
	}
	if l, ok := s.(avro.LogicalTypeSchema); ok && l.Logical() != nil {
		if m, ok := avroMeanings[l.Logical().Type()]; ok {
			n.meaning = m
		}
		if d, ok := l.Logical().(*avro.DecimalLogicalSchema); ok {
			n.scale = d.Scale()
		}
	}
	part := func(s avro.Schema) error {
		child, err := c.node(s)
		n.parts = append(n.parts, child)
		return err
	}
	switch s := s.(type) {
	case *avro.RecordSchema:
		n.kind = avro.Record // an error is one too
		for _, f := range s.Fields() {
			n.names = append(n.names, string(connectors.AppendJSONString(nil, f.Name()))+":")
			if err := part(f.Type()); err != nil {
				return nil, err
			}
		}
	case *avro.EnumSchema:
		for _, symbol := range s.Symbols() {
			n.names = append(n.names, string(connectors.AppendJSONString(nil, symbol)))
		}
	case *avro.ArraySchema:
		return n, part(s.Items())
	case *avro.MapSchema:
		return n, part(s.Values())
	case *avro.UnionSchema:
		for _, t := range s.Types() {
			if err := part(t); err != nil {
				return nil, err
			}
		}
	case *avro.FixedSchema:
		n.size = s.Size()
	case *avro.PrimitiveSchema, *avro.NullSchema:
	default:
		return nil, fmt.Errorf("unknown kind of schema %T", s)
	}
	return n, nil
}

var avroMeanings = map[avro.LogicalType]meaning{
	avro.Decimal: aDecimal, avro.Date: aDate, avro.TimeMillis: aTimeMillis, avro.TimeMicros: aTimeMicros,
	avro.TimestampMillis: anInstantMillis, avro.TimestampMicros: anInstantMicros,
	avro.LocalTimestampMillis: aLocalMillis, avro.LocalTimestampMicros: aLocalMicros, avro.Duration: aDuration,
}

var (
	errAvroShort = errors.New("the value ends too early for its schema")
	errAvroLong  = errors.New("bytes are left over behind the value: it was not written with this schema")
	errDeep      = fmt.Errorf("more than %d levels", MaxDepth)
	errLarge     = fmt.Errorf("the value becomes more than %d bytes", MaxSize)
	errUTF8      = errors.New("a text is not UTF-8")
)

// avroReader writes the JSON of an Avro value. It trusts nothing: every length is checked against what is left, and a
// block that claims a million empty elements ends at MaxSize like any other.
type avroReader struct {
	b     []byte
	out   []byte
	depth int
}

// appendAvro appends the value as JSON.
func appendAvro(out, value []byte, n *avroNode) ([]byte, error) {
	r := avroReader{b: value, out: out}
	if err := r.value(n); err != nil {
		return out, err
	}
	if len(r.b) > 0 {
		return out, errAvroLong
	}
	return r.out, nil
}

func (r *avroReader) long() (int64, error) {
	if len(r.b) > 0 && r.b[0] < 0x80 {
		u := int64(r.b[0])
		r.b = r.b[1:]
		return u>>1 ^ -(u & 1), nil
	}
	v, n := binary.Varint(r.b)
	if n <= 0 {
		return 0, errAvroShort
	}
	r.b = r.b[n:]
	return v, nil
}

func (r *avroReader) take(n int64) ([]byte, error) {
	if n < 0 || n > int64(len(r.b)) {
		return nil, errAvroShort
	}
	v := r.b[:n]
	r.b = r.b[n:]
	return v, nil
}

func (r *avroReader) bytes() ([]byte, error) {
	n, err := r.long()
	if err != nil {
		return nil, err
	}
	return r.take(n)
}

func (r *avroReader) value(n *avroNode) error {
	if len(r.out) > MaxSize {
		return errLarge
	}
	switch n.kind {
	case avro.Null:
		r.out = append(r.out, "null"...)
	case avro.Boolean:
		v, err := r.take(1)
		if err != nil {
			return err
		}
		if v[0] > 1 {
			return fmt.Errorf("a boolean is %d", v[0])
		}
		r.out = strconv.AppendBool(r.out, v[0] == 1)
	case avro.Int, avro.Long:
		v, err := r.long()
		if err != nil {
			return err
		}
		if n.kind == avro.Int && v != int64(int32(v)) {
			return fmt.Errorf("an int is %d, which has more than 32 bits", v)
		}
		r.out = appendWhole(r.out, n.meaning, v)
	case avro.Float:
		v, err := r.take(4)
		if err != nil {
			return err
		}
		r.out = appendReal(r.out, float64(math.Float32frombits(binary.LittleEndian.Uint32(v))), 32)
	case avro.Double:
		v, err := r.take(8)
		if err != nil {
			return err
		}
		r.out = appendReal(r.out, math.Float64frombits(binary.LittleEndian.Uint64(v)), 64)
	case avro.String:
		v, err := r.bytes()
		if err != nil {
			return err
		}
		if !utf8.Valid(v) {
			return errUTF8
		}
		r.out = connectors.AppendJSONString(r.out, v)
	case avro.Bytes, avro.Fixed:
		return r.binary(n)
	case avro.Enum:
		v, err := r.long()
		if err != nil {
			return err
		}
		if v < 0 || v >= int64(len(n.names)) {
			return fmt.Errorf("an enum of %d symbols has the number %d", len(n.names), v)
		}
		r.out = append(r.out, n.names[v]...)
	case avro.Union:
		v, err := r.long()
		if err != nil {
			return err
		}
		if v < 0 || v >= int64(len(n.parts)) {
			return fmt.Errorf("a union of %d branches has the number %d", len(n.parts), v)
		}
		return r.value(n.parts[v])
	default:
		return r.container(n)
	}
	return nil
}

func (r *avroReader) binary(n *avroNode) (err error) {
	var v []byte
	if n.kind == avro.Fixed {
		v, err = r.take(int64(n.size))
	} else {
		v, err = r.bytes()
	}
	switch {
	case err != nil:
		return err
	case n.meaning == aDecimal:
		r.out = appendDecimal(r.out, v, n.scale)
	case n.meaning == aDuration && len(v) == 12:
		r.out = fmt.Appendf(r.out, `{"months":%d,"days":%d,"milliseconds":%d}`,
			binary.LittleEndian.Uint32(v), binary.LittleEndian.Uint32(v[4:]), binary.LittleEndian.Uint32(v[8:]))
	default:
		r.out = appendBase64(r.out, v)
	}
	return nil
}

func (r *avroReader) container(n *avroNode) error {
	if r.depth++; r.depth > MaxDepth {
		return errDeep
	}
	defer func() { r.depth-- }()
	if n.kind == avro.Record {
		if n.meaning == aVariableDecimal {
			return r.variableDecimal(n)
		}
		r.out = append(r.out, '{')
		for i, part := range n.parts {
			if i > 0 {
				r.out = append(r.out, ',')
			}
			r.out = append(r.out, n.names[i]...)
			if err := r.value(part); err != nil {
				return err
			}
		}
		r.out = append(r.out, '}')
		return nil
	}
	open, closes := byte('['), byte(']')
	if n.kind == avro.Map {
		open, closes = '{', '}'
	}
	r.out = append(r.out, open)
	for first := true; ; {
		count, err := r.long()
		if err != nil {
			return err
		}
		if count < 0 {
			if count == math.MinInt64 {
				return errAvroShort
			}
			count = -count
			if _, err := r.long(); err != nil { // bytes of the block, for those who skip it
				return err
			}
		}
		if count == 0 {
			r.out = append(r.out, closes)
			return nil
		}
		for ; count > 0; count-- {
			if !first {
				r.out = append(r.out, ',')
			}
			first = false
			if n.kind == avro.Map {
				key, err := r.bytes()
				if err != nil {
					return err
				}
				if !utf8.Valid(key) {
					return errUTF8
				}
				r.out = append(connectors.AppendJSONString(r.out, key), ':')
			}
			if err := r.value(n.parts[0]); err != nil {
				return err
			}
		}
	}
}

// variableDecimal reads Debezium's decimal whose scale stands beside it: {scale int, value bytes}.
func (r *avroReader) variableDecimal(n *avroNode) error {
	var scale int64
	var digits []byte
	for i, name := range n.names {
		var err error
		switch part := n.parts[i]; {
		case name == `"scale":` && part.kind == avro.Int:
			scale, err = r.long()
		case name == `"value":` && part.kind == avro.Bytes:
			digits, err = r.bytes()
		default:
			err = fmt.Errorf("a decimal of variable scale has a member %s", name)
		}
		if err != nil {
			return err
		}
	}
	if scale < -maxScale || scale > maxScale {
		return fmt.Errorf("a decimal has the scale %d", scale)
	}
	r.out = appendDecimal(r.out, digits, int(scale))
	return nil
}

// maxScale bounds the zeros that a decimal may be written with.
const maxScale = 1000

// appendDecimal appends a two's complement number with its point moved, digit by digit.
func appendDecimal(out, v []byte, scale int) []byte {
	var digits string
	negative := len(v) > 0 && v[0] >= 0x80
	if len(v) <= 8 {
		var u uint64
		if negative {
			u = math.MaxUint64
		}
		for _, c := range v {
			u = u<<8 | uint64(c)
		}
		if negative {
			u = -u
		}
		digits = strconv.FormatUint(u, 10)
	} else {
		n := new(big.Int).SetBytes(v)
		if negative {
			n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(v))))
			n.Neg(n)
		}
		digits = n.String()
	}
	if negative {
		out = append(out, '-')
	}
	if scale < 0 {
		out = append(out, digits...)
		if digits != "0" {
			for range -scale {
				out = append(out, '0')
			}
		}
		return out
	}
	for pad := scale + 1 - len(digits); pad > 0; pad-- {
		digits = "0" + digits
	}
	whole := len(digits) - scale
	out = append(out, digits[:whole]...)
	if scale > 0 {
		out = append(append(out, '.'), digits[whole:]...)
	}
	return out
}

func appendBase64(out, v []byte) []byte {
	return append(base64.StdEncoding.AppendEncode(append(out, '"'), v), '"')
}
