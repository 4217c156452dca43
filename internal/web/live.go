package web

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
)

// liveFigures remembers reports for a moment, so that ten readers of a page ask the record once.
type liveFigures struct {
	mu   sync.Mutex
	kept map[campaigns.CampaignID]*keptReport
	end  chan struct{} // closed when the streams are to end
	once sync.Once
}

type keptReport struct {
	mu     sync.Mutex
	report campaigns.CampaignReport
	at     time.Time

	detail   detail
	detailAt time.Time
	reading  chan struct{} // closed when the details that are being read are there; nil while nobody reads
}

// detail is what a report does not hold and what costs more to count.
type detail struct {
	days  []VerifiedDay
	kinds map[campaigns.AnswerKind]int
	ways  map[string]int
	areas []Area
}

const (
	reportFor   = 1500 * time.Millisecond
	detailFor   = 10 * time.Second
	detailWait  = 25 * time.Millisecond // a page that lives does not wait longer for its first details; the next look has them
	paperWait   = 3 * time.Second       // paper has no next look
	detailTime  = time.Minute
	reportsKept = 2000
)

// of finds what is remembered of a campaign.
func (l *liveFigures) of(id campaigns.CampaignID) *keptReport {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.kept == nil || len(l.kept) > reportsKept {
		l.kept = map[campaigns.CampaignID]*keptReport{}
	}
	k := l.kept[id]
	if k == nil {
		k = &keptReport{}
		l.kept[id] = k
	}
	return k
}

func (l *liveFigures) report(ctx context.Context, id campaigns.CampaignID, read func(context.Context) (campaigns.CampaignReport, error)) (campaigns.CampaignReport, error) {
	k := l.of(id)
	k.mu.Lock()
	defer k.mu.Unlock()
	if time.Since(k.at) < reportFor {
		return k.report, nil
	}
	report, err := read(ctx)
	if err == nil {
		k.report, k.at = report, time.Now()
	}
	return report, err
}

// details returns what is known of a campaign beside its report; known is false while it is counted for the first time. It
// is read beside the request, by one reader for all who ask. What is known and old is shown until the new is there.
func (s *server) details(r *request, c campaigns.Campaign, run campaigns.Run, report campaigns.CampaignReport, patience time.Duration) (d detail, known bool) {
	k := s.live.of(c.ID)
	k.mu.Lock()
	if time.Since(k.detailAt) < detailFor {
		defer k.mu.Unlock()
		return k.detail, true
	}
	if k.reading == nil {
		k.reading = make(chan struct{})
		s.Aside(func(ctx context.Context) { s.readDetails(ctx, k, c, run, report) })
	}
	done := k.reading
	if !k.detailAt.IsZero() {
		defer k.mu.Unlock()
		return k.detail, true
	}
	k.mu.Unlock()
	wait := time.NewTimer(patience)
	defer wait.Stop()
	select {
	case <-done:
	case <-wait.C:
	case <-r.ctx.Done():
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.detail, !k.detailAt.IsZero()
}

func (s *server) readDetails(ctx context.Context, k *keptReport, c campaigns.Campaign, run campaigns.Run, report campaigns.CampaignReport) {
	ctx, cancel := context.WithTimeout(ctx, detailTime)
	defer cancel()
	d, err := s.readDetail(ctx, c, run, report)
	k.mu.Lock()
	defer k.mu.Unlock()
	if err == nil {
		k.detail, k.detailAt = d, time.Now()
	} else {
		s.Log.Warn("figures of a page could not be counted", "error", campaigns.MaskDigits(err.Error()))
	}
	close(k.reading)
	k.reading = nil
}

// drop forgets a report after a verb: the page that follows shows the new state.
func (l *liveFigures) drop(id campaigns.CampaignID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.kept, id)
}

func (l *liveFigures) stop() { l.once.Do(func() { close(l.end) }) }

// liveParts are the parts of the page that the stream brings up to date, with the beats between two looks: progress
// every beat, the rest more rarely.
var liveParts = []struct {
	id    string
	every int
}{{"sending", 1}, {"goal", 5}, {"funnel", 5}, {"answers", 5}, {"media", 5}, {"left", 5}, {"areas", 5}, {"spoken", 15}}

const (
	pingEvery   = 15 * time.Second
	checkEvery  = time.Minute // whether the session still lives
	streamsLast = time.Hour
)

func (s *server) liveCampaign(app *fiber.App) {
	app.Get("/campaigns/:id/live", s.page(func(r *request) error {
		c, _, err := s.mine(r)
		if err != nil {
			return err
		}
		r.Set(fiber.HeaderContentType, "text/event-stream")
		r.Set("X-Accel-Buffering", "no")
		// The stream outlives the handler, whose context and request are used again by others.
		one := &stream{server: s, id: c.ID, request: &request{lang: r.lang, visit: r.visit, who: r.who, unit: r.unit}, sent: s.had(r.Query("have"))}
		r.Context().SetBodyStreamWriter(one.run)
		return nil
	}))
}

// have says what a page has of each part, so that its stream, also one that was cut and begins again, sends what differs.
func (s *server) have(lang string, f figures) string {
	var out []string
	for _, part := range liveParts {
		html, err := s.piece(lang, "campaign", "live-"+part.id, f)
		if err != nil {
			return "" // the stream then sends everything
		}
		out = append(out, shortHash(html))
	}
	return strings.Join(out, ".")
}

func (s *server) had(have string) map[string]string {
	out := map[string]string{}
	for i, sum := range strings.Split(have, ".") {
		if i < len(liveParts) {
			out[liveParts[i].id] = sum
		}
	}
	return out
}

func shortHash(html []byte) string {
	sum := sha256.Sum256(html)
	return hex.EncodeToString(sum[:6])
}

// stream is one reader of one campaign.
type stream struct {
	*server
	request *request
	id      campaigns.CampaignID
	sent    map[string]string // what the page has of each part, by a short hash
	last    pace
}

// pace is what was sent at a moment, to tell how fast it goes.
type pace struct {
	at   time.Time
	done int
}

func (l *stream) run(w *bufio.Writer) {
	beat := time.NewTicker(l.Beat)
	defer beat.Stop()
	began, wrote, checked := time.Now(), time.Now(), time.Now()
	for n := 0; time.Since(began) < streamsLast; n++ {
		if time.Since(checked) > checkEvery {
			if !l.allowed() {
				return
			}
			checked = time.Now()
		}
		message := l.news(n)
		if len(message) == 0 && time.Since(wrote) > pingEvery {
			message = []byte(": ping\n\n")
		}
		if len(message) > 0 {
			_, _ = w.Write(message)
			if w.Flush() != nil { // the reader has left
				return
			}
			wrote = time.Now()
		}
		select {
		case <-beat.C:
		case <-l.live.end:
			return
		}
	}
}

func (l *stream) allowed() bool {
	ctx, cancel := context.WithTimeout(context.Background(), answerTime)
	defer cancel()
	who, err := l.Staff.Who(ctx, l.request.visit)
	return err == nil && who.May != nil && who.May(mayReadAll, l.request.unit.Path)
}

// news is one message with the parts whose HTML has changed; nothing where the record cannot be read just now.
func (l *stream) news(n int) []byte {
	ctx, cancel := context.WithTimeout(context.Background(), answerTime)
	defer cancel()
	r := *l.request
	r.ctx = ctx
	c, err := l.Record.Campaign(ctx, l.id)
	if err != nil {
		return nil
	}
	runs, err := l.Record.Runs(ctx, l.id)
	if err != nil || len(runs) == 0 {
		return nil
	}
	f, err := l.figuresOf(&r, c, runs[0], detailWait)
	if err != nil {
		return nil
	}
	l.speed(&r, &f.Sending)
	var out bytes.Buffer
	for _, part := range liveParts {
		if n%part.every != 0 {
			continue
		}
		html, err := l.piece(r.lang, "campaign", "live-"+part.id, f)
		if err != nil {
			continue
		}
		if sum := shortHash(html); sum != l.sent[part.id] {
			l.sent[part.id] = sum
			fmt.Fprintf(&out, `<hx-partial hx-target="#live-%s" hx-swap="innerMorph">%s</hx-partial>`, part.id, html)
		}
	}
	if out.Len() == 0 {
		return nil
	}
	return event(out.Bytes())
}

// event frames HTML as a message of a stream.
func event(html []byte) []byte {
	var out bytes.Buffer
	for line := range bytes.Lines(html) {
		out.WriteString("data: ")
		out.Write(bytes.TrimRight(line, "\n"))
		out.WriteByte('\n')
	}
	out.WriteByte('\n')
	return out.Bytes()
}

// speed says how fast it goes and how long it will last, from what has changed since an earlier look.
func (l *stream) speed(r *request, v *sending) {
	now := pace{time.Now(), v.Done}
	if l.last.at.IsZero() {
		l.last = now
		return
	}
	seconds := now.at.Sub(l.last.at).Seconds()
	if now.done > l.last.done && seconds > 0 {
		v.Rate = max(int(float64(now.done-l.last.done)/seconds), 1)
		left := time.Duration(float64(v.All-v.Done)/float64(v.Rate)) * time.Second
		v.Left = l.lasting(r, left)
	}
	if seconds > 10 {
		l.last = now
	}
}

// lasting is how long something still takes, in words.
func (s *server) lasting(r *request, d time.Duration) string {
	if d < time.Minute {
		return s.say(r, "web.live.soon")
	}
	return s.say(r, "web.live.minutes", "n", int((d+time.Minute-1)/time.Minute))
}
