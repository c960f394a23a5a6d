package bolt_test

import "encoding/json"

func examineCorruptions(json.RawMessage) error { return nil }
