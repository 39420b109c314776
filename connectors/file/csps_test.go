package file

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"insideout/connectors"
	"insideout/models"
)

// TestReal_CivilService reads sixteen years of the UK Civil Service People Survey as they were published: names of columns
// that change nearly every year, percentages as 58%, 58 and 0.56, byte order marks, windows-1252, lines that end in carriage
// returns alone, words for what is withheld, trailing empty columns and rows, and workbooks with titles above the table.
//
// Rows, values and the digest of all of them, sorted, are those of a reading with Python's csv, zipfile and xml modules and
// its decimal numbers, of which those of workbooks are the doubles that they stand for; so no value is changed and none is lost.
func TestReal_CivilService(t *testing.T) {
	dir := shared(t, "uk_csps_raw")
	percent := connectors.Rule{Percent: "points"}
	for _, c := range []struct {
		name   string
		config Config
		rule   connectors.Rule
		null   []string
		rows   int64
		values int64
		digest string
	}{
		{"2009__csps2009_allorganisations_20140213.csv", Config{}, percent, nil, 95, 6745, "b92420b3bc582a2c"},
		{"2010__csps2010allorganisations_tcm6-38334.csv", Config{}, connectors.Rule{}, nil, 104, 7592, "eb52b1eabf362009"},
		{"2011__csps2011_allorganisations_20120202.csv", Config{}, connectors.Rule{}, nil, 98, 7056, "9f9dd3952a8ee8e4"},
		{"2012__csps2012_allorganisations_20130201.csv", Config{}, percent, nil, 98, 7928, "7f163dd92d2db309"},
		{"2013__csps2013_allorganisations_20140213.csv", Config{}, percent, nil, 99, 8118, "f172e9455421e377"},
		{"2014__csps2014_allorganisations_20141120.csv", Config{}, percent, nil, 102, 8364, "1dd440aaba7015ef"}, // carriage returns alone
		{"2015__csps2015_allorganisations_csv.csv", Config{Encoding: "windows-1252"}, percent, nil, 102, 8910, "8c1be122aaa61be7"},
		{"2016__civil_service_peoples_survey_2016_all_org_scores.csv", Config{}, percent, []string{"", "."}, 102, 8653, "42ab1fc73bdfa9f8"},
		{"2017__Civil_Service_People_Survey_2017_All_Organisation_Scores__CSV_.csv", Config{}, percent, []string{"", "n<10"}, 102, 8550, "48a43e8ad3a4de41"},
		{"2018__Civil-Service-People-Survey-2018-All-Organisation-Scores-v2.0.csv", Config{}, percent, nil, 106, 9116, "e1418f56a0ce73d8"},
		{"2019__Civil-Service-People-Survey-2019-All-Organisation-Scores-CSV-format.csv", Config{}, percent, nil, 111, 10212, "f02552566cc7dc66"},
		{"2020__Civil_Service_People_Survey_2020-_All_organisation_scores.ods", Config{Sheet: "Table_1"}, connectors.Rule{}, nil, 111, 1443, "550eaa37dfe4e941"},
		{"2020__Civil_Service_People_Survey_2020-_All_organisation_scores.ods", Config{Sheet: "Table_2"}, connectors.Rule{}, nil, 111, 9102, "1f54c58675902b16"},
		{"2021__Civil_Service_People_Survey_2009_2021_Benchmarks_v2.ods", Config{Sheet: "Table_3", Range: "A5"}, connectors.Rule{}, nil, 105, 13230, "0c60d541e7d2ef5a"},
		{"2022__Civil_Service_People_Survey_2022_Benchmark_Results.ods", Config{Sheet: "Table_3", Range: "A6"}, connectors.Rule{}, nil, 106, 12296, "a8e47cfd166040b1"},
		{"2023__Civil_Service_People_Survey_2023_Benchmark_Results.ods", Config{Sheet: "Table_3", Range: "A6"}, connectors.Rule{}, []string{"", "[c]"}, 107, 12017, "8c0ae1d66566526c"},
		{"2024__Civil_Service_People_Survey_2024_Benchmark_Results.ods", Config{Sheet: "Table_3", Range: "A6"}, connectors.Rule{}, []string{"", "[c]"}, 107, 12163, "85ad8d9847ef81a1"},
	} {
		t.Run(c.name[:4]+c.config.Sheet, func(t *testing.T) {
			c.config.Path, c.config.Null = c.name, c.null
			m := connectors.Mapping{To: "measures", Map: map[string]connectors.Rule{"unit": place("Organisation"), "measured_at": constant(c.name[:4] + "-10-01T00:00:00Z")}}
			for _, name := range names(t, filepath.Join(dir, c.name), &c.config) {
				if slices.Contains([]string{"Departmental grouping", "Departmental Group", "Department_group", "Department group", "Organisation", "Organisation_Code", "Organisation code",
					"Organisation name", "Notes", "Organisation notes", ""}, name) {
					continue
				}
				value := c.rule
				value.From = connectors.Places{name}
				m.Each = append(m.Each, map[string]connectors.Rule{"measure": constant(name), "value": value})
			}
			var lines []string
			var rows, bad int64
			s := source(t, c.config, dir, m)
			if err := s.Pull(t.Context(), nil, func(_ context.Context, d *models.Delivery) error {
				rows += d.Range.Next - d.Range.First
				bad += d.Range.Rejected
				for _, r := range d.Rejects {
					t.Errorf("line %d: %s", r.Line, r.Detail)
				}
				for _, b := range d.Records {
					unit, measure, value := b.Columns[b.Schema.Field("unit")], b.Columns[b.Schema.Field("measure")], b.Columns[b.Schema.Field("value")]
					for i := range b.Rows() {
						lines = append(lines, fmt.Sprintf("%s|%s|%s\n", unit.Texts[i], measure.Texts[i], strconv.FormatFloat(value.Reals[i], 'f', -1, 64)))
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			slices.Sort(lines)
			sum := sha256.Sum256([]byte(strings.Join(lines, "")))
			if digest := hex.EncodeToString(sum[:8]); rows != c.rows || int64(len(lines)) != c.values || bad != 0 || digest != c.digest {
				t.Errorf("%d rows, %d values, %d rejects, digest %s; want %d, %d, 0, %s", rows, len(lines), bad, digest, c.rows, c.values, c.digest)
			}
		})
	}
}

// names are those of the columns of a file.
func names(t *testing.T, path string, c *Config) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	if format, _ := c.of(path); format == formatODS {
		w, h, err := openWorkbook(bytes.NewReader(text), int64(len(text)), format, c)
		must(t, err)
		w.close()
		return h.names
	}
	in, err := decode(bytes.NewReader(text), c.Encoding)
	must(t, err)
	r, err := newCSV(newBuffer(in), c, nil, nil, nil)
	must(t, err)
	return r.names
}
