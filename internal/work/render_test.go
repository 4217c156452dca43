package work

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/kind"
	"github.com/loaphuong/loa/internal/keys"
	"github.com/loaphuong/loa/locales"
	"github.com/loaphuong/loa/notifier"
	"github.com/loaphuong/loa/templates"
)

// realWriter writes with the shipped words.
func realWriter(t testing.TB) *Writer {
	t.Helper()
	cat, err := locales.Load()
	require.NoError(t, err)
	set, err := templates.New(cat)
	require.NoError(t, err)
	return NewWriter(set, cat, keys.New())
}

// jobOf is a delivery of a kind to Phan Văn Đạt.
func jobOf(kindName string, change func(*notifier.Job)) notifier.Job {
	job := ordinaryJob()
	job.Kind, job.Names, job.Sex, job.Born = kindName, []string{"Phan Văn Đạt"}, "male", "2001-05-10"
	job.Fields["hours"] = "7h30-11h30"
	if change != nil {
		change(&job)
	}
	return job
}

// What is one person's own: the day the card is due, the age reached then, the day of turning 14.
func TestPersonalDates(t *testing.T) {
	t.Parallel()
	w := realWriter(t)
	write := func(job notifier.Job) (string, error) {
		r, err := w.Render(notifier.Spec{Medium: "zalo", Form: "long"}, job)
		return r.Body, err
	}
	body, err := write(jobOf("renewal", func(j *notifier.Job) { j.CardDueOn = "2026-05-10" }))
	require.NoError(t, err)
	require.Contains(t, body, "Kính gửi Ông Phan Văn Đạt. Ngày 10/05/2026, Ông đủ 25 tuổi")
	body, err = write(jobOf("renewal", func(j *notifier.Job) { j.CardDueOn, j.Born = "2026-05-10", "2001" }))
	require.NoError(t, err, "the year alone says the age")
	require.Contains(t, body, "đủ 25 tuổi")
	body, err = write(jobOf("turning14", func(j *notifier.Job) { j.Born = "2012-02-29" }))
	require.NoError(t, err)
	require.Contains(t, body, "Em đủ 14 tuổi ngày 01/03/2026")

	for field, job := range map[string]notifier.Job{
		"expiry": jobOf("renewal", nil),
		"age":    jobOf("renewal", func(j *notifier.Job) { j.CardDueOn = "2030-05-10" }), // a printed date that no age explains
		"bday":   jobOf("turning14", func(j *notifier.Job) { j.Born = "2012" }),
	} {
		_, err := write(job)
		var missing *templates.MissingFieldError
		require.ErrorAs(t, err, &missing, field)
		require.Equal(t, field, missing.Field)
	}
}

// A notice that falls back to Vietnamese is Vietnamese throughout: no form of address of the language that was wished for.
func TestOneLanguageThroughout(t *testing.T) {
	t.Parallel()
	w := realWriter(t)
	for _, wish := range []string{"ja", "fr", "zh-Hant-TW", "xx"} {
		r, err := w.Render(notifier.Spec{Medium: "zalo", Form: "long"}, jobOf("eid2", func(j *notifier.Job) { j.Locale, j.Names = wish, []string{"An", "Bình", "Chi"} }))
		require.NoError(t, err)
		require.Equal(t, "vi", r.Locale)
		require.Contains(t, r.Body, "Kính gửi Ông/Bà An, Bình và Chi.")
	}
	r, err := w.Render(notifier.Spec{Medium: "zalo", Form: "long"}, jobOf("eid2", func(j *notifier.Job) { j.Locale, j.Names = "en", []string{"An", "Bình"} }))
	require.NoError(t, err)
	require.Contains(t, r.Body, "To An and Bình.")
}

// Words of staff come with the job and are written like all others.
func TestWordsOfStaff(t *testing.T) {
	t.Parallel()
	w := realWriter(t)
	words, err := w.set.Compile(map[string]map[string]string{"sms_plain": {"vi": "CA {{unit}} moi {{name}} den {{place}} truoc {{expiry}}."}})
	require.NoError(t, err)
	spec := notifier.Spec{Medium: "sms", Form: "sms_plain"}
	r, err := w.Render(spec, jobOf("custom", func(j *notifier.Job) { j.Words, j.CardDueOn = words, "2026-05-10" }))
	require.NoError(t, err)
	require.Equal(t, "CA P.HongHa moi Phan Van Dat den Nha van hoa thon Dong Hai truoc 10/05/2026. Hoi/Ngung tin: 02033827113", r.Body)
	_, err = w.Render(spec, jobOf("custom", nil))
	require.ErrorIs(t, err, templates.ErrNoTemplate)
}

// Nobody drafts a campaign whose words look like a fraud; the refusal names the field and says what to do.
func TestCheckWords(t *testing.T) {
	t.Parallel()
	w := realWriter(t)
	e := New(Options{Render: w, Lines: []Line{{Spec: notifier.Spec{Name: "sms.test", Medium: "sms", Form: "sms_plain"}}, {Spec: notifier.Spec{Name: "zalo.test", Medium: "zalo", Form: "long"}},
		{Spec: notifier.Spec{Name: "print.test", Medium: "print", Form: "print"}}, {Spec: notifier.Spec{Name: "visit.test", Medium: "visit", Form: "visit"}},
		{Spec: notifier.Spec{Name: "relay.test", Medium: "relay", Form: "relay_private"}}}})
	unit := campaigns.Unit{ID: "u", Kind: campaigns.Ward, Name: "Phường Hồng Hà", ShortName: "HongHa", Phone: "0203 382 7113"}
	draft := func(kindName string, change map[string]string) error {
		fields := map[string]string{"place": "Nhà văn hóa thôn Đông", "time": "7h30 T7, 10/04", "doc_list": "giấy khai sinh", "doc_no": "12/TB-CA", "hours": "7h30-11h30"}
		for k, v := range change {
			fields[k] = v
		}
		_, err := kind.Make(kind.Draft{Kind: kindName, Name: "x", Unit: unit, Fields: fields, DeadlineOn: "2027-04-15", Author: "An"}, e)
		return err
	}
	for _, k := range kind.All() {
		if k.Written {
			require.ErrorIs(t, draft(k.Name, nil), campaigns.ErrMissingFields, "its words must be given")
			continue
		}
		require.NoError(t, draft(k.Name, nil), k.Name)
		require.NoError(t, draft(k.Name, map[string]string{"place": "trụ sở, hỏi 02033827113"}), k.Name)
	}
	for field, value := range map[string]string{"place": "tại vneid-gov.com", "time": "8h, hoặc gọi 0987 654 321", "doc_list": "giấy khai sinh và mã O.T.P", "doc_no": "bit.ly/x", "hours": "chuyển khoản trước"} {
		err := draft("exam", map[string]string{field: value})
		require.ErrorIs(t, err, campaigns.ErrWords, field)
		var refused *campaigns.WordsError
		require.ErrorAs(t, err, &refused)
		require.Equal(t, field, refused.Field)
		require.NotEmpty(t, refused.Advice)
		require.NotContains(t, err.Error(), value, "the words are not repeated")
	}
	err := draft("exam", map[string]string{"place": "quầy 3 gọi", "time": "kích hoạt"}) // harmless apart
	require.ErrorIs(t, err, campaigns.ErrWords)
	require.Contains(t, err.Error(), "step 1, channel sms.test")

	words, err := w.set.Compile(map[string]map[string]string{"sms_plain": {"vi": "Moi {{name}} den {{place}}."}, "long": {"vi": "Mời {{name}} đến {{place}}."}})
	require.NoError(t, err)
	c := campaigns.Campaign{Kind: "custom", Fields: map[string]string{"place": "trụ sở"}, Ladder: campaigns.Ladder{{Name: "first", Channels: []string{"sms.test", "zalo.test"}}}}
	require.NoError(t, e.CheckWordsOf(c, unit, words))
	c.Ladder[0].Channels = []string{"visit.test"}
	require.ErrorIs(t, e.CheckWordsOf(c, unit, words), campaigns.ErrLadder, "the form has no words")
}

// Words that lead to a host of the state are written for the units that may name it, and for no other.
func TestLinksOfAUnit(t *testing.T) {
	t.Parallel()
	w := realWriter(t)
	staff, err := w.Compile(campaigns.StaffWords{"long": {"vi": "Kính mời {{name}} xem https://congan.nghean.gov.vn/lich trước {{deadline}}."}})
	require.NoError(t, err)
	job := jobOf("custom", func(j *notifier.Job) { j.Words, j.Unit = staff, "ward" })
	spec := notifier.Spec{Medium: "zalo", Form: "long"}
	var fraud *templates.FraudError
	_, err = w.Render(spec, job)
	require.ErrorAs(t, err, &fraud, "off by default")
	w.Leading(func(unit campaigns.UnitID) []string {
		return map[campaigns.UnitID][]string{"ward": {"congan.nghean.gov.vn"}}[unit]
	})
	r, err := w.Render(spec, job)
	require.NoError(t, err)
	require.Contains(t, r.Body, "https://congan.nghean.gov.vn/lich")
	job.Unit = "other"
	_, err = w.Render(spec, job)
	require.ErrorAs(t, err, &fraud)
}
