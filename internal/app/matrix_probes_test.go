package app

import (
	"context"
	"flag"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

var updateMatrix = flag.Bool("update", false, "write the golden files")

// beforeSignIn are the operations of nobody in particular, and those that would end the visitor's own session.
var beforeSignIn = []string{"POST /signin", "POST /signin/second", "POST /signin/start", "POST /signin/second-factor", "POST /signout", "POST /me/second-factor", "PUT /me/password",
	"POST /me/sessions/{id}/end", "POST /signin/passkey", "POST /signin/passkey/options", "POST /me/passkeys", "POST /me/passkeys/options", "PUT /me/passkeys/{id}",
	"POST /me/passkeys/{id}/remove", "POST /me/prove"}

// readsOnly are operations that read although they are POSTs: what they look for stands in no address.
var readsOnly = map[string]bool{"POST /people/search": true, "POST /campaigns/:id/recipients": true}

// ofOneself concerns nobody but who asks.
var ofOneself = map[string]bool{"POST /language": true, "POST /unit": true, "POST /sessions/:id/end": true, "POST /account/recovery": true, "POST /account/prove": true,
	"POST /account/password": true, "POST /me/recovery-codes": true}

// shared tells everybody the same: an id in the address names no object of a unit.
// A list of outcomes is taken line by line: other units' people are told of as unknown.
var shared = map[string]bool{"POST /outcomes/csv": true, "PUT /prices/{channel}": true, "PUT /channels/{id}/override": true, "POST /opt-outs": true}

// unproven are routes of which no role gets an answer in this world, so that refusals elsewhere prove little. Everything else
// holds for them, too.
var unproven = []string{
	"POST /staff/{id}/links", "POST /staff/{id}/links/remove", "POST /users/:id/link", // no provider of identity is set up
}

const upload = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\nHọ và tên,Ngày sinh\nNguyễn Mới,01/02/2009\n\r\n--x--\r\n"

// apiTable says what operations are asked that need more than the id in their path.
var apiTable = []probe{
	{route: "GET /units"}, {route: "GET /units", what: "under", query: "?parent={unit}"},
	{route: "PUT /units", body: `{"code":"{code}","kind":"{kind}","name":"Nơi MARKER-{place}","parent":"{parent}","valid_from":"2025-07-01"}`},
	{route: "PUT /units", what: "under", body: `{"code":"N-{place}-{own.place}","kind":"ward","name":"x","parent":"{code}","valid_from":"2025-07-01"}`},
	{route: "POST /units/csv", body: "code,kind,name,parent,valid_from\nM-{place}-{own.place},ward,x,{code},2025-07-01\n"},
	{route: "PUT /units/{id}/hours", body: `{"opens":"08:00","closes":"18:00"}`},
	{route: "GET /units/{id}/defects", query: "?kind=wrong"},
	{route: "POST /rosters", query: "?unit={unit}", body: upload}, {route: "GET /rosters", query: "?unit={unit}"},
	{route: "POST /comparisons", body: `{"a":"{roster}"}`}, {route: "POST /comparisons", what: "second", body: `{"a":"{own.roster}","b":"{roster2}"}`},
	{route: "GET /comparisons", query: "?unit={unit}"},
	{route: "POST /people/search", what: "unit", body: `{"unit":"{unit}"}`}, {route: "POST /people/search", what: "everybody", body: `{"name":"MARKER"}`},
	{route: "GET /people/suspects", query: "?unit={unit}"},
	{route: "POST /people/{id}/merge", body: `{"other":"{twin}","reason":"giấy khai sinh"}`},
	{route: "POST /people/{id}/merge", what: "into own", path: "/people/{own.person}/merge", body: `{"other":"{twin}","reason":"giấy khai sinh"}`},
	{route: "POST /people/{id}/apart", body: `{"other":"{twin}","reason":"giấy khai sinh"}`},
	{route: "POST /people/{id}/apart", what: "from own", path: "/people/{own.person}/apart", body: `{"other":"{twin}","reason":"giấy khai sinh"}`},
	{route: "POST /people/{id}/reviews", body: `{"part":"identity","level":1,"finding":"wrong"}`},
	{route: "PUT /review-levels", body: `{"levels":["Xã"]}`},
	{route: "POST /campaigns", body: `{"unit":"{unit}","kind":"exam","name":"x","fields":{"place":"18 Lê Lợi","time":"7:30","doc_list":"giấy khai sinh","doc_no":"12/TB"},"deadline_on":"2027-04-29","ladder":[{"name":"first","channels":["visit.task"]}]}`},
	{route: "POST /campaigns", what: "filter", body: `{"unit":"{own.unit}","kind":"exam","name":"x","filter":{"field":"unit","op":"under","value":"{unit}"},"fields":{"place":"18 Lê Lợi","time":"7:30","doc_list":"giấy khai sinh","doc_no":"12/TB"},"deadline_on":"2027-04-29","ladder":[{"name":"first","channels":["visit.task"]}]}`},
	{route: "POST /campaigns", what: "words", body: `{"unit":"{own.unit}","kind":"custom","name":"x","words":"{version}","ladder":[{"name":"first","channels":["visit.task"]}]}`},
	{route: "PUT /campaigns/{id}", body: `{"unit":"{unit}","kind":"exam","name":"x","fields":{"place":"18 Lê Lợi","time":"7:30","doc_list":"giấy khai sinh","doc_no":"12/TB"},"deadline_on":"2027-04-29","ladder":[{"name":"first","channels":["visit.task"]}]}`},
	{route: "PUT /campaigns/{id}", what: "filter", path: "/campaigns/{own.campaign}", body: `{"unit":"{own.unit}","kind":"exam","name":"x","filter":{"field":"unit","op":"under","value":"{unit}"},"fields":{"place":"18 Lê Lợi","time":"7:30","doc_list":"giấy khai sinh","doc_no":"12/TB"},"deadline_on":"2027-04-29","ladder":[{"name":"first","channels":["visit.task"]}]}`},
	{route: "PUT /campaigns/{id}", what: "words", path: "/campaigns/{own.campaign}", body: `{"unit":"{own.unit}","kind":"custom","name":"x","words":"{version}","ladder":[{"name":"first","channels":["visit.task"]}]}`},
	{route: "GET /campaigns/{id}/people/{person}"}, {route: "GET /campaigns/{id}/people/{person}", what: "of own", path: "/campaigns/{own.campaign}/people/{person}"},
	{route: "POST /audiences/preview", body: `{"unit":"{unit}","filter":{"field":"sex","op":"is","value":"male"}}`},
	{route: "POST /audiences/preview", what: "roster", body: `{"unit":"{own.unit}","filter":{"field":"roster","op":"is","value":"{roster}"}}`},
	{route: "POST /campaigns/{id}/schedule", body: `{"starts_at":"2026-12-24T09:00:00+07:00"}`},
	{route: "POST /campaigns/{id}/close", body: `{}`},
	{route: "GET /campaigns/{id}/residual"}, {route: "GET /campaigns/{id}/residual", what: "unit", path: "/campaigns/{own.campaign}/residual?unit={unit}"},
	{route: "PUT /campaigns/{id}/budget", body: `{"counts":"dong","most":1}`}, {route: "PUT /prices/{channel}", body: `{"dong":1}`},
	{route: "POST /campaigns/{id}/emergency", body: `{"reason":"nước lũ lên nhanh"}`},
	{route: "PUT /campaigns/{id}/targets/{unit}", body: `{"denominator":2,"goal":1}`},
	{route: "PUT /campaigns/{id}/targets/{unit}", what: "unit", path: "/campaigns/{own.campaign}/targets/{unit}", body: `{"denominator":2,"goal":1}`},
	{route: "POST /tasks/{id}/tick", body: `{"result":"absent"}`}, {route: "POST /tasks/{id}/runs", body: `{"day":"2026-12-01","by":"An"}`},
	{route: "POST /campaigns/{id}/responses", body: `{"person_id":"{person}","answer":"need_help"}`},
	{route: "POST /campaigns/{id}/responses", what: "person", path: "/campaigns/{own.campaign}/responses", body: `{"person_id":"{person}","answer":"need_help"}`},
	{route: "POST /campaigns/{id}/people/{person}/refute", first: claimed},
	{route: "PUT /channels/{id}/override", body: `{"override":"none","reason":"x"}`},
	{route: "POST /outcomes", body: `{"person_id":"{person}","fact":"eid1"}`},
	{route: "POST /outcomes/csv", query: "?ref=1", body: "person_id,fact\n{person},eid1\n"},
	{route: "POST /opt-outs", body: `{"phone":"0900000999"}`},
	{route: "GET /templates", query: "?unit={unit}"}, {route: "POST /templates", body: `{"unit":"{unit}","name":"x","words":{"long":{"vi":"Mời {{name}} đến."}}}`},
	{route: "POST /templates/{id}/versions", body: `{"words":{"long":{"vi":"Mời {{name}} đến nhé."}},"newest":1}`},
	{route: "POST /templates/preview", body: `{"unit":"{unit}","kind":"exam","step":"first","form":"long"}`}, {route: "POST /templates/lint", body: `{"unit":"{unit}","text":"Mời đến."}`},
	{route: "GET /webhooks", query: "?unit={unit}"}, {route: "POST /webhooks", body: `{"unit":"{unit}","url":"https://hook.example.org/","kinds":["campaign.moved"]}`},
	{route: "POST /staff", body: `{"login":"new.{place}.{own.place}","name":"Mới","unit":"{unit}","roles":[{"unit":"{unit}","role":"officer"}]}`},
	{route: "POST /staff", what: "role", body: `{"login":"too.{place}.{own.place}","name":"Mới","unit":"{own.unit}","roles":[{"unit":"{own.unit}","role":"officer"},{"unit":"{unit}","role":"officer"}]}`},
	{route: "POST /staff/{id}/reset", body: `{}`}, {route: "PUT /staff/{id}/roles", body: `{"roles":[{"unit":"{unit}","role":"officer"}]}`},
	{route: "POST /keys", body: `{"name":"x","kind":"test","permissions":["unit.read"],"units":["{unit}"]}`}, {route: "POST /keys/{id}/rotate", body: `{}`},
	{route: "POST /staff/{id}/links", body: `{"provider":"x","subject":"x"}`}, {route: "POST /staff/{id}/links/remove", body: `{"provider":"x"}`},
	{route: "POST /campaigns/{id}/tests", body: `{"phone":"0912345678"}`},
	{route: "PUT /units/{id}/links", body: `{"hosts":["congan.nghean.gov.vn"]}`},
	{route: "PUT /units/{id}/reception", body: `{"times":[{"weekday":1,"opens":"08:00","closes":"11:00","every_minutes":30,"seats":4}]}`},
	{route: "PUT /units/{id}/targets", body: `{"fact":"card","month":"2026-12","goal":1,"denominator":2}`},
	{route: "POST /people/{id}/reveal", body: `{"what":"contact","n":1,"reason":"gọi lại cho dân"}`},
	{route: "PUT /people/{id}/restriction", body: `{"restricted":true,"reason":"đơn số năm"}`},
	{route: "POST /requests", body: `{"person_id":"{person}","kind":"access","way":"desk"}`},
	{route: "POST /requests/{id}/accept", first: requested}, {route: "POST /requests/{id}/refuse", body: `{"reason":"không đủ giấy tờ"}`, first: requested},
	{route: "POST /requests/{id}/finish", body: `{}`, first: requested}, {route: "POST /requests/{id}/extend", body: `{"reason":"chờ xác minh"}`, first: requested},
	{route: "POST /exports", body: `{"unit":"{unit}","kind":"people","reason":"báo cáo quý"}`},
	{route: "POST /exports", what: "residual", body: `{"unit":"{own.unit}","kind":"residual","campaign":"{campaign}","reason":"báo cáo quý"}`},
	{route: "GET /exposure", query: "?roster={roster}"}, {route: "GET /exposure", what: "by", query: "?by={staff}"}, {route: "GET /exposure", what: "export", query: "?export={export}"},
	{route: "POST /services", body: `{"unit":"{unit}","name":"x","basis":"Luật Căn cước"}`},
	{route: "PUT /services/{id}", body: `{"name":"MARKER-{place}"}`}, {route: "POST /services/{id}/keys", body: `{"name":"x","kind":"test"}`},
	{route: "PUT /templates/{id}/transactional", body: `{"transactional":true}`},
	{route: "POST /sends", body: `{"service":"{service}","template":"{template}","type":"email","rows":[{"to":"an@example.org","values":{"name":"An"}}]}`},
	{route: "POST /sends", what: "template", body: `{"service":"{own.service}","template":"{template}","type":"email","rows":[{"to":"an@example.org","values":{"name":"An"}}]}`},
	{route: "POST /sends/csv", query: "?service={service}&template={template}&type=email", body: "to,name\nan@example.org,An\n"},
	{route: "GET /audit", query: "?unit={unit}"}, {route: "GET /audit/verify", query: "?unit={unit}"}, {route: "GET /audit/export.ndjson", query: "?unit={unit}"},
}

// pagesBeforeSignIn are pages of nobody in particular, and those that end the visitor's own session.
var pagesBeforeSignIn = []string{"GET /sign-in", "POST /sign-in", "GET /start", "POST /start", "GET /setup", "POST /setup", "GET /second", "POST /second", "POST /sign-out", "POST /sessions/:id/end",
	"POST /rosters/new",                                                                                                    // a file of its own form, tried by the API
	"GET /sign-in/with/:provider", "GET /sign-in/with/:provider/back", "GET /start/go/:provider", "POST /users/:id/unlink", // no provider is set up
	"POST /account/passkeys/:id/remove", "GET /settings/test/:channel", "POST /settings/test/:channel"} // nobody has a passkey here, no channel is open

// notPages answer on the same listener and are no pages for staff.
var notPages = []string{"/", "/healthz", "/readyz", "/metrics", "/openapi.json", "/openapi.yaml", "/openapi-3.0.json", "/openapi-3.0.yaml", "/docs", "/ui-kit"}

// pageTable says what pages are asked that need more than an id.
var pageTable = []probe{
	{route: "POST /approvals/:id", body: "do=return&why_back=Sai+giờ+hẹn"},
	{route: "POST /campaigns/:id/pause", body: "why=Sai+giờ+hẹn"}, {route: "POST /campaigns/:id/resume", body: "why=Sai+giờ+hẹn"}, {route: "POST /campaigns/:id/stop", body: "why=Sai+giờ+hẹn&count=1"},
	{route: "POST /todo/:id/take"}, {route: "POST /todo/:id/give", body: "holder=x"},
	{route: "POST /todo/:id/tick", body: "result=told&person={person}"}, {route: "POST /todo/inbox/:id/handle", path: "/todo/inbox/{inbox}/handle"},
	{route: "GET /class/:task/people/:id", path: "/class/{task}/people/{person}"}, {route: "POST /class/:task/people/:id", path: "/class/{task}/people/{person}", body: "answer=need_help&key=x"},
	{route: "POST /class/:task/sent", path: "/class/{task}/sent"}, {route: "POST /class/:task/people/:id/wrong", path: "/class/{task}/people/{person}/wrong", body: "wrong=phone&key=x"},
	{route: "POST /people/:id/reveal", body: "contact={contact}&reveal_why=gọi+hỏi+lại"}, {route: "POST /people/:id/stop", body: "contact={contact}&stop_why=gia+đình+nhắn"},
	{route: "POST /drafts/:id/test", path: "/drafts/{form}/test"}, {route: "GET /texts/own/:id", path: "/texts/own/{template}"},
	{route: "GET /texts/own/:id/write", path: "/texts/own/{template}/write"}, {route: "POST /texts/own/:id/write", path: "/texts/own/{template}/write", body: "w-visit-vi=x"},
	{route: "POST /settings/keys/:id/rotate", path: "/settings/keys/{key}/rotate"}, {route: "POST /settings/keys/:id/revoke", path: "/settings/keys/{key}/revoke"},
	{route: "GET /settings/webhooks/:id", path: "/settings/webhooks/{webhook}"}, {route: "POST /settings/webhooks/:id/:verb", path: "/settings/webhooks/{webhook}/test"},
	{route: "POST /users/:id/roles", body: "in_unit={unit}&role=officer&do=add"}, {route: "POST /users/:id/link", body: "provider=x&subject=y"},
	{route: "GET /audit/messages/:id", path: "/audit/messages/{campaign}"}, {route: "POST /uploads/:id", body: "do=import"},
	{route: "POST /hours", body: "closed_days=05/12/2026"}, {route: "POST /hours/sessions", body: "on=05/12/2026&place=x&from=8:00&to=9:00&seats=1&every=60"},
	{route: "POST /hours/sessions/cancel", body: "session=2026-12-05|08:00|x", first: receives}, {route: "GET /hours/days/:on", path: "/hours/days/2026-12-05"},
	{route: "GET /visits/round"}, {route: "GET /visits/round", what: "place", query: "?place={unit}"},
	{route: "POST /campaigns/:id/targets", body: "target_unit={unit}&goal=1"},
	{route: "POST /campaigns/:id/targets", what: "unit", path: "/campaigns/{own.campaign}/targets", body: "target_unit={unit}&goal=1"},
	{route: "POST /people/:id", body: "what=need_help&campaign={campaign}&key=x"},
	{route: "POST /campaigns/new", body: "kind=exam"}, {route: "GET /texts/:kind/:step", path: "/texts/exam/first"},
	{route: "POST /rosters/:id/problems", body: "use=1=x"},
	{route: "GET /drafts/:id/:page", path: "/drafts/{form}/purpose"}, {route: "POST /drafts/:id/:page", path: "/drafts/{form}/purpose", body: "name=x"},
}

// claimed has the person of a place say that they have it already.
func claimed(w *world, place string) {
	at := w.things[place]
	require.NoError(w.t, w.app.Store.AnswerByStaff(context.Background(), campaigns.LaunchID(at["launch"]), campaigns.PersonID(at["person"]), campaigns.AlreadyDone, "relay", uuid.NewString()))
}

// receives has a place hold a session, as others might want to take back.
func receives(w *world, place string) {
	require.NoError(w.t, w.app.Store.SetReceptions(context.Background(), campaigns.UnitID(w.things[place]["unit"]),
		[]campaigns.Reception{{On: "2026-12-05", Hours: campaigns.Hours{Open: 480, Close: 540}, Every: 60, Seats: 1, Place: "x"}}, "an"))
}

// requested has the person of a place ask for their own data.
func requested(w *world, place string) {
	at := w.things[place]
	r, err := w.app.Store.TakeSubjectRequest(context.Background(), campaigns.SubjectRequest{PersonID: campaigns.PersonID(at["person"]), Kind: campaigns.AskAccess, Way: "desk"}, access.Operator("x").Who())
	require.NoError(w.t, err)
	at["request"] = r.ID
}
