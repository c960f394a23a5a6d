package builtin_test

import (
	"os"
	"slices"
	"testing"

	"rechargebot/providers"
	"rechargebot/providers/builtin"
)

// Every folder beside this one is an upstream and is listed under its own name, or is named here.
func TestEveryUpstreamIsListed(t *testing.T) {
	t.Parallel()
	notUpstreams := []string{"builtin", "providertest", "simulated", "testdata", "wire"}
	var listed []string
	for _, r := range builtin.Registrations() {
		if slices.Contains(listed, r.Kind) {
			t.Errorf("kind %q is listed twice", r.Kind)
		}
		listed = append(listed, r.Kind)
	}
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	for _, e := range entries {
		if !e.IsDir() || slices.Contains(notUpstreams, e.Name()) {
			continue
		}
		folders = append(folders, e.Name())
		if !slices.Contains(listed, e.Name()) {
			t.Errorf("providers/%s is not in builtin.Registrations: add %s.Registration() to builtin.go", e.Name(), e.Name())
		}
	}
	for _, kind := range listed {
		if !slices.Contains(folders, kind) {
			t.Errorf("kind %q has no folder providers/%s", kind, kind)
		}
	}
}

// What the engine and the configuration rely on holds for each registration.
func TestEachRegistrationIsComplete(t *testing.T) {
	t.Parallel()
	for _, r := range builtin.Registrations() {
		if r.Describe != nil { // everything else comes from a description
			if r.Title == "" || r.Document == "" {
				t.Errorf("%s: title or document is missing: %+v", r.Kind, r)
			}
			continue
		}
		if r.Title == "" || r.Document == "" || r.New == nil || len(r.Services) == 0 {
			t.Errorf("%s: title, document, New or services are missing: %+v", r.Kind, r)
		}
		if !r.Currency().Known() || r.Amount.Min.Currency != r.Currency() || r.Amount.Max.Less(r.Amount.Min) {
			t.Errorf("%s: amounts %s to %s do not fit %s", r.Kind, r.Amount.Min, r.Amount.Max, r.Currency())
		}
		for _, s := range r.Services {
			if o, ok := providers.FindOperator(s.Operator); !ok || !o.Has(s.Type) || o.Country != r.Country {
				t.Errorf("%s: service %s/%s does not exist in %s", r.Kind, s.Operator, s.Type, r.Country)
			}
		}
	}
}
