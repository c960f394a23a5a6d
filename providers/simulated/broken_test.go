package simulated

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"rechargebot/providers"
)

// What cannot be recorded is not answered for, from then on, and Close says so. The file is closed under
// the simulator, which is as good as a full disk.
func TestNothingIsAnsweredWithoutTheRecord(t *testing.T) {
	t.Parallel()
	s, err := New(Config{Record: t.TempDir() + "/record.jsonl", Accounts: []Account{
		{Name: "main", Kind: KindECARE, Login: "test", Secret: "123", Float: providers.Money{Minor: 100_00, Currency: providers.BDT}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(rest string) int {
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, httptest.NewRequest("GET", ECAREPath+"?access_id=test&access_pass=123&"+rest, nil))
		return w.Code
	}
	const recharge = "service=MRC&operator=7&number_type=1&number=01700000000&amount=20&refid=r1"
	if code := ask("service=BLCK"); code != http.StatusOK {
		t.Fatalf("with a record: HTTP %d", code)
	}
	if err := s.file.close(); err != nil {
		t.Fatal(err)
	}
	for _, rest := range []string{recharge, "service=BLCK", "service=MRCSTATUS&refid=r1"} {
		if code := ask(rest); code != http.StatusInternalServerError {
			t.Errorf("without a record: HTTP %d to %s", code, rest)
		}
	}
	if err := s.SetFloat("main", providers.Money{Minor: 1, Currency: providers.BDT}); err == nil {
		t.Error("the float was set without a record")
	}
	if s.Sends("r1") != 1 || s.Float("main").Minor != 80_00 {
		t.Error("what is in memory can still be looked at")
	}
	if s.Close() == nil {
		t.Error("close says nothing of it")
	}
}
