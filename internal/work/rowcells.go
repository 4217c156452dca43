package work

import (
	"encoding/json"
	"fmt"

	"github.com/loaphuong/loa/campaigns/roster"
)

// RowCells opens the sealed part of a row: what stood in the file and what was found in it.
func RowCells(sealed string) (cells []string, findings []roster.Finding, err error) {
	var o original
	if err := json.Unmarshal([]byte(sealed), &o); err != nil {
		return nil, nil, fmt.Errorf("cells of a row: %w", err)
	}
	return o.Cells, o.Findings, nil
}
