package api_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/internal/apptest"
)

// corpusEntry is one request of the bad-input corpus (security.md §5, groups J and Q) and what it must be answered.
type corpusEntry struct {
	no, method, target string
	header             []string // "Name: value"
	body               string
	want               []int
}

// post is an entry whose body is all that is special.
func post(no, body string, want ...int) corpusEntry {
	return corpusEntry{no: no, method: "POST", target: "/api/v1/campaigns", header: []string{"Content-Type: application/json"}, body: body, want: want}
}

func get(no, target string, want ...int) corpusEntry {
	return corpusEntry{no: no, method: "GET", target: target, want: want}
}

func zipped(n int) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(bytes.Repeat([]byte(" "), n))
	_ = w.Close()
	return b.String()
}

// corpus lists J1-12 and Q1-10; entries with several shapes have a line for each.
func corpus() []corpusEntry {
	fine := `{"unit":"90001","kind":"exam","name":"x","fields":{}`
	whole := `{"unit":"90001","kind":"eid2","name":"x","fields":{"place":"a","time":"b","doc_list":"c"}`
	return []corpusEntry{
		post("J2", whole+`}`, 201), // so that the others are refused for what is wrong with them
		post("J1", strings.Repeat("[", 100_000), 400, 422),
		post("J1", strings.Repeat(`{"a":`, 100_000), 400, 422),
		post("J2", whole+`,"name":"y"}`, 400),
		post("J2", whole+`,"fields":{"place":"a","place":"b"}}`, 400),
		post("J3", fine+`,"surprise":1}`, 422),
		post("J4", fine+`,"ladder":[{"name":"first","after_days":1e400,"channels":["sms.test"]}]}`, 400, 422),
		post("J4", fine+`,"ladder":[{"name":"first","after_days":NaN,"channels":["sms.test"]}]}`, 400, 422),
		post("J4", fine+`,"ladder":[{"name":"first","after_days":9007199254740993,"channels":["sms.test"]}]}`, 422),
		{no: "J5", method: "POST", target: "/api/v1/outcomes", header: []string{"Content-Type: application/json"}, body: `{"person_id":true,"fact":"card"}`, want: []int{422}},
		post("J6", `{"unit":null,"kind":"exam","name":"x"}`, 422),
		post("J7", fine+`,"ladder":[`+strings.Repeat(`0,`, 400_000)+`0]}`, 400, 413, 422),
		post("J8", whole+`}{"again":1}`, 400),
		post("J9", "\xef\xbb\xbf"+whole+"}", 400),
		post("J9", whole+`,"deadline_on":"`+"\xff"+`"}`, 400),
		post("J10", `{"unit":"90001","kind":"eid2","name":"\ud800","fields":{"place":"a","time":"b","doc_list":"c"}}`, 400),
		post("J10", `{"unit":"90001","kind":"eid2","name":"\udc00","fields":{"place":"a","time":"b","doc_list":"c"}}`, 400),
		post("J10", `{"unit":"90001","kind":"eid2","name":"\\ud800 \ud83d\ude00","fields":{"place":"a","time":"b","doc_list":"c"}}`, 201),
		{no: "J11", method: "POST", target: "/api/v1/campaigns", body: fine + "}", want: []int{400, 415, 422}},
		{no: "J11", method: "POST", target: "/api/v1/campaigns", header: []string{"Content-Type: text/plain"}, body: fine + "}", want: []int{400, 415}},
		{no: "J12", method: "POST", target: "/api/v1/campaigns", header: []string{"Content-Type: application/json", "Content-Encoding: gzip"}, body: zipped(64 << 20), want: []int{400, 415, 422}},
		get("Q1", "/api/v1/campaigns?limit=-1", 422),
		get("Q1", "/api/v1/campaigns?limit=0", 422),
		get("Q1", "/api/v1/campaigns?limit=1000000000", 422),
		get("Q2", "/api/v1/campaigns?cursor=01a20fe2-df0d-748e-9560-c839b6fd727e", 200),
		get("Q2", "/api/v1/campaigns?cursor='%20OR%201=1--", 200, 422),
		get("Q2", "/api/v1/campaigns?cursor=%00", 200, 422),
		get("Q3", "/api/v1/campaigns?limit=1&limit=2", 200, 422),
		get("Q4", "/api/v1/campaigns?filters[9999999]=x", 200, 422),
		get("Q5", "/api/v1/campaigns/%00", 404, 422),
		get("Q5", "/api/v1/campaigns/%2e%2e%2funits", 404),
		get("Q5", "/api/v1/campaigns/%252e%252e", 404),
		get("Q5", "/api/v1/campaigns/..%2f..%2fetc", 404),
		get("Q6", "/api/v1/campaigns/%zz", 400, 404),
		get("Q6", "/api/v1/campaigns?cursor=%", 200, 400, 422),
		get("Q7", "/api/v1/campaigns?cursor="+strings.Repeat("x", 9000), 414, 431),
		get("Q8", "/API/v1/campaigns", 404),
		get("Q8", "/api/v1/campaigns/", 404),
		get("Q8", "/api//v1/campaigns", 404),
		get("Q9", "/api/v1/campaigns?sort=name;drop", 200, 422),
		{no: "Q10", method: "TRACE", target: "/api/v1/campaigns", want: []int{400, 404, 405}},
		{no: "Q10", method: "PROPFIND", target: "/api/v1/campaigns", want: []int{400, 404, 405, 501}},
		{no: "Q10", method: "DELETE", target: "/api/v1/campaigns", want: []int{404, 405}},
	}
}

// Every entry is answered as it must be, over a real connection, within a second, and the server goes on.
func TestBadRequests(t *testing.T) {
	t.Parallel()
	e := start(t, apptest.SQLite(t), nil)
	e.ward()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = e.app.Listener(ln) }()
	t.Cleanup(func() { require.NoError(t, e.app.Shutdown()) })
	numbers := map[string]bool{}
	for _, c := range corpus() {
		numbers[c.no] = true
		status, body := raw(t, ln.Addr().String(), e.key, c)
		require.Contains(t, c.want, status, "%s %s %.80s: %s", c.no, c.method, c.target, body)
		require.NotContains(t, body, "surprise", c.no)
		require.NotContains(t, body, "etc", c.no)
	}
	for group, n := range map[string]int{"J": 12, "Q": 10} {
		for i := range n {
			require.True(t, numbers[fmt.Sprintf("%s%d", group, i+1)], "%s%d is not tried", group, i+1)
		}
	}
	e.do("GET", "/api/v1/me", nil).is(200)
	t.Logf("%d requests of %d entries", len(corpus()), len(numbers))
}

// raw sends a request as it stands.
func raw(t *testing.T, addr, key string, c corpusEntry) (int, string) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	head := c.method + " " + c.target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nLoa-Actor: Lan\r\nAuthorization: Bearer " + key + "\r\n"
	for _, h := range c.header {
		head += h + "\r\n"
	}
	if c.body != "" {
		head += fmt.Sprintf("Content-Length: %d\r\n", len(c.body))
	}
	go func() { _, _ = io.WriteString(conn, head+"\r\n"+c.body) }() // the server may answer before it has all
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: c.method})
	require.NoError(t, err, "%s %.80s", c.no, c.target)
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(body)
}
