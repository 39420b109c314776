package lake

import (
	"unsafe"

	"github.com/parquet-go/parquet-go"
)

// cell is a parquet.Value of v0.32.0, field for field. A value that has a level can only be had by calls that copy it three
// times, for each cell of the lake; that is a tenth of the whole way from a CSV file to the lake. So one value of a column is
// made by the library, and the others are copies of it with a text or a number of their own. TestCell_IsAValue holds what is
// made so against what the library makes: when it fails after an update of the library, go back to Value.Level.
type cell struct {
	text               *byte
	bits               uint64 // of a number; the length of a text
	kind               int8
	definition, repeat byte
	column             uint16
}

// Where the sizes differ this does not compile.
var _ [unsafe.Sizeof(cell{})]byte = [unsafe.Sizeof(parquet.Value{})]byte{}

func cellsOf(values []parquet.Value) []cell {
	return unsafe.Slice((*cell)(unsafe.Pointer(unsafe.SliceData(values))), len(values))
}

func cellOf(v parquet.Value) cell { return *(*cell)(unsafe.Pointer(&v)) }
