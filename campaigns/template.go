package campaigns

import "time"

// TemplateID names words that staff write for campaigns of the kind custom.
type TemplateID string

// TemplateVersionID names one version of them. A campaign is made with one version and keeps it: what was approved is
// what is sent.
type TemplateVersionID string

// Template is a purpose for which staff write words; its versions hold the words.
type Template struct {
	ID        TemplateID
	UnitID    UnitID
	Name      string
	CreatedAt time.Time
	Newest    TemplateVersion
}

// TemplateVersion is the words of a template as they were written at a time; they never change.
type TemplateVersion struct {
	ID         TemplateVersionID
	TemplateID TemplateID
	N          int // 1, 2, ...
	Words      StaffWords
	Hash       string // names the exact words
	Author     string
	Note       string // what has changed, or why advice was not followed
	At         time.Time
}

// StaffWords are texts by form and locale: words["sms"]["vi"]; a step that says something else has its own, as
// words["reminder/sms"]["vi"]. Fields stand as {{name}}.
type StaffWords map[string]map[string]string
