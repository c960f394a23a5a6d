package custom_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/BurntSushi/toml"

	"rechargebot/providers"
	"rechargebot/providers/custom"
	"rechargebot/providers/providertest"
)

// described is the registration of one of the samples of panel.toml.
func described(t *testing.T, name string) providers.Registration {
	t.Helper()
	r, err := custom.Registration().Describe(sample(t, name))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return r
}

// sample is the table [providers.api] of an account in panel.toml.
func sample(t testing.TB, name string) map[string]any {
	t.Helper()
	var file struct{ Providers []map[string]any }
	if _, err := toml.DecodeFile("testdata/panel.toml", &file); err != nil {
		t.Fatal(err)
	}
	for _, p := range file.Providers {
		if p["name"] == name {
			return p["api"].(map[string]any)
		}
	}
	t.Fatalf("panel.toml describes no %s", name)
	return nil
}

func TestLawsOfAPanelWithJSON(t *testing.T) {
	t.Parallel()
	providertest.Run(t, providertest.Harness{
		Registration: described(t, "flexi-uncle"),
		Settings:     map[string]string{"base_url": "http://panel.test/api/v2"},
		Fields:       providertest.Fields{Reference: "ref", Account: "msisdn", Amount: "amount"},
		Vetoed:       regexp.MustCompile(`"message":"Order already`).Match,
	})
}

// ECARE's own stories, told to its adapter in code, hold for its description as well. Packs are not
// described.
func TestLawsOfECAREByDescription(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	stories, err := filepath.Glob("../ecare/testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range stories {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Base(path) == "offers.txtar" {
			continue
		}
		if err := os.WriteFile(filepath.Join(folder, filepath.Base(path)), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	providertest.Run(t, providertest.Harness{
		Registration: described(t, "ecare-described"),
		Folder:       folder,
		Settings:     map[string]string{"base_url": "http://ecare.test/myportal/api/rechargeapi/recharge_api_thirdparty.php"},
		Fields:       providertest.Fields{Reference: "refid", Account: "number", Amount: "amount"},
		Lacks: map[string]string{
			"recharge-delivered": "MRC answers at most RECEIVED; delivery is told by MRCSTATUS",
		},
	})
}
