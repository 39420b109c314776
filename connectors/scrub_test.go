package connectors

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The numbers are those that schemes publish as examples: test cards, the IBANs of the registry's documentation, numbers that
// the British and American regulators keep for fiction.
func TestScrub(t *testing.T) {
	const email, card, account, phone = ScrubbedEmail, ScrubbedCard, ScrubbedAccount, ScrubbedPhone
	for text, want := range map[string]struct {
		text  string
		found []string
	}{
		"nothing to see":                         {"nothing to see", nil},
		"":                                       {"", nil},
		"write to jo.bloggs+x@mail.example.com!": {"write to [e-mail]!", []string{email}},
		"müller@exämple.de, a@b":                 {"[e-mail], a@b", []string{email}},
		"card 4111 1111 1111 1111 was":           {"card [card] was", []string{card}},
		"5500-0000-0000-0004":                    {"[card]", []string{card}},
		"378282246310005":                        {"[card]", []string{card}},
		"4111 1111 1111 1112":                    {"[account]", []string{account}},
		"pay GB82 WEST 1234 5698 7654 32 now":    {"pay [account] now", []string{account}},
		"DE89370400440532013000":                 {"[account]", []string{account}},
		"GB82 WEST 1234 5698 7654 33":            {"GB82 WEST [account]", []string{account}},
		"call +44 20 7946 0958":                  {"call [phone]", []string{phone}},
		"call 020 7946 0958 or (202) 555-0143, 01632960983": {"call [phone] or [phone], [phone]", []string{phone, phone, phone}},
		"account 12345678":                                  {"account [account]", []string{account}},
		"since 2025-01-31 10:15 or 31.01.2025":              {"since 2025-01-31 10:15 or 31.01.2025", nil},
		"31/01/2025, 2 of 10, 3.5 hours, 1,000,000 times":   {"31/01/2025, 2 of 10, 3.5 hours, 1,000,000 times", nil},
		"waited 45 minutes, 12 calls, ticket 123456":        {"waited 45 minutes, 12 calls, ticket 123456", nil},
		"a@b.example and 4111111111111111 and 020 79460958": {"[e-mail] and [card] and [phone]", []string{email, card, phone}},
	} {
		var found []string
		got := string(scrub([]byte(text), func(what string) { found = append(found, what) }))
		if got != want.text {
			t.Errorf("%q becomes %q, want %q", text, got, want.text)
		}
		if d := cmp.Diff(want.found, found); d != "" {
			t.Errorf("%q: %s", text, d)
		}
	}
}

// What was scrubbed is counted, and nothing of it is shown.
func TestBinder_ScrubsFreeText(t *testing.T) {
	b := bind(t, feedback())
	cells := map[string]string{"id": "12345678", "at": "2025-01-01T00:00:00Z", "Q1": "9", "words": "mail me: a@b.example, 020 7946 0958"}
	if _, _, _, bad := b.Bind(row(b, cells), nil, 0); bad != nil {
		t.Fatal(bad.Detail)
	}
	got := table(b.Batch())[0]
	if got["comment"] != "mail me: [e-mail], [phone]" || got["feedback_id"] != "12345678" {
		t.Error(got)
	}
	want := []Tally{{Field: "comment", What: ScrubbedEmail, Values: 1}, {Field: "comment", What: ScrubbedPhone, Values: 1}}
	if d := cmp.Diff(want, b.Tallies()); d != "" {
		t.Error(d)
	}
}

// FuzzScrub: a text changes exactly when something is counted, and reading never fails.
func FuzzScrub(f *testing.F) {
	for _, s := range []string{"a@b.example 4111 1111 1111 1111", "GB82 WEST 1234 5698 7654 32", "+44 20 7946 0958 2025-01-31", "@@1234567(", "é\xff1234567"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		found := 0
		out := scrub(bytes.Clone(in), func(string) { found++ })
		if found == 0 && !bytes.Equal(in, out) {
			t.Errorf("%q became %q, and nothing is counted", in, out)
		}
	})
}
