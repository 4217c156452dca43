package kind_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/kind"
	"github.com/loaphuong/loa/locales"
	"github.com/loaphuong/loa/templates"
)

// forms says in which form a medium carries a template.
var forms = map[string][]string{"sms": {"sms_plain", "sms"}, "zalo": {"long"}, "relay": {"relay_private", "relay_task", "relay_group"}, "visit": {"visit"}, "print": {"print", "speech"}}

// Every kind: the plan ends, every step has a template for each of its media, what templates need is asked for, the
// audience is valid, and an outcome can be reached.
func TestKinds(t *testing.T) {
	t.Parallel()
	cat, err := locales.Load()
	require.NoError(t, err)
	set, err := templates.New(cat)
	require.NoError(t, err)
	// Fields that come from the person, the unit or the engine and not from the campaign.
	own := []string{"unit", "name", "honorific", "phone", "code", "class", "yob", "village", "n", "stop"}
	for _, k := range kind.All() {
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			require.True(t, k.Done.Known())
			require.NotEmpty(t, k.Basis)
			require.Contains(t, campaigns.Lanes, k.Lane)
			require.NoError(t, k.Filter("u").Validate())
			require.True(t, cat.Has("vi", "kind."+k.Name))
			require.True(t, cat.Has("vi", "answer.ask."+k.Name))
			own := own
			if k.Personal {
				own = append(slices.Clone(own), "expiry", "age", "bday")
			}
			last := -1
			for _, s := range k.Steps {
				require.Greater(t, s.AfterDays, last, "steps follow each other")
				last = s.AfterDays
				for _, medium := range s.Channels {
					if k.Written {
						require.Empty(t, set.Fields(k.Name, s.Name, forms[medium][0]), "words that staff write are not shipped")
						continue
					}
					for _, form := range forms[medium] {
						fields := set.Fields(k.Name, s.Name, form)
						require.NotNil(t, fields, "%s %s %s has no template", k.Name, s.Name, form)
						for _, f := range fields {
							require.True(t, slices.Contains(own, f) || slices.Contains(k.Needs, f), "%s/%s.%s needs %q, the kind does not ask for it", k.Name, s.Name, form, f)
						}
					}
				}
			}
			found, err := kind.ByName(k.Name)
			require.NoError(t, err)
			require.Equal(t, k.Name, found.Name)
		})
	}
	_, err = kind.ByName("nonsense")
	require.ErrorIs(t, err, campaigns.ErrUnknownKind)
}

func TestLadderLeavesOutWhatNothingCarries(t *testing.T) {
	t.Parallel()
	k, err := kind.ByName("exam")
	require.NoError(t, err)
	l := k.Ladder(func(medium string) string {
		if medium == "relay" {
			return "relay.task"
		}
		return ""
	})
	require.Len(t, l, 3)
	for _, s := range l {
		require.Equal(t, []string{"relay.task"}, s.Channels)
	}
	require.Equal(t, []string{"place", "time", "deadline", "doc_list", "doc_no"}, k.Missing(nil))
}

// everywhere is every medium open by a channel of its own name.
type everywhere struct{}

func (everywhere) Has(string) bool              { return true }
func (everywhere) Carries(medium string) string { return medium + ".test" }

// TestEveryKindLaunches: a campaign of each kind can be made from its needs alone, goes the whole way to running and, in
// every step, reaches a person who can be reached.
func TestEveryKindLaunches(t *testing.T) {
	t.Parallel()
	person := campaigns.Person{ID: "p", ClassID: "c", Contacts: []campaigns.Contact{{Medium: "phone", Kind: "mobile", Owner: campaigns.Self}}}
	for _, k := range kind.All() {
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			d := kind.Draft{Kind: k.Name, Name: "Thử", Unit: campaigns.Unit{ID: "u"}, Fields: map[string]string{}, DeadlineOn: "2027-04-15", Author: "An"}
			for _, need := range k.Needs {
				d.Fields[need] = "x"
			}
			if k.Written {
				d.Words = &campaigns.TemplateVersion{ID: "v"}
			}
			c, err := kind.Make(d, everywhere{})
			require.NoError(t, err)
			c.State = campaigns.Draft
			for _, move := range []struct {
				verb  campaigns.Verb
				actor string
			}{{campaigns.Submit, "An"}, {campaigns.Approve, "Bình"}, {campaigns.Launch, "Bình"}} {
				c.State, err = c.Next(move.verb, move.actor)
				require.NoError(t, err)
			}
			require.Equal(t, campaigns.Running, c.State)
			for _, step := range c.Ladder {
				var reach []campaigns.ChannelReach
				for _, channel := range step.Channels {
					reach = append(reach, campaigns.ChannelReach{Name: channel, Medium: strings.TrimSuffix(channel, ".test")})
				}
				require.Empty(t, campaigns.Plan(person, false, reach, 1).Refused, step.Name)
				require.Equal(t, campaigns.Verified, campaigns.Plan(person, true, reach, 1).Refused, "an outcome ends it")
			}
		})
	}
}

// Only a campaign in the unit's own words says itself what counts as done.
func TestTheFactOfACampaign(t *testing.T) {
	t.Parallel()
	draft := func(kindName string, fact campaigns.Fact) (campaigns.Campaign, error) {
		return kind.Make(kind.Draft{Kind: kindName, Name: "Thử", Unit: campaigns.Unit{ID: "u"}, Author: "An", Fact: fact, Words: &campaigns.TemplateVersion{ID: "v"}}, everywhere{})
	}
	for _, fact := range campaigns.AllFacts {
		c, err := draft("custom", fact)
		require.NoError(t, err)
		require.Equal(t, fact, c.Fact)
	}
	c, err := draft("custom", "")
	require.NoError(t, err)
	require.Equal(t, campaigns.CardIssued, c.Fact)
	_, err = draft("custom", "rich")
	require.ErrorIs(t, err, campaigns.ErrMissingFields)
	_, err = kind.Make(kind.Draft{Kind: "homevisit", Name: "Thử", Unit: campaigns.Unit{ID: "u"}, Author: "An", Fact: campaigns.EIDLevel2, Fields: map[string]string{"time": "8h"}}, everywhere{})
	require.ErrorIs(t, err, campaigns.ErrMissingFields)
}
