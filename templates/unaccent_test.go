package templates

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUnaccent(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Đường Trường Sơn, Ưng Hoà, Nghĩa": "Duong Truong Son, Ung Hoa, Nghia",
		"ÐẶNG ðức":          "DANG duc",
		"“Bé” ‘An’ – … — ·": `"Be" 'An' - ... - .`,
		"ắằẳẵặâấầẩẫậêếềểễệôốồổỗộơớờởỡợưứừửữự": "aaaaaaaaaaaeeeeeeoooooooooooouuuuuu",
		"K'Brôih `x`": "K'Broih 'x'",
		"王":           "王",
		"plain {}":    "plain {}",
	} {
		require.Equal(t, want, Unaccent(in))
	}
}

// TestUnaccentTable holds the table against the slow way.
func TestUnaccentTable(t *testing.T) {
	t.Parallel()
	for r := rune(0x80); r < 0x3000; r++ {
		require.Equal(t, unaccented(r), Unaccent(string(r)), "%U", r)
	}
}
