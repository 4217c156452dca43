package access

import (
	"slices"
	"strings"

	"github.com/loaphuong/loa/campaigns"
)

// Root is the path of everything: every unit's path begins with it.
const Root = "/"

// Grant is a set of permissions in a unit and all that stands under it. Role is "" for a key.
type Grant struct {
	Unit  campaigns.UnitID
	Path  string // of the unit today, "/province/ward/"; Root for everything
	Role  Role
	Perms []Permission
}

func (g Grant) covers(p Permission, path string) bool {
	return g.Path != "" && strings.HasPrefix(path, g.Path) && slices.Contains(g.Perms, p)
}

// Caller is who asks: a person of the staff who has signed in, or whoever holds a key. The zero Caller may do nothing.
type Caller struct {
	KeyID   string
	KeyKind KeyKind
	Cap     int // messages a day that the key may send, 0 = no limit

	StaffID   string
	Login     string
	SessionID string
	Stage     Stage
	CSRF      string // what a request of this session that changes something must carry
	Fresh     bool   // the second factor was shown lately

	Name   string
	From   string // address the request came from
	Grants []Grant
}

// ID names the caller among all others; "" for nobody.
func (c Caller) ID() string {
	if c.KeyID != "" {
		return "key:" + c.KeyID
	}
	if c.StaffID != "" {
		return "staff:" + c.StaffID
	}
	return ""
}

// May says whether the caller holds a permission in the unit of this path. An empty path is no unit and grants nothing.
func (c Caller) May(p Permission, unitPath string) bool {
	return slices.ContainsFunc(c.Grants, func(g Grant) bool { return g.covers(p, unitPath) })
}

// MayAnywhere says whether the caller holds a permission in any unit at all.
func (c Caller) MayAnywhere(p Permission) bool {
	return slices.ContainsFunc(c.Grants, func(g Grant) bool { return g.Path != "" && slices.Contains(g.Perms, p) })
}

// MayBelow says whether the caller holds a permission in a unit under this path, so that what the unit above does concerns
// them.
func (c Caller) MayBelow(p Permission, unitPath string) bool {
	return unitPath != "" && slices.ContainsFunc(c.Grants, func(g Grant) bool { return strings.HasPrefix(g.Path, unitPath) && slices.Contains(g.Perms, p) })
}

// Everywhere says whether the caller holds every permission at the root, as the first key does.
func (c Caller) Everywhere() bool {
	return slices.ContainsFunc(c.Grants, func(g Grant) bool { return g.Path == Root && len(g.Perms) == len(permissions) })
}

// Scope lists the paths under which the caller holds a permission, the widest only: what a query asks the database to
// begin with. Nothing means that the query finds nothing.
func (c Caller) Scope(p Permission) []string {
	var all []string
	for _, g := range c.Grants {
		if g.covers(p, g.Path) {
			all = append(all, g.Path)
		}
	}
	slices.Sort(all) // a path stands before those under it
	var out []string
	for _, path := range all {
		if len(out) == 0 || !strings.HasPrefix(path, out[len(out)-1]) {
			out = append(out, path)
		}
	}
	return out
}

// Paths are the paths of all units in which the caller holds anything.
func (c Caller) Paths() []string {
	out := []string{}
	for _, g := range c.Grants {
		if g.Path != "" {
			out = append(out, g.Path)
		}
	}
	return out
}

// Masked says whether numbers of people in the unit of this path are shown to the caller masked whatever they ask.
func (c Caller) Masked(unitPath string) bool { return !c.May(PersonReveal, unitPath) }

// Rank is the highest rank that the caller holds over the unit of this path; a key at the root has the highest.
func (c Caller) Rank(unitPath string) int {
	rank := 0
	for _, g := range c.Grants {
		if !strings.HasPrefix(unitPath, g.Path) || g.Path == "" {
			continue
		}
		rank = max(rank, g.Role.Rank())
		if g.Role == "" && g.Path == Root {
			rank = highest
		}
	}
	return rank
}

// MayAppoint says whether the caller may give or take a role in the unit of this path: they manage its staff and the role
// stands below theirs, or theirs is the highest.
func (c Caller) MayAppoint(r Role, unitPath string) bool {
	rank := c.Rank(unitPath)
	return c.May(StaffManage, unitPath) && r.Rank() > 0 && (r.Rank() < rank || rank == highest)
}

// Actor names the caller in the record. A name alone may be two people's, so the sign-in name, which is one's own, stands
// beside it.
func (c Caller) Actor() string {
	if c.StaffID == "" {
		return c.Name
	}
	return c.Name + " (" + c.Login + ")"
}

// Who is the caller as the audit log names them.
func (c Caller) Who() Who {
	if c.StaffID != "" {
		return Who{Kind: ByStaff, ID: c.StaffID, Name: c.Actor(), From: c.From}
	}
	if c.KeyID == "" {
		return Who{Kind: ByOperator, Name: c.Name}
	}
	return Who{Kind: ByKey, ID: c.KeyID, Name: c.Name, From: c.From}
}
