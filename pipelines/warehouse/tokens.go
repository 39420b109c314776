package warehouse

import "strings"

// token is one word, number, string or sign of SQL; comments and white space are left out.
type token struct {
	kind byte // 'w' word, 'n' number, 's' string, 'q' quoted name, 'p' sign
	text string
	line int // from 1, relative to the text
}

// tokens takes SQL apart as far as a lint needs it. Words come in lower case.
func tokens(text string) []token {
	var out []token
	line := 1
	for i := 0; i < len(text); {
		c := text[i]
		start, at := i, line
		switch {
		case c == '\n':
			line++
			i++
			continue
		case c == ' ' || c == '\t' || c == '\r':
			i++
			continue
		case strings.HasPrefix(text[i:], "--"):
			for i < len(text) && text[i] != '\n' {
				i++
			}
			continue
		case strings.HasPrefix(text[i:], "/*"):
			end := strings.Index(text[i+2:], "*/")
			if end < 0 {
				return out
			}
			line += strings.Count(text[i:i+2+end], "\n")
			i += end + 4
			continue
		case c == '\'' || c == '"':
			i++
			for i < len(text) {
				if text[i] == c {
					if i+1 < len(text) && text[i+1] == c {
						i++
					} else {
						break
					}
				}
				if text[i] == '\n' {
					line++
				}
				i++
			}
			i = min(i+1, len(text))
			kind := byte('s')
			if c == '"' {
				kind = 'q'
			}
			out = append(out, token{kind, text[start:i], at})
			continue
		case isLetter(c):
			for i < len(text) && (isLetter(text[i]) || isDigit(text[i])) {
				i++
			}
			out = append(out, token{'w', strings.ToLower(text[start:i]), at})
			continue
		case isDigit(c):
			for i < len(text) && (isDigit(text[i]) || text[i] == '.') {
				i++
			}
			out = append(out, token{'n', text[start:i], at})
			continue
		}
		width := 1
		for _, sign := range []string{"::", "<>", "<=", ">=", "!=", "||", "->", "//", "**"} {
			if strings.HasPrefix(text[i:], sign) {
				width = 2
			}
		}
		i += width
		out = append(out, token{'p', text[start:i], at})
	}
	return out
}

func isLetter(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
func isDigit(c byte) bool { return c >= '0' && c <= '9' }
