package store

// SealedColumns names every column that a new key reaches, for the test that compares them with the schema.
func SealedColumns() []string {
	out := make([]string, len(sealedColumns))
	for i, c := range sealedColumns {
		out[i] = c.table + "." + c.column
	}
	return out
}
