package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Staff write words, see them as a citizen would, mend what the linter refuses, and a campaign keeps its version.
func TestWordsOfStaff(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, e *engine) {
		ward := e.ward()
		good := m{"sms": m{"vi": "Công an {{unit}} mời {{name}} đến {{place}}, {{time}} dự buổi làm thẻ lưu động. Hỏi {{phone}}."},
			"sms_plain": m{"vi": "CA {{unit}}: moi {{name}} den {{place}} {{time}} du buoi lam the luu dong. LH {{phone}}."}}
		seen := e.do("POST", "/api/v1/templates/preview", m{"unit": ward, "form": "sms_plain", "words": good}).is(200)
		require.Contains(t, seen.text("body"), "AnHoa")
		require.Contains(t, seen.text("body"), "0204 000 0113")
		require.Equal(t, "gsm7", seen.text("encoding"))
		bad := m{"sms": m{"vi": "Bấm vào vneid-gov.com để cập nhật"}}
		e.do("POST", "/api/v1/templates", m{"unit": ward, "name": "x", "words": bad}).problem(422, "words_refused")
		e.do("POST", "/api/v1/templates", m{"unit": ward, "name": "x", "words": m{"sms": m{"vi": "Chào {{mật khẩu}}"}}}).problem(422, "words_refused")
		found := e.do("POST", "/api/v1/templates/lint", m{"unit": ward, "text": bad["sms"].(m)["vi"]}).is(200)
		require.Equal(t, "hard", found.text("items.0.class"))

		made := e.do("POST", "/api/v1/templates", m{"unit": ward, "name": "Buổi lưu động", "words": good}).is(201)
		id, version := made.text("id"), made.text("newest.id")
		require.Len(t, made.get("newest.forms"), 2)
		good["sms"].(m)["vi"] = "Công an {{unit}} mời {{name}} đến {{place}} lúc {{time}}. Hỏi {{phone}}."
		e.do("POST", "/api/v1/templates/"+id+"/versions", m{"words": good, "newest": 1, "note": "ngắn hơn"}).is(201)
		good["sms"].(m)["vi"] = "Công an {{unit}} mời {{name}} đến {{place}}. Hỏi {{phone}}."
		e.do("POST", "/api/v1/templates/"+id+"/versions", m{"words": good, "newest": 1}).problem(409, "conflict")
		require.Len(t, e.do("GET", "/api/v1/templates/"+id+"/versions", nil).is(200).get("items"), 2)
		require.EqualValues(t, 2, e.do("GET", "/api/v1/templates?unit="+string(ward), nil).is(200).get("items.0.newest.n"))

		draft := m{"unit": ward, "kind": "custom", "name": "Lưu động", "fields": m{"place": "nhà văn hóa", "time": "8h00 05/12"}}
		e.do("POST", "/api/v1/campaigns", draft).problem(422, "fields_missing")
		draft["words"] = "x"
		e.do("POST", "/api/v1/campaigns", draft).problem(404, "not_found")
		draft["words"] = version
		e.do("POST", "/api/v1/campaigns", draft).is(201)
		draft["kind"] = "eid2"
		e.do("POST", "/api/v1/campaigns", draft).problem(422, "fields_missing")
		require.NotEmpty(t, e.do("GET", "/api/v1/notices", nil).is(200).get("items"))
	})
}
