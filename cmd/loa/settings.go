package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/loaphuong/loa/internal/config"
)

// settingsFile is the flag that names a JSON file with settings. A file that cannot be read, is no JSON or holds a
// setting that does not exist is refused: a mistyped setting must not be a silent one.
type settingsFile string

// BeforeResolve reads the file before the other settings are looked for.
func (f settingsFile) BeforeResolve(ctx *kong.Context, trace *kong.Path) error {
	path := string(ctx.FlagValue(trace.Flag).(settingsFile))
	raw, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("the settings file cannot be read: %w", err)
	}
	values := map[string]any{}
	if err := json.Unmarshal(raw, &values); err != nil {
		return fmt.Errorf("%s: expected {\"data_dir\": \"...\"}: %w", path, err)
	}
	plain := map[string]any{}
	for name, v := range values {
		flag := strings.ReplaceAll(name, "_", "-")
		if !isSetting(flag) {
			return fmt.Errorf("%s: there is no setting %q; they are named like the flags of loa --help", path, name)
		}
		plain[strings.ReplaceAll(flag, "-", "_")] = v
	}
	checked, err := json.Marshal(plain)
	if err != nil {
		return err
	}
	resolver, err := kong.JSON(bytes.NewReader(checked))
	if err != nil {
		return err
	}
	ctx.AddResolver(resolver)
	return nil
}

// isSetting says whether a flag belongs to the settings.
func isSetting(flag string) bool {
	t := reflect.TypeFor[config.Config]()
	for i := range t.NumField() {
		if t.Field(i).Tag.Get("name") == flag {
			return true
		}
	}
	return false
}
