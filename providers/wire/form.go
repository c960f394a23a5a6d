package wire

import (
	"bytes"
	"maps"
	"mime/multipart"
	"net/url"
	"slices"
)

// Multipart writes fields as multipart/form-data, in the order of their keys, and the Content-Type that says so.
func Multipart(fields url.Values) (contentType string, body []byte) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		for _, value := range fields[key] {
			_ = w.WriteField(key, value) // a buffer takes everything
		}
	}
	_ = w.Close()
	return w.FormDataContentType(), b.Bytes()
}

// Urlencoded writes fields as application/x-www-form-urlencoded, and the Content-Type that says so.
func Urlencoded(fields url.Values) (contentType string, body []byte) {
	return "application/x-www-form-urlencoded", []byte(fields.Encode())
}
