package sim

import "embed"

// Rosters are three messy lists as ward offices keep them; all people in them are invented (rulings.md 13).
//
//go:embed rosters/*.csv
var Rosters embed.FS
