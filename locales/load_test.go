package locales

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{
		"no object":           `[]`,
		"no name":             `{"_direction":"ltr"}`,
		"no direction":        `{"_name":"English","_direction":"up"}`,
		"key twice":           `{"_name":"English","_direction":"ltr","hello":"a","hello":"b"}`,
		"unknown key":         `{"_name":"English","_direction":"ltr","bye":"Bye"}`,
		"unknown field":       `{"_name":"English","_direction":"ltr","hello":"Hello {{nome}}"}`,
		"half a field":        `{"_name":"English","_direction":"ltr","hello":"Hello {{name"}`,
		"a condition":         `{"_name":"English","_direction":"ltr","hello":"{{if name}}"}`,
		"a number":            `{"_name":"English","_direction":"ltr","hello":1}`,
		"no text":             `{"_name":"English","_direction":"ltr","hello":""}`,
		"plural without rest": `{"_name":"English","_direction":"ltr","people":{"one":"x"}}`,
		"unknown form":        `{"_name":"English","_direction":"ltr","people":{"other":"x","lots":"y"}}`,
		"plural unexpected":   `{"_name":"English","_direction":"ltr","hello":{"other":"x"}}`,
		"plural missing":      `{"_name":"English","_direction":"ltr","people":"{{n}} people"}`,
		"decomposed":          "{\"_name\":\"English\",\"_direction\":\"ltr\",\"hello\":\"e\u0301 {{name}}\"}",
		"broken":              `{"_name":"English","_direction":"ltr","hello":`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := sample(t, file)
			require.ErrorContains(t, err, "en.json")
		})
	}
}
