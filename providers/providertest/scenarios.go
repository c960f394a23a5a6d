package providertest

import (
	"slices"
	"strings"
	"testing"

	"rechargebot/providers"
)

// scenario is a story that must be told, and the play in it that makes it that story.
type scenario struct {
	name, shows string
	call        string
	is          func(play) bool
}

func (s *suite) scenarios() []scenario {
	recharge, enquire := providers.CallRecharge, providers.CallEnquire
	status := func(w providers.Status) func(play) bool {
		return func(p play) bool { return p.status == w && !p.notSent }
	}
	because := func(r providers.Reason) func(play) bool { return func(p play) bool { return p.reason == r } }
	list := []scenario{
		{"recharge-accepted", "the upstream takes the order", recharge, status(providers.Pending)},
		{"recharge-delivered", "the upstream delivers at once", recharge, status(providers.Delivered)},
		{"recharge-rejected", "the upstream refuses the order", recharge, because(providers.ReasonRejected)},
		{"recharge-float-short", "our float is too low", recharge, because(providers.ReasonFloatShort)},
		{"recharge-credentials", "our credentials are refused", recharge, because(providers.ReasonCredentials)},
		{"recharge-other-order", "the answer speaks of another order", recharge, because(providers.ReasonEcho)},
		{"recharge-unlisted", "a word that no document lists", recharge, status(providers.Unknown)},
		{"recharge-garbled", "something else than an answer", recharge, status(providers.Unknown)},
		{"recharge-silent", "no answer until the deadline (!stall)", recharge, status(providers.Unknown)},
		{"recharge-reset", "the connection breaks (!reset after request)", recharge, status(providers.Unknown)},
		{"recharge-not-sent", "no connection (!refuse)", recharge, func(p play) bool { return p.notSent }},
	}
	can := s.Registration.Capabilities
	if !can.NoBalance {
		list = append(list,
			scenario{"balance", "our float", providers.CallBalance, func(play) bool { return true }},
			scenario{"balance-credentials", "our credentials are refused", providers.CallBalance, because(providers.ReasonCredentials)})
	}
	if can.Duplicates != providers.DuplicateUndocumented {
		list = append(list, scenario{"recharge-duplicate", "the upstream has the reference already", recharge, because(providers.ReasonDuplicate)})
	}
	if can.Status != providers.StatusNone {
		list = append(list,
			scenario{"enquire-pending", "still under way", enquire, status(providers.Pending)},
			scenario{"enquire-delivered", "done", enquire, status(providers.Delivered)},
			scenario{"enquire-failed", "finally failed", enquire, status(providers.Refused)},
			scenario{"enquire-unanswered", "the question itself is refused", enquire, status(providers.Unknown)})
	}
	if can.Status == providers.StatusMeaningful {
		list = append(list, scenario{"enquire-not-found", "the upstream does not know the reference", enquire, status(providers.NotFound)})
	}
	return append(list, s.extras()...)
}

// extras are the stories of what an adapter may also offer.
func (s *suite) extras() []scenario {
	p, err := s.Registration.New(s.config(newUpstream(nil)))
	if err != nil {
		return nil
	}
	any := func(play) bool { return true }
	var list []scenario
	if _, ok := p.(providers.Offers); ok {
		list = append(list, scenario{"offers", "the packs of an operator", providers.CallOffers, any})
	}
	if _, ok := p.(providers.Postbacks); ok {
		list = append(list, scenario{"postback", "the upstream calls us, rightly and wrongly", "postback", any})
	}
	if _, ok := p.(providers.Complaints); ok {
		list = append(list, scenario{"complain", "a dispute about an order", providers.CallComplain, any})
	}
	if _, ok := p.(providers.CodeLists); ok {
		list = append(list, scenario{"codes", "their table of operator codes", providers.CallCodes, any})
	}
	return list
}

// complete checks that every required story is told.
func (s *suite) complete(t *testing.T) {
	var names []string
	for _, sc := range s.scenarios() {
		names = append(names, sc.name)
		var told, shown bool
		for _, p := range s.plays {
			if p.story == sc.name {
				told, shown = true, shown || p.call == sc.call && sc.is(p)
			}
		}
		reason, lacking := s.Lacks[sc.name]
		switch {
		case lacking && (told || strings.TrimSpace(reason) == ""):
			t.Errorf("Lacks[%q] must give a reason, and then %s/%s.txtar must not be there", sc.name, s.Folder, sc.name)
		case !lacking && !told:
			t.Errorf("write %s/%s.txtar: %s (or give the reason in Lacks)", s.Folder, sc.name, sc.shows)
		case !lacking && !shown:
			t.Errorf("%s/%s.txtar does not show it: %s", s.Folder, sc.name, sc.shows)
		}
	}
	for name := range s.Lacks {
		if !slices.Contains(names, name) {
			t.Errorf("Lacks names %q, which is not required", name)
		}
	}
}
