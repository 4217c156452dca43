package web_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/store"
)

// A teacher passes a text on that names nobody, writes down what a parent said, and reports what is wrong; the office finds
// that in its to-do, once however often the form is sent. A teacher of another class finds nothing.
func TestTeacher(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	ctx := context.Background()
	saved, err := s.app.Store.SavePeople(ctx, s.one.ID, []store.Draft{{Name: "Nguyễn Thị Hòa", Born: "2009-01-01", School: "THPT Một", Class: "12A1"},
		{Name: hostile[0], Born: "2009-01-02", School: "THPT Một", Class: "12A1"}})
	require.NoError(t, err)
	pupil := saved[0].ID
	_, launch := s.running("exam")
	p, err := s.app.Store.Person(ctx, pupil)
	require.NoError(t, err)
	class, err := s.app.Store.Unit(ctx, p.ClassID)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		tasks, err := s.app.Store.ClassTasks(ctx, class.ID)
		return err == nil && len(tasks) > 0 && tasks[0].Open == 2
	}, time.Minute, 20*time.Millisecond)
	s.staff.units["ha"], s.staff.units["other"] = []campaigns.Unit{class}, []campaigns.Unit{s.two}
	r := s.signedIn("ha")
	require.Equal(t, "/class", r.path)
	require.Contains(t, r.page, "12A1")
	bubble := r.page[strings.Index(r.page, `class="bubble"`):]
	require.NotContains(t, bubble[:strings.Index(bubble, "</p>")], "Hòa", "the text for the group names nobody")
	one := r.link(`/class/[^"]+/people/` + string(pupil))
	require.Equal(t, 200, r.get(one))
	require.Equal(t, 422, r.post(one+"/wrong", url.Values{"wrong": {"everything"}}))
	require.Equal(t, 422, r.post(one+"/wrong", url.Values{"wrong": {"phone"}, "wrong_note": {strings.Repeat("ế", 301)}}))
	require.Equal(t, 200, r.get(one))
	form := url.Values{"wrong": {"phone"}, "wrong_note": {`số mới ` + hostile[0]}, "key": {"k"}}
	token := r.token()
	for range 2 {
		form.Set("csrf", token)
		require.Equal(t, 200, r.post(one+"/wrong", form))
	}
	require.Contains(t, r.page, "Đã chuyển cho công an")
	list, err := s.app.Store.Inbox(ctx, []string{s.one.Path}, "", 10)
	require.NoError(t, err)
	require.Len(t, list, 1, "sent twice, it is one report")
	require.Equal(t, pupil, list[0].Person)
	defects, err := s.app.Store.Defects(ctx, s.one.ID, campaigns.DataWrong, "", 10)
	require.NoError(t, err)
	require.Len(t, defects, 1)
	require.Equal(t, campaigns.PartContact, defects[0].Part)

	office := s.signedIn("mai")
	require.Equal(t, 200, office.get("/todo?kind=inbox"))
	require.Contains(t, office.page, "Số điện thoại đã đổi")
	require.Equal(t, 200, r.get(one))
	require.Equal(t, 200, r.post(one, url.Values{"answer": {"will_come"}, "key": {"k2"}}))
	require.NotContains(t, r.page, one, "who has answered is not asked again")
	require.Equal(t, 200, r.post(strings.Split(one, "/people/")[0]+"/sent", url.Values{}))
	require.Contains(t, r.page, "Đã gửi vào nhóm")
	n, err := s.app.Store.CountAnswers(ctx, launch, pupil)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	rows, err := s.app.Store.FindAudit(ctx, access.AuditFilter{Unit: s.one.ID, Verbs: []access.Verb{access.PersonReported, access.PersonAnswered, access.TaskTicked}}, 10)
	require.NoError(t, err)
	require.Len(t, rows, 4, "the office's log says what the teacher did")
	require.Equal(t, []access.Verb{access.TaskTicked, access.PersonAnswered, access.PersonReported, access.PersonReported}, []access.Verb{rows[0].Verb, rows[1].Verb, rows[2].Verb, rows[3].Verb})
	stranger := s.signedIn("other")
	require.Equal(t, 404, stranger.get(one))
	form.Del("csrf")
	require.Equal(t, 404, stranger.post(one+"/wrong", form))
}
