package vn

import (
	"fmt"
	"testing"

	"github.com/nyaruka/phonenumbers"
	"github.com/stretchr/testify/require"
)

// TestAssignedAgreesWithLibrary holds our table of mobile ranges against the library's, over every four-digit start.
func TestAssignedAgreesWithLibrary(t *testing.T) {
	t.Parallel()
	for start := 1000; start < 10000; start++ {
		n := fmt.Sprintf("%d12345", start)
		if !mobileShaped(n) {
			continue
		}
		number, err := phonenumbers.Parse("+84"+n, "")
		require.NoError(t, err)
		kind := phonenumbers.GetNumberType(number)
		require.Equal(t, phonenumbers.IsValidNumber(number) && kind == phonenumbers.MOBILE, assigned(n), "0%s is %v", n, kind)
	}
}

// TestMigration walks the whole plan of 2018: every old prefix becomes a mobile number of today.
func TestMigration(t *testing.T) {
	t.Parallel()
	require.Len(t, newPrefixes, 21)
	seen := map[string]bool{}
	for old, now := range newPrefixes {
		require.False(t, seen[now], "two old prefixes cannot share %s", now)
		seen[now] = true
		phones, found := ParsePhones("0"+old+"0000123", "")
		require.Equal(t, "+84"+now+"0000123", numbers(phones))
		require.True(t, phones[0].Migrated)
		require.Equal(t, []string{"info phone_prefix_2018"}, codes(found), old)
	}
	for _, none := range []string{"0119", "0130", "0161", "0187", "0198"} {
		phones, _ := ParsePhones(none+"0000123", "")
		require.Empty(t, phones, none)
	}
}

func TestKindOf(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]PhoneKind{
		"+84912345678": Mobile, "+842438251234": Landline, "+821020007913": Foreign, "+8419001234": Service, "+84690123456": Service, "": "",
		"0912345678": "", "+84x12345678": "",
	} {
		require.Equal(t, want, KindOf(in), in)
	}
}
