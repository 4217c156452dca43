package campaigns

import "time"

// PersonFile is all that is recorded of one person, in clear, as the person may ask for it.
type PersonFile struct {
	Made       time.Time      `json:"made" doc:"When this was read."`
	ID         PersonID       `json:"id" doc:"Id of the record."`
	Unit       string         `json:"unit" doc:"The unit that looks after the record."`
	Fields     []FileField    `json:"fields" nullable:"false" doc:"What is recorded, by name."`
	Contacts   []FileContact  `json:"contacts" nullable:"false" doc:"Addresses."`
	Lists      []FileList     `json:"lists" nullable:"false" doc:"Lists that named the person: where the data come from."`
	Story      []FileEvent    `json:"story" nullable:"false" doc:"Notices, answers, verified facts and visits, newest first."`
	Requests   []FileRequest  `json:"requests" nullable:"false" doc:"What the person asked about their data before."`
	Looks      map[string]int `json:"looks" doc:"How often staff looked at the record, by what they did."`
	Restricted bool           `json:"restricted" doc:"The data are kept and not used."`
}

// FileField is one thing that is recorded. Name is a word of ours: name, born, id_number.
type FileField struct {
	Name  string `json:"name" doc:"What it is."`
	Value string `json:"value" doc:"As recorded."`
}

// FileContact is one address.
type FileContact struct {
	Medium  string `json:"medium" doc:"phone, email or zalo."`
	Owner   Owner  `json:"owner" doc:"self, guardian or relative."`
	Address string `json:"address" doc:"In full."`
	Stopped bool   `json:"stopped" doc:"It has stopped all notices."`
	Wrong   bool   `json:"wrong" doc:"It was said not to be this person's."`
}

// FileList is a list that named the person.
type FileList struct {
	FileName string    `json:"file_name" doc:"Name of the file."`
	At       time.Time `json:"at" doc:"When it was imported."`
}

// FileEvent is one thing that happened.
type FileEvent struct {
	At       time.Time `json:"at" doc:"When."`
	What     string    `json:"what" doc:"delivery, answer, outcome or task."`
	Kind     string    `json:"kind" doc:"State of a notice, kind of an answer, fact, kind of a task."`
	Campaign string    `json:"campaign,omitempty" doc:"Name of the campaign."`
	Channel  string    `json:"channel,omitempty" doc:"How it was carried."`
	Reason   Reason    `json:"reason,omitempty" doc:"Why it was not."`
}

// FileRequest is an earlier request.
type FileRequest struct {
	Kind  SubjectKind  `json:"kind" doc:"What was asked."`
	State SubjectState `json:"state" doc:"What became of it."`
	At    time.Time    `json:"at" doc:"When it came."`
}
