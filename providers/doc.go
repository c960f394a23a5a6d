// Package providers is the contract with upstream recharge providers, and the values that everybody
// shares: [Money], [MSISDN], [Operator], [Reference], [Secret]. Each upstream has a folder of its own
// below; this package knows none of them.
//
// # How an order goes through
//
// The dispatcher takes a [Gateway], which wraps one adapter: it refuses what the account cannot serve,
// waits for the account's turn, sets the deadline, and believes only results that make sense. The adapter
// puts the order into the upstream's words and the answer into ours. Its folder's neighbour wire carries
// the request so that it leaves at most once.
//
// The one question is: may money have moved? [Result] is what the upstream said; an error that wraps
// [ErrNotSent] proves that not a byte left; everything else is Unknown and costs an enquiry. Why so
// strict: upstreams answer "failed" to questions, "success" to acceptance and nothing at all to orders
// that they carry out, and an order that is wrongly taken for failed is paid twice.
//
// # Adding a provider
//
// Kestrel Recharge is a made-up upstream; everything quoted here is compiled and run by
// example_test.go beside this file.
//
// 1. Copy the folder of the upstream that is most like yours. It holds two files: kestrel.go speaks our
// language, wire.go theirs.
//
// 2. In wire.go write down their table of answers. Each row cites its document. What has no row is
// Unknown; acceptance is Pending, and Delivered is only the documented final success:
//
//	func rechargeVerdicts() map[string]verdict {
//		return map[string]verdict{
//			"TAKEN":    {providers.Pending, providers.ReasonNone},        // "API 2.1", page 4
//			"DONE":     {providers.Delivered, providers.ReasonNone},      // page 4
//			"BADNO":    {providers.Refused, providers.ReasonRejected},    // page 5
//			"NOFUNDS":  {providers.Refused, providers.ReasonFloatShort},  // page 5
//			"STRANGER": {providers.Refused, providers.ReasonCredentials}, // page 5
//			"SEEN":     {providers.Unknown, providers.ReasonDuplicate},   // page 5; never a failure
//		}
//	}
//
// Enquiries have a table of their own: there STRANGER refuses the question, and says nothing about the
// order, so it is Unknown.
//
// 3. Read answers with wire.ParseObject and Texts, which refuse to guess. Compare every echo (number,
// amount, reference) with the order: an answer about another order is Unknown with [ReasonEcho]. Never
// decide by their free text.
//
// 4. In kestrel.go declare the [Registration]. Be honest in [Capabilities]: the engine decides by
// Status, LateArrival and NotFoundPolls what an enquiry proves; Duplicates is checked by the laws, and the
// engine never sends a reference twice. Require, currency, amounts and
// services follow from it:
//
//	func Registration() providers.Registration {
//		return providers.Registration{
//			Kind: "kestrel", Title: "Kestrel Recharge", Document: "API 2.1", Country: providers.Bangladesh,
//			Settings: []providers.Setting{
//				{Key: "base_url", Required: true, Help: "their address"},
//				{Key: "token", Secret: true, Required: true, Help: "from their panel"},
//			},
//			Services:     []providers.Service{{Operator: providers.BDRobi, Type: providers.Prepaid}},
//			Reference:    providers.ReferenceFormat{Alphabet: "0123456789", Length: 18},
//			Capabilities: providers.Capabilities{Status: providers.StatusReadOnly, Duplicates: providers.DuplicateRefused, LateArrival: 10 * time.Minute},
//			Amount:       providers.AmountRule{Min: taka(20), Max: taka(1000), Step: taka(1)},
//			New:          func(c providers.Config) (providers.Provider, error) { return New(c) },
//		}
//	}
//
// Where the vendor's operator codes or circles are in no document, say NeedsCodes and NeedsCircle: then the
// configuration must name them, and only what it names is served. A guess would recharge somebody else.
//
// 5. Recharge uses the client's Send, once; everything else uses Read. What the upstream cannot say is
// refused with ErrNotSent before the call. Secrets are held by a function, so that no way of printing
// shows them:
//
//	func (p *Provider) Recharge(ctx context.Context, req providers.Request) (providers.Result, error) {
//		call, err := p.recharge(req)
//		if err != nil {
//			return providers.Result{}, fmt.Errorf("kestrel: recharge: %w: %w", err, providers.ErrNotSent)
//		}
//		a, err := p.client.Send(ctx, call)
//		return read(a, err, req, rechargeVerdicts()), err
//	}
//
// 6. Write the stories in testdata and run them:
//
//	func TestLaws(t *testing.T) {
//		providertest.Run(t, providertest.Harness{
//			Registration: kestrel.Registration(),
//			Settings:     map[string]string{"base_url": "http://kestrel.test/api"},
//			Fields:       providertest.Fields{Reference: "ref", Account: "number", Amount: "amount"},
//		})
//	}
//
// go test names each story that is still missing and what it has to show. Paste what the upstream really
// answered, never what it ought to answer; the laws then break these answers in every way they know.
//
// 7. Add one line to builtin.Registrations; a test there asks for it by name if you forget. No other folder
// changes.
//
// 8. What else the upstream can do is an interface beside Provider: [Offers], [Postbacks] (which only make
// the engine ask sooner), [Complaints], [CodeLists]. The stories of what is implemented become required.
//
// An upstream that differs from others only in paths, names and codes needs no folder at all: it can be
// described in the configuration, see package custom.
//
// 9. Before it is switched on: one real order of the smallest amount for each state that can be provoked
// (delivered, refused, the same reference twice, an enquiry about a reference never sent), each saved as
// a story.
package providers
