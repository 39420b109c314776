package presets_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"insideout/connectors"
	"insideout/connectors/file"
	"insideout/connectors/presets"
	"insideout/connectors/wire"
	"insideout/models"
	"insideout/models/catalog"
	"insideout/models/strictyaml"
)

const fixtures = "../../testdata/presets"

// TestPresets runs every fixture. A folder is called after its preset, with @ and a word where there are several; in it
// are export.*, in the shape of the product; with.yaml, what a person would fill in; want.jsonl, the records, written by
// hand; damaged.*, the same file with something wrong; and refused.txt: a line for each reject (line, code, field or -,
// words of the reason), or "file" and words of the error. A pseudonym is p: and what it stands for.
func TestPresets(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join(fixtures, "*"))
	if err != nil {
		t.Fatal(err)
	}
	covered := map[string]bool{}
	for _, dir := range dirs {
		name, _, _ := strings.Cut(filepath.Base(dir), "@")
		covered[name] = true
		t.Run(filepath.Base(dir), func(t *testing.T) {
			p := presets.Named(name)
			if p == nil {
				t.Fatalf("there is no preset %s", name)
			}
			good := read(t, p, dir, "export.*")
			if good.err != nil || len(good.rejects) > 0 {
				t.Fatalf("the export is refused: %v %v", good.err, good.rejects)
			}
			if d := cmp.Diff(wanted(t, dir), good.records); d != "" {
				t.Errorf("records (-want +got):\n%s", d)
			}
			refused(t, dir, read(t, p, dir, "damaged.*"), len(good.records))
		})
	}
	for _, name := range presets.Names() {
		if !covered[name] {
			t.Errorf("preset %s has no fixture", name)
		}
	}
}

// TestPresets_AsWorkbooks reads every CSV fixture as the workbook that a person makes of it: the same cells as texts bring
// the same records, and the same damage is refused.
func TestPresets_AsWorkbooks(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join(fixtures, "*", "export.csv"))
	if err != nil || len(dirs) < 10 {
		t.Fatal(dirs, err)
	}
	for _, path := range dirs {
		dir := filepath.Dir(path)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			name, _, _ := strings.Cut(filepath.Base(dir), "@")
			p := presets.Named(name)
			made := t.TempDir()
			for _, kind := range []string{"export", "damaged"} {
				workbook(t, filepath.Join(dir, kind+".csv"), filepath.Join(made, kind+".xlsx"))
			}
			for _, beside := range []string{"with.yaml"} {
				if text, err := os.ReadFile(filepath.Join(dir, beside)); err == nil {
					if err := os.WriteFile(filepath.Join(made, beside), text, 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
			good := read(t, p, made, "export.*")
			if good.err != nil || len(good.rejects) > 0 {
				t.Fatalf("the export is refused: %v %v", good.err, good.rejects)
			}
			want := wanted(t, dir)
			for _, r := range want { // encoding/csv, which reads the fixture here, has newlines only
				if words, ok := r["comment"].(string); ok {
					r["comment"] = strings.ReplaceAll(words, "\r\n", "\n")
				}
			}
			if d := cmp.Diff(want, good.records); d != "" {
				t.Errorf("records (-want +got):\n%s", d)
			}
			if bad := read(t, p, made, "damaged.*"); bad.err == nil && len(bad.rejects) == 0 {
				t.Error("the damaged workbook is taken whole")
			}
		})
	}
}

// workbook writes the rows of a CSV file as texts.
func workbook(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	r := csv.NewReader(in)
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	f := excelize.NewFile()
	defer f.Close()
	for y, row := range rows {
		for x, cell := range row {
			name, err := excelize.CoordinatesToCellName(x+1, y+1)
			if err != nil {
				t.Fatal(err)
			}
			if err := f.SetCellStr("Sheet1", name, strings.TrimPrefix(cell, "\ufeff")); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := f.SaveAs(to); err != nil {
		t.Fatal(err)
	}
}

type outcome struct {
	records []map[string]any
	rejects []models.Reject
	err     error
}

// read reads the file of a fixture with its preset, as a run would.
func read(t *testing.T, p *presets.Preset, dir, pattern string) (out outcome) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(paths) != 1 {
		t.Fatalf("%s: %v %v", pattern, paths, err)
	}
	var own struct {
		File               file.Config `yaml:"file"`
		connectors.Mapping `yaml:",inline"`
	}
	if text, err := os.ReadFile(filepath.Join(dir, "with.yaml")); err == nil {
		if _, problems := strictyaml.Decode("with.yaml", text, &own); problems != nil {
			t.Fatal(problems)
		}
	}
	own.File.Path = filepath.Base(paths[0])
	m, f, err := p.Lay(own.Mapping, &own.File)
	if err != nil {
		t.Fatal(err)
	}
	b, err := connectors.NewBinder(m, connectors.BinderOptions{
		Zone: time.UTC, Null: f.Nulls(), Pseudonym: func(raw []byte) string { return "p:" + string(raw) },
		Scale: func(name string) (float64, float64, bool) {
			if name == "recommend_work_0_10" { // as a project would define an item of Peakon's scale
				return 0, 10, true
			}
			return catalog.Default().Scale(name)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	var x connectors.Extractor
	if strings.HasPrefix(filepath.Ext(paths[0]), ".json") {
		if x, err = wire.JSON(b.Places()); err != nil {
			t.Fatal(err)
		}
	}
	s, err := file.New("try", *f, dir, b, x)
	if err != nil {
		t.Fatal(err)
	}
	out.err = s.Pull(context.Background(), models.Positions{}, func(_ context.Context, d *models.Delivery) error {
		if err := d.Range.Check(); err != nil {
			t.Error(err)
		}
		for _, b := range d.Records {
			for i := range b.Rows() {
				out.records = append(out.records, record(t, b, i))
			}
		}
		for _, j := range d.Rejects {
			j.Raw = bytes.Clone(j.Raw)
			out.rejects = append(out.rejects, j)
		}
		return nil
	})
	return out
}

// record gives the fields of a record that are not empty, as JSON would.
func record(t *testing.T, b *models.Batch, i int) map[string]any {
	t.Helper()
	out := map[string]any{}
	for n, f := range b.Schema.Fields {
		c := &b.Columns[n]
		if !c.Valid[i] {
			continue
		}
		switch f.Kind {
		case models.Text:
			out[f.Name] = strings.Clone(c.Texts[i])
		case models.JSON:
			var v any
			if err := json.Unmarshal([]byte(c.Texts[i]), &v); err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
			out[f.Name] = v
		case models.Real:
			out[f.Name] = c.Reals[i]
		case models.Instant:
			out[f.Name] = time.UnixMicro(c.Ints[i]).UTC().Format(time.RFC3339Nano)
		case models.Date:
			out[f.Name] = time.Unix(c.Ints[i]*86400, 0).UTC().Format(time.DateOnly)
		default:
			out[f.Name] = float64(c.Ints[i])
		}
	}
	return out
}

func wanted(t *testing.T, dir string) []map[string]any {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "want.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]any
	for line := range strings.Lines(string(text)) {
		var r map[string]any
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

// refused checks that exactly the damage is refused, with line and reason, and that nothing personal is repeated.
func refused(t *testing.T, dir string, got outcome, whole int) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "refused.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if words, ok := strings.CutPrefix(string(text), "file "); ok {
		if got.err == nil || !strings.Contains(got.err.Error(), strings.TrimSpace(words)) {
			t.Errorf("the damaged file gives %v; want %s", got.err, words)
		}
		return
	}
	if got.err != nil {
		t.Fatal(got.err)
	}
	var want, have []string
	for line := range strings.Lines(string(text)) {
		parts := strings.SplitN(strings.TrimSpace(line), " ", 4)
		want = append(want, strings.Join(parts[:3], " "))
		if i := len(want) - 1; len(parts) == 4 && i < len(got.rejects) && !strings.Contains(got.rejects[i].Detail, parts[3]) {
			t.Errorf("reject %d says %q; want %q", i+1, got.rejects[i].Detail, parts[3])
		}
	}
	for _, j := range got.rejects {
		field := j.Field
		if field == "" {
			field = "-"
		}
		have = append(have, strconv.FormatInt(j.Line, 10)+" "+j.Code+" "+field)
		if strings.Contains(j.Detail, "@example.com") || j.Detail == "" || len(j.Raw) == 0 {
			t.Errorf("reject %+v", j)
		}
	}
	if d := cmp.Diff(want, have); d != "" {
		t.Errorf("refused (-want +got):\n%s\n%v", d, got.rejects)
	}
	if len(got.records) >= whole {
		t.Errorf("the damaged file made %d records, the whole one %d", len(got.records), whole)
	}
}

// TestPresets_AreSound reads every preset and checks what can be checked without what a person fills in: the only
// mistakes of its mapping are fields that it says it leaves open.
func TestPresets_AreSound(t *testing.T) {
	if len(presets.All()) < 20 {
		t.Fatalf("%d presets", len(presets.All()))
	}
	for _, p := range presets.All() {
		f := p.File
		f.Path = "x"
		if ps := f.Check(); ps != nil {
			t.Errorf("%s: %v", p.Name, ps)
		}
		for _, problem := range p.Check(connectors.BinderOptions{Scale: catalog.Default().Scale}) {
			if p.Hint(problem.Path) == "" || !strings.Contains(problem.Message, "not mapped") {
				t.Errorf("%s: %v", p.Name, problem)
			}
		}
		if p.Title == "" || p.Reads == "" || len(p.Traps) == 0 {
			t.Errorf("%s does not say what it is", p.Name)
		}
		s := models.Dataset(p.To)
		_, kept := p.Map["attributes"]
		if s.Side == models.Outside && !kept {
			t.Errorf("%s would keep everything that no rule reads", p.Name)
		}
		for _, fill := range p.Fill {
			field, isField := strings.CutPrefix(fill.Key, "map.")
			if isField && s.Field(field) < 0 {
				t.Errorf("%s: %s names no field", p.Name, fill.Key)
			}
		}
		for _, trap := range p.Traps {
			if trap.Trap == "" || trap.Met == "" {
				t.Errorf("%s: a trap without a remedy: %+v", p.Name, trap)
			}
		}
	}
	if !slices.IsSorted(presets.Names()) {
		t.Error("not sorted")
	}
}

// Lay lets the source's own keys win, and refuses what cannot be.
func TestPreset_Lay(t *testing.T) {
	p := presets.Named("zendesk-tickets")
	team := connectors.Rule{From: connectors.Places{"brand_id"}}
	m, f, err := p.Lay(connectors.Mapping{Map: map[string]connectors.Rule{"team": team, "updated_at": {Zone: "UTC"}}, Where: map[string][]string{"status": {"solved"}}}, &file.Config{Path: "x", Rows: "results"})
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(m.To, m.Map["team"].From, m.Map["updated_at"].From, m.Map["updated_at"].Zone, m.Where["status"], f.Path, f.Rows, f.Pairs)
	if want := `contacts"brand_id" "updated_at"UTC[solved]xresultsmap[custom_fields:[id value]]`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if p.Map["team"].From[0] != "group_id" || len(p.Where["status"]) == 1 {
		t.Error("the preset itself was changed")
	}
	if _, _, err := p.Lay(connectors.Mapping{To: "feedback"}, f); err == nil {
		t.Error("another dataset was accepted")
	}
	if _, _, err := p.Lay(connectors.Mapping{}, nil); err == nil {
		t.Error("a topic was accepted")
	}
	if _, _, err := presets.Named("amazon-connect").Lay(connectors.Mapping{}, nil); err != nil {
		t.Error(err)
	}
}

// formats are the names that the products give their fields, as their documentation has them, by preset. Every one of
// them stands in a fixture, whether it is mapped or left out.
var formats = map[string]string{
	"qualtrics": `StartDate,EndDate,Status,IPAddress,Progress,Duration (in seconds),Finished,RecordedDate,ResponseId,RecipientLastName,
		RecipientFirstName,RecipientEmail,ExternalReference,LocationLatitude,LocationLongitude,DistributionChannel,UserLanguage,Q1,
		ImportId,startDate,timeZone,America/Denver,endDate,status,ipAddress,progress,duration,finished,recordedDate,_recordId,recipientEmail,
		externalDataReference,distributionChannel,userLanguage,QID1,QID2_1,QID6_TEXT,choiceId,_DO`,
	"qualtrics-employee":     `Participant Name,Participant Email,Parent Unit`,
	"qualtrics-legacy":       `V1,V2,ResponseID,ResponseSet`,
	"surveymonkey":           `Respondent ID,Collector ID,Start Date,End Date,IP Address,Email Address,First Name,Last Name,Custom Data 1`,
	"surveymonkey-responses": `id,survey_id,collector_id,recipient_id,response_status,completed,partial,date_created,date_modified,total_time,ip_address,collection_mode,custom_value,custom_variables,logic_path,metadata,pages,questions,variable_id,answers,choice_id,row_id,col_id,other_id,text`,
	"culture-amp-employees":  `Name,Preferred Name,Employee Id,Email,Date of Birth,Start Date,End Date,Language,Manager Email,Timezone,Mobile Phone Number,Manager,Job Title,Job Title Level,Department,Division,Country,Location,Region,Work Location,Gender,Race/Ethnicity,BIPOC,Employment Type`,
	"culture-amp":            `id,employeeId,answers,rdeEnabled,captureLocale,surveySubmittedBy,startedAt,submittedAt,expiredAt,createdAt,updatedAt,processedAt,questionId,textValue,ratingScore,-1,selectOptions,answered,additionalComment,mandatory`,
	"peakon": `accountEmail,answerId,answerComment,answerLocale,answerScore,answerSkipReason,answerText,categoryGroup,categoryId,
		categoryStandard,companyId,employeeExternalId,employeeId,questionId,questionText,questionType,responseAnsweredAt,responseId,roundId,
		roundOpensAt,roundEnd,roundType,automatic,test,scheduleId,scheduleContextName`,
	"viva-glint":        `Survey Cycle Creation Date,Survey Cycle Completion Date,Survey Cycle Title`,
	"viva-glint-reader": `First Name,Last Name,Email,Status,EMP ID,Manager ID,Survey Cycle Completion Date,Survey Cycle Sent Date,_COMMENT,_COMMENT_TOPICS,_SENSITIVE_COMMENT_FLAG`,
	"delighted":         `id,person,survey_type,nps,csat,score,comment,permalink,created_at,updated_at,person_properties,notes,tags,additional_answers,question,type,text,value,free_response,scale,select_one,select_many`,
	"medallia":          `feedback,nodes,totalCount,a_surveyid,e_creationdate,e_acme_,k_acme_,q_acme_`,
	"zendesk-tickets": `id,external_id,created_at,updated_at,status,priority,type,subject,description,via,channel,source,requester_id,
		submitter_id,assignee_id,organization_id,group_id,brand_id,ticket_form_id,problem_id,has_incidents,tags,custom_fields,value,
		satisfaction_rating,score,reason,reason_id,comment,followup_ids,generated_timestamp,Billing::Wrong amount::Meter`,
	"zendesk-ratings": `id,ticket_id,assignee_id,group_id,requester_id,score,reason,reason_id,comment,created_at,updated_at,good,bad,offered,unoffered`,
	"zendesk-metrics": `reopens,replies,assignee_stations,group_stations,first_resolution_time_in_minutes,calendar,business,
		full_resolution_time_in_minutes,agent_wait_time_in_minutes,requester_wait_time_in_minutes,on_hold_time_in_minutes,reply_time_in_minutes,
		initially_assigned_at,assigned_at,solved_at`,
	"salesforce-case": `Id,CaseNumber,ContactId,AccountId,AssetId,ParentId,RecordTypeId,Type,Status,Reason,Origin,Subject,Priority,Description,IsClosed,ClosedDate,IsEscalated,OwnerId,CreatedDate`,
	"genesys-conversations": `conversationId,conversationStart,conversationEnd,divisionIds,participants,participantId,participantName,purpose,
		customer,agent,acd,ivr,userId,sessions,sessionId,mediaType,metrics,segments,segmentType,alert,interact,hold,wrapup,segmentStart,segmentEnd,
		queueId,wrapUpCode,wrapUpNote,disconnectType`,
	"genesys-surveys": `surveys,surveyId,surveyFormId,surveyFormName,surveyFormContextId,surveyStatus,surveyPromoterScore,surveyCompletedDate,oSurveyTotalScore,userId,queueId,eventTime,evaluations,oTotalScore`,
	"amazon-connect": `ContactId,InitialContactId,PreviousContactId,NextContactId,RelatedContactId,Channel,VOICE,TASK,InitiationMethod,INBOUND,
		TRANSFER,InitiationTimestamp,ConnectedToSystemTimestamp,DisconnectTimestamp,LastUpdateTimestamp,TransferCompletedTimestamp,
		DisconnectReason,Queue,ARN,Name,EnqueueTimestamp,DequeueTimestamp,Duration,Agent,Username,RoutingProfile,HierarchyGroups,Level1,Level5,
		GroupName,AgentInteractionDuration,CustomerHoldDuration,NumberOfHolds,LongestHoldDuration,AfterContactWorkDuration,Attributes,
		CustomerEndpoint,Address,AgentConnectionAttempts`,
	"bamboohr": `employeeNumber,firstName,lastName,preferredName,workEmail,bestEmail,hireDate,originalHireDate,department,division,location,jobTitle,employmentHistoryStatus,status,standardHoursPerWeek,lastChanged,supervisor`,
	"workday":  `Worker_ID,User_ID,Business_Title,Job_Profile_Reference,Business_Site_Summary_Data,Worker_Supervisory_Management_Chain_Data,HIREDATE,TERMINATION_DATE,ON_LEAVE,FULLPARTTIME`,
	"qualtrics-warehouse": `id,distribution_channel,duration_in_seconds,end_date,finished,ip_address,last_modified_date,location_latitude,location_longitude,progress,
		recipient_email,recorded_date,start_date,status,survey_id,user_language,loop_id,question,question_id,question_option_key,response_id,sub_question_key,sub_question_text,text,value`,
	"delighted-answers":      `additional_answers,question,type,text,value,free_response,scale,select_one,select_many`,
	"viva-glint-import":      `User e-mail,_COMMENTS,2:3:5,Human Resources,HR`,
	"viva-glint-attributes":  `Email,Status,EMP ID,Manager ID`,
	"medallia-agent-connect": `request_delivery_status,Not sent: suppression period`,
	"survey-wide":            `SNAPSHOT,EMPLOYEE_ID,SURVEY_QUESTION_1,SURVEY_QUESTION_2`,
}

func TestFixtures_HaveEveryField(t *testing.T) {
	for name, fields := range formats {
		paths, err := filepath.Glob(filepath.Join(fixtures, name, "export.*"))
		if err != nil || len(paths) != 1 {
			t.Errorf("%s: %v %v", name, paths, err)
			continue
		}
		text, err := os.ReadFile(paths[0])
		if err != nil {
			t.Fatal(err)
		}
		for field := range strings.SplitSeq(fields, ",") {
			if field = strings.TrimSpace(field); !bytes.Contains(text, []byte(field)) {
				t.Errorf("the fixture of %s has no %s", name, field)
			}
		}
	}
}
