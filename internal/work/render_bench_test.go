package work

import (
	"testing"

	"github.com/loaphuong/loa/notifier"
)

// BenchmarkWriterRender is what writing one notice costs on the way out, the look at its values included.
func BenchmarkWriterRender(b *testing.B) {
	w := realWriter(b)
	for _, form := range []string{"sms_plain", "sms", "long"} {
		b.Run(form, func(b *testing.B) {
			spec := notifier.Spec{Medium: "sms", Form: form}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := w.Render(spec, ordinaryJob()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// ordinaryJob is a delivery such as the store hands it over.
func ordinaryJob() notifier.Job {
	return notifier.Job{ID: 1, Launch: "l", Person: "p", StepNo: 1, StepName: "first", Kind: "exam", Locale: "vi",
		Names: []string{"Nguyễn Thị Minh Anh"}, Sex: "female", Born: "2009-07-22", Class: "12A3", Village: "thôn Đông Hải",
		Fields: map[string]string{"unit": "phường Hồng Hà", "unit_short": "P.HongHa", "phone": "02033827113", "place": "Nhà văn hóa thôn Đông Hải",
			"time": "7h30 T7, 10/04/2027", "deadline": "15/04/2027", "doc_list": "giấy khai sinh, sổ hộ khẩu", "doc_no": "12/TB-CA"}}
}
