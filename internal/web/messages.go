package web

import (
	"strconv"
	"time"

	"github.com/loaphuong/loa/internal/access"
)

// TextUse is one text that a campaign has sent.
type TextUse struct {
	StepNo          int
	Channel, Locale string
	Version         string
	Sent, Parts     int
	First, Last     int64
}

// messagesView lists campaigns, or shows what one has sent.
type messagesView struct {
	Frame
	Tabs     []chip
	Lines    []reportLine
	Uses     []useLine
	Previews []stepPreview
}

// useLine is a text that was sent, in words.
type useLine struct {
	Step, Channel, Locale, Version string
	Sent, Parts                    int
	First, Last                    time.Time
}

// stepPreview is the text of one step with invented people.
type stepPreview struct {
	Step    string
	Preview *preview
}

func (s *server) listMessages(r *request, c access.Caller) error {
	if !c.May(access.MessageRead, r.unit.Path) || !c.May(access.AuditRead, r.unit.Path) {
		return access.ErrForbidden
	}
	v := messagesView{Frame: s.frame(r, "audit", "web.audit.messages"), Tabs: s.auditTabs(r, "messages")}
	list, err := s.Record.CampaignsAt(r.ctx, r.unit.Path, "", "", pageRows)
	if err != nil {
		return err
	}
	for _, one := range list {
		v.Lines = append(v.Lines, reportLine{To: "/audit/messages/" + string(one.ID), Name: one.Name, State: s.stateTag(r, one.State)})
	}
	return s.show(r, "messages", &v)
}

func (s *server) showMessages(r *request, c access.Caller) error {
	if !c.May(access.MessageRead, r.unit.Path) || !c.May(access.AuditRead, r.unit.Path) {
		return access.ErrForbidden
	}
	one, u, err := s.mine(r)
	if err != nil {
		return err
	}
	v := messagesView{Frame: s.frame(r, "audit", "web.audit.messages_of", "name", one.Name), Tabs: s.auditTabs(r, "messages")}
	v.Back = &link{To: "/audit/messages", Words: s.say(r, "web.audit.messages")}
	uses, err := s.Record.TextUses(r.ctx, one.ID)
	if err != nil {
		return err
	}
	for _, use := range uses {
		line := useLine{Step: strconv.Itoa(use.StepNo), Channel: use.Channel, Locale: s.Words.Name(use.Locale), Version: use.Version, Sent: use.Sent, Parts: use.Parts,
			First: time.UnixMilli(use.First), Last: time.UnixMilli(use.Last)}
		if step, ok := one.Ladder.At(use.StepNo); ok {
			line.Step = s.say(r, "step."+step.Name)
		}
		v.Uses = append(v.Uses, line)
	}
	r.unit = u // the words name the unit of the campaign
	for _, step := range one.Ladder {
		if p := s.previewText(r, one.Kind, step.Name, one.Fields, 0); p != nil && len(p.Forms) > 0 {
			v.Previews = append(v.Previews, stepPreview{s.say(r, "step."+step.Name), p})
		}
	}
	return s.show(r, "messages", &v)
}
