package api_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/notifier"
)

// A batch of letters and a script, from the list of tasks to the log of their runs. What follows for their deliveries is
// tested with the engine (internal/work).
func TestSheets(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, e *engine) {
		ctx := context.Background()
		ward := e.ward()
		saved, err := e.store.SavePeople(ctx, ward, []store.Draft{{Name: "<b>Bùi Thị Mẫu", Born: "1948-03-02", Village: "Khối 3", Address: "=1+1"}})
		require.NoError(t, err)
		m := notifier.Message{Delivery: 1, Person: saved[0].ID, Unit: ward, StepNo: 1, Subject: "Giấy mời", Body: "Kính gửi bà Mẫu", Locale: "vi", Code: "AB12CD"}
		_, err = e.store.PutPrint(ctx, m)
		require.NoError(t, err)
		m.Delivery, m.Body = 2, "Kính thưa bà con. [nghỉ] Xin cảm ơn."
		_, err = e.store.PutScript(ctx, m)
		require.NoError(t, err)
		m.Delivery = 3
		relay, err := e.store.PutVisit(ctx, m)
		require.NoError(t, err)

		file := func(kind, format, contentType, holds string) string {
			task := e.do("GET", "/api/v1/tasks?kind="+kind, nil).is(200).text("items.0.id")
			a := e.do("GET", "/api/v1/tasks/"+task+"/file?format="+format, nil).is(200)
			require.Contains(t, a.header.Get("Content-Type"), contentType)
			require.Equal(t, `attachment; filename="task.`+format+`"`, a.header.Get("Content-Disposition"))
			require.Contains(t, a.header.Get("Content-Security-Policy"), "default-src 'none'")
			require.Contains(t, a.body, holds)
			return a.body
		}
		page := file("print", "html", "text/html", "Kính gửi bà Mẫu")
		require.Contains(t, page, "&lt;b&gt;Bùi Thị Mẫu")
		require.NotContains(t, page, "<b>Bùi")
		file("print", "csv", "text/csv", "'=1+1")
		file("print", "txt", "text/plain", "Kính gửi bà Mẫu")
		require.NotContains(t, file("air", "html", "text/html", "Kính thưa bà con."), "[nghỉ]")
		file("air", "txt", "text/plain", "Kính thưa bà con.")
		file("air", "csv", "text/csv", "Ngày")

		letters := e.do("GET", "/api/v1/tasks?kind=print", nil).text("items.0.id")
		script := e.do("GET", "/api/v1/tasks?kind=air", nil).text("items.0.id")
		e.do("GET", "/api/v1/tasks/"+relay+"/file", nil).problem(409, "task_without_file")
		e.do("POST", "/api/v1/tasks/"+relay+"/runs", aRun("2026-12-01", "")).problem(409, "task_without_file")
		require.EqualValues(t, 1, e.do("POST", "/api/v1/tasks/"+letters+"/runs", aRun("2026-11-30", "")).is(200).get("open"))
		e.do("POST", "/api/v1/tasks/"+letters+"/runs", aRun("2026-12-01", "")).problem(409, "printed_before")
		e.do("POST", "/api/v1/tasks/"+letters+"/runs", aRun("2026-12-01", "ướt mưa")).is(200)
		e.do("POST", "/api/v1/tasks/"+script+"/runs", aRun("2027-12-01", "")).problem(422, "date_in_future")
		e.do("POST", "/api/v1/tasks/"+script+"/runs", map[string]any{"day": "2026-12-01", "slot": "25:00", "by": "x"}).problem(422, "invalid")
		require.Equal(t, "ướt mưa", e.do("GET", "/api/v1/tasks/"+letters+"/runs", nil).is(200).text("items.1.note"))
		require.NotContains(t, e.log.String(), "Mẫu")
	})
}

// aRun is a run of a batch.
func aRun(day, note string) map[string]any {
	out := map[string]any{"day": day, "by": "An"}
	if note != "" {
		out["note"] = note
	}
	return out
}
