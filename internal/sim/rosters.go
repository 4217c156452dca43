package sim

import "embed"

// Rosters are lists as ward offices keep them; all people in them are invented (rulings.md 13). Three are messy; the register
// of Biển Ngọc has the days of cards, and its insurance list differs from it here and there.
//
//go:embed rosters/*.csv
var Rosters embed.FS
