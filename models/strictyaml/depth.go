package strictyaml

import (
	"fmt"

	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// Limits of a file. The parser's work grows with the square of the depth, and it calls itself once a level: 100,000 brackets
// are a hundred kilobytes, and minutes. No file that a person writes is near these.
const (
	MaxBytes = 16 << 20
	MaxDepth = 64
)

// tokenize cuts a file into tokens and refuses one that nests too deep, before anything is built of it.
func tokenize(data []byte) (token.Tokens, *Problem) {
	if len(data) > MaxBytes {
		return nil, &Problem{Message: fmt.Sprintf("it has %d bytes; more than %d MiB are not read", len(data), MaxBytes>>20), Hint: "is it the right file?"}
	}
	tokens := lexer.Tokenize(string(data))
	var blocks []int // columns where the open blocks begin
	flow, marks, line := 0, 0, 0
	for _, t := range tokens {
		opens := t.Position.Line != line && flow == 0
		line = t.Position.Line
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			flow++
		case token.MappingEndType, token.SequenceEndType:
			flow--
		case token.SequenceEntryType, token.MappingKeyType:
			opens = true
		case token.TagType, token.AnchorType:
			marks++ // each is a level of its own around what it marks
		default:
			marks = 0
		}
		if opens {
			column := t.Position.Column
			for len(blocks) > 0 && blocks[len(blocks)-1] >= column {
				blocks = blocks[:len(blocks)-1]
			}
			blocks = append(blocks, column)
		}
		if len(blocks)+flow+marks > MaxDepth {
			return nil, &Problem{Line: line, Message: fmt.Sprintf("it nests deeper than %d levels", MaxDepth), Hint: "write it flatter"}
		}
	}
	return tokens, nil
}
