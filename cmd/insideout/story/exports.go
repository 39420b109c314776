package story

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// File is one export. Path is relative to the folder of the demonstration and uses slashes.
type File struct {
	Path  string
	Write func(w io.Writer) error
}

// Files lists the exports: the pulse as a survey tool writes it, one file a quarter; teams and roster of the HR system;
// tickets as the ticket system hands them out, one file for each half-year in which they last changed.
func (w *World) Files() []File {
	files := []File{
		{"exports/hr-teams.csv", w.writeTeams},
		{"exports/hr-roster.csv", w.writeRoster},
	}
	for i, s := range w.spans(3) {
		files = append(files, File{fmt.Sprintf("exports/pulse-%sQ%d.csv", s.from.Format("2006"), (int(s.from.Month())+2)/3),
			func(out io.Writer) error { return w.writePulse(out, s, i) }})
	}
	for i, s := range w.spans(6) {
		files = append(files, File{fmt.Sprintf("exports/tickets-%sH%d.jsonl", s.from.Format("2006"), (int(s.from.Month())+5)/6),
			func(out io.Writer) error { return w.writeTickets(out, s, i) }})
	}
	return files
}

// span is a stretch of the calendar, to exclusive.
type span struct{ from, to time.Time }

// spans cuts the story at the starts of calendar quarters (3 months) or half-years (6).
func (w *World) spans(months int) []span {
	var out []span
	y, m, _ := w.start.Date()
	from := time.Date(y, time.Month((int(m)-1)/months*months+1), 1, 0, 0, 0, 0, w.zone)
	for end := w.at(Weeks, 0, 0); from.Before(end); {
		to := from.AddDate(0, months, 0)
		out = append(out, span{from, to})
		from = to
	}
	return out
}

func (s span) holds(t time.Time) bool { return !t.Before(s.from) && t.Before(s.to) }

func (w *World) writeTeams(out io.Writer) error {
	c := csv.NewWriter(out)
	c.Write([]string{"TEAM_CODE", "TEAM_NAME", "DEPARTMENT", "VALID_FROM", "VALID_TO"})
	for _, t := range w.teams {
		c.Write([]string{t.id, t.name, t.parent, "2019-04-01", ""})
	}
	c.Flush()
	return c.Error()
}

// writeRoster writes one line an employment, as the HR system keeps them. One start date has a thirteenth month.
func (w *World) writeRoster(out io.Writer) error {
	c := csv.NewWriter(out)
	c.Write([]string{"EMPLOYEE_ID", "TEAM_CODE", "JOB_LEVEL", "START_DATE", "END_DATE"})
	words := map[string]string{"front_line": "Front line", "manager": "Team manager", "leader": "Head of"}
	day := func(n int) string { return w.at(0, n, 0).Format(time.DateOnly) }
	for i, p := range w.people {
		row := []string{p.id, w.teams[p.team].id, words[p.level], day(p.from), ""}
		if p.to >= 0 {
			row[4] = day(p.to)
		}
		if i == 41 {
			row[3] = "2022-13-01"
		}
		c.Write(row)
	}
	c.Flush()
	return c.Error()
}

// writePulse writes a survey export with its three header rows: field names, question texts, import ids. The
// file starts with a byte order mark and ends its lines with CR LF, and tells its time zone in the third row only.
func (w *World) writePulse(out io.Writer, s span, file int) error {
	b := bufio.NewWriterSize(out, 1<<16)
	b.WriteString("\ufeff")
	c := csv.NewWriter(b)
	c.UseCRLF = true
	names := []string{"StartDate", "EndDate", "Status", "Progress", "Duration (in seconds)", "Finished", "RecordedDate",
		"ResponseId", "ExternalReference", "DistributionChannel", "UserLanguage"}
	texts := []string{"Start Date", "End Date", "Response Type", "Progress", "Duration (in seconds)", "Finished", "Recorded Date",
		"Response ID", "External Data Reference", "Distribution Channel", "User Language"}
	ids := []string{`{"ImportId":"startDate","timeZone":"Europe/London"}`, `{"ImportId":"endDate","timeZone":"Europe/London"}`,
		`{"ImportId":"status"}`, `{"ImportId":"progress"}`, `{"ImportId":"duration"}`, `{"ImportId":"finished"}`,
		`{"ImportId":"recordedDate","timeZone":"Europe/London"}`, `{"ImportId":"_recordId"}`, `{"ImportId":"externalDataReference"}`,
		`{"ImportId":"distributionChannel"}`, `{"ImportId":"userLanguage"}`}
	questions := 0
	for k, d := range w.dims {
		for n, it := range d.Items {
			names = append(names, column(k, n))
			texts = append(texts, "How far do you agree?\n\n"+it.Text)
			ids = append(ids, fmt.Sprintf(`{"ImportId":"QID%d_%d"}`, k+1, n+1))
			questions++
		}
	}
	names = append(names, "Team", "Level", "Wave")
	texts = append(texts, "Team", "Level", "Wave")
	ids = append(ids, `{"ImportId":"Team"}`, `{"ImportId":"Level"}`, `{"ImportId":"Wave"}`)
	c.Write(names)
	c.Write(texts)
	c.Write(ids)

	const stamp = "2006-01-02 15:04:05"
	rows, serial := 0, 0
	w.pulse(func(week int, q response) {
		serial++
		if !s.holds(q.started) {
			return
		}
		rows++
		end := q.started.Add(time.Duration(q.seconds) * time.Second)
		status, progress, finished := "IP Address", 100, "True"
		if q.test {
			status = "Survey Preview"
		}
		if !q.finished {
			progress, finished = 100*q.responded/questions, "False"
		}
		y, iso := q.started.ISOWeek()
		row := []string{q.started.Format(stamp), end.Format(stamp), status, strconv.Itoa(progress), strconv.Itoa(q.seconds), finished,
			end.Add(time.Second).Format(stamp), fmt.Sprintf("R_%011d", serial), q.person.id, "email", "EN-GB"}
		for _, d := range q.values {
			for _, v := range d {
				row = append(row, answerText(v))
			}
		}
		row = append(row, w.teams[q.team].id, q.person.level, fmt.Sprintf("%04d-W%02d", y, iso))
		c.Write(spoilPulse(file, rows, row))
	})
	c.Flush()
	if err := c.Error(); err != nil {
		return err
	}
	return b.Flush()
}

// column names the question n of dimension k, as the survey tool does.
func column(k, n int) string { return fmt.Sprintf("Q%d_%d", k+1, n+1) }

func answerText(v int) string {
	if v == 0 {
		return ""
	}
	return strconv.Itoa(v)
}

// spoilPulse breaks one row of every file, each time otherwise: an answer beyond the scale, an answer in words, a day that
// does not exist, a row cut short.
func spoilPulse(file, row int, cells []string) []string {
	const broken, firstQuestion = 212, 11
	if row != broken {
		return cells
	}
	switch file % 4 {
	case 0:
		cells[firstQuestion] = "9"
	case 1:
		cells[firstQuestion+2] = "Strongly agree"
	case 2:
		cells[1] = strings.Replace(cells[1], cells[1][5:10], "02-30", 1)
	case 3:
		return cells[:len(cells)-2]
	}
	return cells
}
