package wire

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rechargebot/providers"
)

// What is written as a form is read as the same fields, whatever stands in them.
func TestFormsSayWhatTheFieldsSay(t *testing.T) {
	t.Parallel()
	fields := url.Values{"user": {secret}, "number": {"01712345678"}, "id": {"a b&c=d+\"e\"\r\n--x"}, "service": {"64"}, "empty": {""}}
	want := Object{"user": secret, "number": "01712345678", "id": "a b&c=d+\"e\"\r\n--x", "service": "64", "empty": ""}
	for name, form := range map[string]func(url.Values) (string, []byte){"multipart": Multipart, "urlencoded": Urlencoded} {
		contentType, body := form(fields)
		got, err := Fields(providers.PostbackCall{ContentType: contentType, Body: body})
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s, %s: %v (-want +got):\n%s", name, contentType, err, diff)
		}
	}
}
