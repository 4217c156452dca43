package access

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
)

var update = flag.Bool("update", false, "write the golden files")

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

// The whole table of who may do what, as an administrator reads it.
func TestMatrix(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	fmt.Fprintf(&out, "%-16s", "")
	for _, r := range Roles() {
		fmt.Fprintf(&out, " %-14s", r)
	}
	for _, p := range Permissions() {
		fmt.Fprintf(&out, "\n%-16s", p)
		for _, r := range Roles() {
			mark := "-"
			if r.May(p) {
				mark = "yes"
			}
			fmt.Fprintf(&out, " %-14s", mark)
		}
	}
	for _, name := range []string{"rank", "held in"} {
		fmt.Fprintf(&out, "\n%-16s", name)
		for _, s := range roles {
			v := fmt.Sprint(s.rank)
			if name != "rank" {
				v = ""
				for _, k := range s.units {
					v += string(k)[:2] + " "
				}
			}
			fmt.Fprintf(&out, " %-14s", v)
		}
	}
	lines := strings.Split(out.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	golden(t, "testdata/matrix.golden", strings.Join(lines, "\n")+"\n")
}

func TestEveryPermissionIsSomebodys(t *testing.T) {
	t.Parallel()
	require.Len(t, unique(permissions), len(permissions))
	for _, s := range roles {
		require.Len(t, unique(s.may), len(s.may), s.role)
		for _, p := range s.may {
			require.Contains(t, permissions, p)
		}
	}
	for _, p := range permissions {
		require.True(t, slices.ContainsFunc(roles, func(s roleSpec) bool { return s.role.May(p) }), p)
	}
	// The auditor reads, masked, and changes nothing.
	for _, p := range Auditor.Permissions() {
		verb := strings.Split(string(p), ".")[1]
		require.Contains(t, []string{"read", "list", "count"}, verb, p)
	}
	require.False(t, Role("nobody").May(UnitRead))
	require.Zero(t, Role("nobody").Rank())
	require.False(t, Integrator.FitsUnit(campaigns.Ward))
	require.True(t, Teacher.FitsUnit(campaigns.Class))
	require.False(t, Teacher.FitsUnit(campaigns.School))
}

func at(role Role, path string) Grant {
	return Grant{Path: path, Role: role, Perms: role.Permissions()}
}

// Every role x permission in the own unit, under it, beside it and above it.
func TestMayFollowsTheTree(t *testing.T) {
	t.Parallel()
	const own = "/p1/w1/"
	for _, r := range Roles() {
		c := Caller{Grants: []Grant{at(r, own)}}
		for _, p := range Permissions() {
			require.Equal(t, r.May(p), c.May(p, own), "%s %s", r, p)
			require.Equal(t, r.May(p), c.May(p, own+"s1/c1/"), "%s %s", r, p)
			for _, path := range []string{"/p1/", "/p1/w2/", "/p2/w1/", Root, "", "/p1/w1", "/p1/w11/"} {
				require.False(t, c.May(p, path), "%s %s %s", r, p, path)
			}
			if r.May(p) {
				require.Equal(t, []string{own}, c.Scope(p))
			} else {
				require.Empty(t, c.Scope(p))
			}
		}
		require.False(t, c.Everywhere())
	}
	require.False(t, Caller{}.May(UnitRead, own))
	require.False(t, Caller{Grants: []Grant{{Role: Commander, Perms: permissions}}}.May(UnitRead, own), "a grant without a path covers nothing")
	require.True(t, Operator("an").Everywhere())
	require.True(t, Operator("an").May(KeyManage, own))
}

func TestSeveralRolesAddUp(t *testing.T) {
	t.Parallel()
	c := Caller{Grants: []Grant{at(Officer, "/p1/w1/"), at(Auditor, "/p1/"), at(Teacher, "/p2/w9/s1/c1/"), at(Officer, "/p1/w1/v1/")}}
	require.True(t, c.May(CampaignDraft, "/p1/w1/"))
	require.False(t, c.May(CampaignDraft, "/p1/w2/"))
	require.True(t, c.May(AuditRead, "/p1/w2/"))
	require.Equal(t, []string{"/p1/w1/"}, c.Scope(CampaignDraft))
	require.Equal(t, []string{"/p1/", "/p2/w9/s1/c1/"}, c.Scope(PersonList))
	require.False(t, c.Masked("/p1/w1/v1/"))
	require.True(t, c.Masked("/p1/w2/"))
	require.True(t, c.Masked("/p2/w9/s1/c1/"))
	require.Equal(t, 3, c.Rank("/p1/w1/"))
	require.Equal(t, 1, c.Rank("/p2/w9/s1/c1/"))
	require.Zero(t, c.Rank("/p3/"))
}

// Nobody makes anybody their equal, but for the highest.
func TestWhoAppointsWhom(t *testing.T) {
	t.Parallel()
	const ward = "/p1/w1/"
	may := map[Role][]Role{ProvinceAdmin: {ProvinceAdmin, Commander, Officer, Desk, Teacher, Auditor}, Commander: {Officer, Desk, Teacher}}
	for _, who := range Roles() {
		c := Caller{Grants: []Grant{at(who, ward)}}
		for _, r := range Roles() {
			require.Equal(t, slices.Contains(may[who], r), c.MayAppoint(r, ward), "%s appoints %s", who, r)
			require.False(t, c.MayAppoint(r, "/p1/w2/"))
		}
	}
	// Rank in one unit and staff management in another do not add up.
	c := Caller{Grants: []Grant{at(Commander, ward), at(ProvinceAdmin, "/p2/")}}
	require.False(t, c.MayAppoint(Commander, ward))
	key := Caller{KeyID: "k", Grants: []Grant{{Path: ward, Perms: []Permission{StaffManage}}}}
	require.False(t, key.MayAppoint(Teacher, ward), "a key of a unit has no rank")
}
