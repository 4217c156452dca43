package campaigns

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func phone(owner Owner, kind string) Contact {
	return Contact{ID: ContactID(owner) + ContactID(kind), Medium: "phone", Kind: kind, Owner: owner}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	ladder := []ChannelReach{{"zalo.x", "zalo"}, {"sms.x", "sms"}, {"relay.x", "relay"}, {"visit.x", "visit"}}
	wrong, stopped, consented := phone(Self, "mobile"), phone(Self, "mobile"), phone(Relative, "mobile")
	wrong.Wrong, stopped.OptedOut, consented.Consented = true, true, true
	cases := map[string]struct {
		person Person
		done   bool
		from   int
		rank   int
		who    ContactID
		refuse Reason
	}{
		"own phone":                                  {Person{Contacts: []Contact{phone(Guardian, "mobile"), phone(Self, "mobile")}}, false, 1, 1, "selfmobile", ""},
		"guardian's phone":                           {Person{Contacts: []Contact{phone(Guardian, "mobile")}}, false, 1, 1, "guardianmobile", ""},
		"foreign: Zalo only":                         {Person{Contacts: []Contact{phone(Self, "foreign")}, Country: "KR"}, false, 2, 2, "", AwayFromHome},
		"landline: class":                            {Person{Contacts: []Contact{phone(Self, "landline")}, ClassID: "c"}, false, 1, 3, "selflandline", ""},
		"nothing but a home":                         {Person{}, false, 1, 4, "", ""},
		"away from home":                             {Person{Away: true}, false, 1, 1, "", AwayFromHome},
		"relative, no consent":                       {Person{Contacts: []Contact{phone(Relative, "mobile")}, Country: "JP"}, false, 1, 1, "", AwayFromHome},
		"relative with consent":                      {Person{Contacts: []Contact{consented}}, false, 1, 1, "relativemobile", ""},
		"wrong number is skipped":                    {Person{Contacts: []Contact{wrong, phone(Guardian, "mobile")}}, false, 1, 1, "guardianmobile", ""},
		"another phone is free":                      {Person{Contacts: []Contact{stopped, phone(Guardian, "mobile")}}, false, 1, 1, "guardianmobile", ""},
		"stopped is still tried, the chain says why": {Person{Contacts: []Contact{stopped}}, false, 1, 1, "selfmobile", ""},
		"next rank after a failure":                  {Person{Contacts: []Contact{phone(Self, "mobile")}}, false, 2, 2, "selfmobile", ""},
		"done":                                       {Person{Contacts: []Contact{phone(Self, "mobile")}}, true, 1, 1, "selfmobile", Verified},
		"claims to be done":                          {Person{OpenAnswers: []AnswerKind{AlreadyDone}}, false, 1, 1, "", Claimed},
		"will come: reminded":                        {Person{OpenAnswers: []AnswerKind{WillCome}, ClassID: "c"}, false, 1, 3, "", ""},
		"erased":                                     {Person{ErasedAt: noon}, false, 1, 1, "", Erased},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := Plan(c.person, c.done, ladder, c.from)
			require.Equal(t, c.refuse, p.Refused)
			require.Equal(t, c.rank, p.Rank)
			require.Equal(t, ladder[c.rank-1].Name, p.Channel)
			var who ContactID
			if p.Contact != nil {
				who = p.Contact.ID
			}
			require.Equal(t, c.who, who)
		})
	}
}

func TestPlanSaysWhyNobodyCanBeReached(t *testing.T) {
	t.Parallel()
	sms := []ChannelReach{{"sms.x", "sms"}}
	wrong := phone(Self, "mobile")
	wrong.Wrong = true
	require.Equal(t, NoChannel, Plan(Person{}, false, sms, 1).Refused)
	require.Equal(t, WrongPerson, Plan(Person{Contacts: []Contact{wrong}}, false, sms, 1).Refused)
	require.Equal(t, NoConsent, Plan(Person{Contacts: []Contact{phone(Relative, "mobile")}}, false, sms, 1).Refused)
}

func TestStepLeavesOut(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		rules []string
		p     Person
		want  Reason
	}{
		{nil, Person{Reached: true, OpenAnswers: []AnswerKind{NeedHelp}}, ""},
		{[]string{"reached"}, Person{Reached: true}, StopRule},
		{[]string{"reached"}, Person{}, ""},
		{[]string{"answered"}, Person{OpenAnswers: []AnswerKind{NeedHelp}}, StopRule},
		{[]string{"coming"}, Person{OpenAnswers: []AnswerKind{NeedHelp}}, ""},
		{[]string{"coming"}, Person{OpenAnswers: []AnswerKind{WillCome}}, StopRule},
		{nil, Person{OpenAnswers: []AnswerKind{WillCome}}, ""},
		{nil, Person{OpenAnswers: []AnswerKind{WillCome}, ComingOn: "2026-12-01"}, SaidComing},
		{nil, Person{OpenAnswers: []AnswerKind{OtherDate}, ComingOn: "2026-12-09"}, SaidComing},
		{nil, Person{OpenAnswers: []AnswerKind{WillCome}, ComingOn: "2026-11-30"}, ""},
		{nil, Person{ComingOn: "2026-12-09"}, ""},
	} {
		require.Equal(t, row.want, Step{StopIf: row.rules}.LeavesOut(row.p, noon), "%+v", row)
	}
}

func TestLadderAt(t *testing.T) {
	t.Parallel()
	l := Ladder{{Name: "first", Channels: []string{"sms.x"}}}
	for no, want := range map[int]string{0: "", 1: "first", 2: "", AppointmentStep: "", AppointmentStep + 1: "appointment"} {
		s, ok := l.At(no)
		require.Equal(t, want != "", ok)
		require.Equal(t, want, s.Name)
	}
	for _, none := range []Ladder{{}, {{Name: "first", Channels: []string{"visit.task", "relay.task"}}}} {
		_, ok := none.At(AppointmentStep + 1)
		require.False(t, ok)
	}
	s, _ := Ladder{{Channels: []string{"visit.task", "sms.x"}}, {Channels: []string{"sms.x", "zalo.y"}}}.At(AppointmentStep + 2)
	require.Equal(t, []string{"sms.x", "zalo.y"}, s.Channels)
}

func TestStepDueAt(t *testing.T) {
	t.Parallel()
	launched := time.Date(2026, 12, 1, 14, 0, 0, 0, Zone)
	require.Equal(t, launched, Step{}.DueAt(launched, ""))
	require.Equal(t, time.Date(2026, 12, 4, 9, 0, 0, 0, Zone), Step{AfterDays: 3}.DueAt(launched, ""))
	require.Equal(t, time.Date(2026, 12, 11, 9, 0, 0, 0, Zone), Step{BeforeDays: 7}.DueAt(launched, "2026-12-18"))
	require.Equal(t, launched, Step{BeforeDays: 30}.DueAt(launched, "2026-12-18"), "already past: at once")
}

func TestLadderValidate(t *testing.T) {
	t.Parallel()
	has := func(c string) bool { return c == "sms.x" }
	good := Ladder{{Name: "first", Channels: []string{"sms.x"}}}
	require.NoError(t, good.Validate("", has))
	for want, l := range map[string]Ladder{
		"at least one step": {},
		"at most 6":         {good[0], good[0], good[0], good[0], good[0], good[0], good[0]},
		"name":              {{Name: "x", Channels: []string{"sms.x"}}},
		"between 0 and 365": {{Name: "first", AfterDays: 366, Channels: []string{"sms.x"}}},
		"the campaign has":  {{Name: "first", BeforeDays: 1, Channels: []string{"sms.x"}}},
		"names no channel":  {{Name: "first"}},
		"no rule to stop":   {{Name: "first", Channels: []string{"sms.x"}, StopIf: []string{"bored"}}},
		`no channel "fax"`:  {{Name: "first", Channels: []string{"fax"}}},
	} {
		err := l.Validate("", has)
		require.ErrorIs(t, err, ErrLadder)
		require.ErrorContains(t, err, want)
	}
}

// The table of moves as an officer would draw it: a row for each state, what each verb makes of it, "-" where the verb is
// refused.
var moveTable = map[CampaignState]map[Verb]CampaignState{
	Draft:     {Submit: Submitted, Cancel: Cancelled},
	Submitted: {Return: Returned, Approve: Approved, Cancel: Cancelled},
	Returned:  {Submit: Submitted, Cancel: Cancelled},
	Approved:  {Return: Returned, Schedule: Scheduled, Launch: Running, Cancel: Cancelled},
	Scheduled: {Schedule: Scheduled, Unschedule: Approved, Launch: Running, Cancel: Cancelled},
	Running:   {Release: Running, Pause: Paused, Cancel: Cancelled, Complete: Completed},
	Paused:    {Resume: Running, Cancel: Cancelled, Complete: Completed},
	Completed: {},
	Cancelled: {},
}

// Every verb on every state: what is not in the table is refused, and nobody approves their own campaign.
func TestCampaignMoves(t *testing.T) {
	t.Parallel()
	require.Len(t, moveTable, len(CampaignStates))
	for _, state := range CampaignStates {
		for _, verb := range Verbs {
			to, err := Campaign{State: state, Author: "an", Approver: "Binh"}.Next(verb, "binh")
			want, legal := moveTable[state][verb]
			if !legal {
				require.ErrorIs(t, err, ErrIllegalMove, "%s on %s", verb, state)
				require.Equal(t, state, to)
				continue
			}
			require.NoError(t, err)
			require.Equal(t, want, to)
		}
	}
	_, err := Campaign{State: Running, Approver: "binh"}.Next(Release, "an")
	require.ErrorIs(t, err, ErrNotApprover)
	for _, same := range []string{"Nguyễn An", "NGUYỄN AN", " nguyễn   an "} {
		_, err := Campaign{State: Submitted, Author: "Nguyễn An"}.Next(Approve, same)
		require.ErrorIs(t, err, ErrSecondPerson)
	}
	_, err = Campaign{State: Submitted}.Next(Approve, "")
	require.ErrorIs(t, err, ErrNoActor)
}

func TestKeyMaker(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1_800_000_000_000)
	k := NewKeyMaker(5, func() time.Time { return now })
	last := int64(0)
	for i := range 20_000 {
		if i == 10_000 {
			now = now.Add(-time.Hour) // the clock goes back
		}
		key := k.Next()
		require.Greater(t, key, last)
		require.EqualValues(t, 5, key>>12&1023)
		last = key
	}
}

func TestUnitValidate(t *testing.T) {
	t.Parallel()
	ward := Unit{Code: "1", Kind: Ward, Name: "Phường", ShortName: "P", ValidFrom: "2025-07-01"}
	require.NoError(t, ward.Validate(Province))
	require.NoError(t, Unit{Code: "1", Kind: Province, Name: "Tỉnh"}.Validate(""))
	bad := func(change func(*Unit), parent UnitKind, want string) {
		u := ward
		change(&u)
		require.ErrorContains(t, u.Validate(parent), want)
	}
	bad(func(u *Unit) { u.Kind = "x" }, Province, "kind")
	bad(func(u *Unit) { u.Name = " " }, Province, "name")
	bad(func(u *Unit) { u.Code = "" }, Province, "code")
	bad(func(u *Unit) { u.ShortName = "much too long" }, Province, "longer than 9")
	bad(func(u *Unit) { u.ShortName = "Hồng" }, Province, "without accents")
	bad(func(u *Unit) { u.ValidTo = "2025-06-30" }, Province, "valid_to")
	bad(func(*Unit) {}, School, "cannot stand under")
	bad(func(u *Unit) { u.Kind = Province }, Ward, "no parent")
}
