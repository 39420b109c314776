package pipelines

import (
	"database/sql"
	"fmt"

	"insideout/models"
)

// flags turns what the relations counted into sentences.
func (a *assembler) flags() error {
	return a.each("select code, n from rpt_flags where n > 0 order by code", func(rows *sql.Rows) error {
		var code string
		var n int64
		if err := rows.Scan(&code, &n); err != nil {
			return err
		}
		text, ok := flagText[code]
		if !ok {
			return fmt.Errorf("flag %s of rpt_flags has no words", code)
		}
		words := text[1]
		if n == 1 {
			words = text[0]
		}
		a.r.Trust.Notes = append(a.r.Trust.Notes, models.Doubt{Code: code, Text: fmt.Sprintf(words, n)})
		return nil
	})
}

// flagText has the words for each code of rpt_flags, for one and for several; %d is the number.
var flagText = map[string][2]string{
	"closed_before_opened": {
		"%d contact was closed before it was opened, by its own times; it is kept and stays closed",
		"%d contacts were closed before they were opened, by their own times; they are kept and stay closed"},
	"contacts_without_start": {
		"%d contact does not say when it began and is in no period",
		"%d contacts do not say when they began and are in no period"},
	"contacts_without_team": {
		"%d contact belongs to no team; it counts for the whole only",
		"%d contacts belong to no team; they count for the whole only"},
	"contacts_unclassified": {
		"%d contact is classified neither as failure nor as value demand",
		"%d contacts are classified neither as failure nor as value demand"},
	"contacts_outside_window": {
		"%d contact began outside the window of the analysis",
		"%d contacts began outside the window of the analysis"},
	"windows_open": {
		"%d contact is too recent to say whether the matter came back",
		"%d contacts are too recent to say whether the matter came back"},
	"feedback_without_team": {
		"%d answer of a customer belongs to no team; it counts for the whole only",
		"%d answers of customers belong to no team; they count for the whole only"},
	"feedback_duplicated": {
		"%d answer of a customer arrived more than once and counts once",
		"%d answers of customers arrived more than once and count once"},
	"feedback_outside_window": {
		"%d answer of a customer was given outside the window of the analysis",
		"%d answers of customers were given outside the window of the analysis"},
	"partial_period": {
		"%d period at the edge of the data is not covered whole",
		"%d periods at the edge of the data are not covered whole"},
}
