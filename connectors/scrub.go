package connectors

import (
	"bytes"
	"regexp"
)

// People write down in free text what a form never asked them for. Fields of free text are therefore searched before they are
// kept, and what identifies somebody is replaced by a word in brackets and counted. What is looked for has a form of its own;
// names and addresses have none and stay.
//
// A number of seven digits or more is a card if its check digit is right, a telephone if it begins like one, and otherwise an
// account; days and times stay.
var (
	scrubEmail  = regexp.MustCompile(`[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2,}`)
	scrubIBAN   = regexp.MustCompile(`\b[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]{4}){2,7}(?: ?[A-Za-z0-9]{1,3})?\b`)
	scrubNumber = regexp.MustCompile(`(?:\+|\()?\d(?:[ ().\-/\x{00a0}]{0,2}\d){5,}`)
	scrubDay    = regexp.MustCompile(`^(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})(?:[ .-]+\d{1,2})?$`)
)

// The classes of what is scrubbed, as Tally.What.
const (
	ScrubbedEmail   = "scrubbed_email"
	ScrubbedCard    = "scrubbed_card"
	ScrubbedAccount = "scrubbed_account"
	ScrubbedPhone   = "scrubbed_phone"
)

var scrubWords = map[string][]byte{
	ScrubbedEmail: []byte("[e-mail]"), ScrubbedCard: []byte("[card]"), ScrubbedAccount: []byte("[account]"), ScrubbedPhone: []byte("[phone]"),
}

// scrub returns a text without what identifies somebody, and calls found for each. A text that holds nothing of the kind is
// returned as it is.
func scrub(text []byte, found func(what string)) []byte {
	digits := 0
	for _, c := range text {
		if c-'0' <= 9 {
			digits++
		}
	}
	replace := func(what string) []byte {
		found(what)
		return scrubWords[what]
	}
	if bytes.IndexByte(text, '@') >= 0 {
		text = scrubEmail.ReplaceAllFunc(text, func([]byte) []byte { return replace(ScrubbedEmail) })
	}
	if digits < 7 {
		return text
	}
	text = scrubIBAN.ReplaceAllFunc(text, func(b []byte) []byte {
		if !isIBAN(b) {
			return b
		}
		return replace(ScrubbedAccount)
	})
	return scrubNumber.ReplaceAllFunc(text, func(b []byte) []byte {
		number := make([]byte, 0, 24)
		for _, c := range b {
			if c-'0' <= 9 {
				number = append(number, c)
			}
		}
		switch {
		case len(number) < 7 || scrubDay.Match(b):
			return b
		case len(number) >= 13 && len(number) <= 19 && isCard(number):
			return replace(ScrubbedCard)
		case len(number) <= 15 && (b[0] == '+' || b[0] == '(' || b[0] == '0'):
			return replace(ScrubbedPhone)
		}
		return replace(ScrubbedAccount)
	})
}

// isCard checks the last digit by Luhn's rule (ISO/IEC 7812).
func isCard(digits []byte) bool {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// isIBAN checks the two check digits (ISO 13616): the first four letters go to the end, letters count from 10, and the number
// leaves 1 when it is divided by 97.
func isIBAN(b []byte) bool {
	b = bytes.ToUpper(bytes.ReplaceAll(b, []byte(" "), nil))
	rest := 0
	for _, c := range append(bytes.Clone(b[4:]), b[:4]...) {
		if c >= 'A' {
			rest = (rest*100 + int(c-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(c-'0')) % 97
		}
	}
	return rest == 1
}
