package file

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLabelled(t *testing.T) {
	got := labelled(
		[]string{"Respondent ID", "What\nwent well?", "", "", "Score", "", ""},
		[]string{"", "Speed", "Care", " Other  (please specify)", "", "", "x", "y"})
	want := []string{"Respondent ID", "What went well? / Speed", "What went well? / Care", "What went well? / Other (please specify)", "Score", "", "Score / x", "Score / y"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestCSV_ImportRow(t *testing.T) {
	const rows = "StartDate,Q1,Q3,Q3\nStart,\"Is it\ngood?\",A,B\n"
	for name, c := range map[string]struct {
		third string
		place string
		want  int // column, or -1 for none
		err   string
	}{
		"name":             {`"{""ImportId"":""startDate""}","{""ImportId"":""QID1""}","{""ImportId"":""QID3"",""choiceId"":""1""}","{""ImportId"":""QID3"",""choiceId"":""2""}"`, "Q1", 1, ""},
		"id":               {`"{""ImportId"":""startDate""}","{""ImportId"":""QID1""}","{""ImportId"":""QID3"",""choiceId"":""1""}","{""ImportId"":""QID3"",""choiceId"":""2""}"`, "QID1", 1, ""},
		"no id":            {`a,b,c,d`, "Q1", 0, `header row 3 has "a" where {"ImportId": ...} is wanted`},
		"too many":         {`"{""ImportId"":""1""}","{""ImportId"":""2""}","{""ImportId"":""3""}","{""ImportId"":""4""}","{""ImportId"":""5""}"`, "Q1", 0, "is wanted"},
		"unknown zone":     {`"{""ImportId"":""startDate"",""timeZone"":""Mars/Base""}","{""ImportId"":""2""}","{""ImportId"":""3""}","{""ImportId"":""4""}"`, "Q1", 0, `names the time zone "Mars/Base" of column "StartDate"`},
		"the machine's":    {`"{""ImportId"":""startDate"",""timeZone"":""Local""}","{""ImportId"":""2""}","{""ImportId"":""3""}","{""ImportId"":""4""}"`, "Q1", 0, `time zone "Local"`},
		"id of two":        {`"{""ImportId"":""1""}","{""ImportId"":""2""}","{""ImportId"":""3""}","{""ImportId"":""3""}"`, "3", 0, `it has no column "3"`},
		"name of two":      {`"{""ImportId"":""1""}","{""ImportId"":""2""}","{""ImportId"":""3""}","{""ImportId"":""4""}"`, "Q3", 0, `more than one column "Q3"`},
		"optional, absent": {`"{""ImportId"":""1""}","{""ImportId"":""2""}","{""ImportId"":""3""}","{""ImportId"":""4""}"`, "Q9", -1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := newCSV(newBuffer(strings.NewReader(rows+c.third+"\n1,2,3,4\n")), &Config{HeaderRows: 3, ImportRow: 3}, []string{c.place}, []bool{c.want < 0}, nil)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Fatalf("error %v, want %q", err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if r.columns[0] != c.want {
				t.Errorf("column %d, want %d", r.columns[0], c.want)
			}
		})
	}
}
