package providers

import "slices"

// OperatorID names a mobile network, "bd-grameenphone". The list is closed: Operators.
type OperatorID string

const (
	BDGrameenphone OperatorID = "bd-grameenphone"
	BDRobi         OperatorID = "bd-robi"
	BDAirtel       OperatorID = "bd-airtel"
	BDBanglalink   OperatorID = "bd-banglalink"
	BDTeletalk     OperatorID = "bd-teletalk"
	BDSkitto       OperatorID = "bd-skitto"
	INAirtel       OperatorID = "in-airtel"
	INJio          OperatorID = "in-jio"
	INVi           OperatorID = "in-vi" // Vodafone Idea; both old names live on in providers' lists
	INBSNL         OperatorID = "in-bsnl"
	INMTNL         OperatorID = "in-mtnl" // Delhi and Mumbai only
)

// NumberType is what kind of account the number is with its operator.
type NumberType string

const (
	Prepaid  NumberType = "prepaid"
	Postpaid NumberType = "postpaid"
	Skitto   NumberType = "skitto"
	Special  NumberType = "special" // PowerLoad, G.Store, Amar Offer
)

// Label is the type as buttons show it; brand names, the same in every language.
func (t NumberType) Label() string {
	switch t {
	case Prepaid:
		return "Prepaid"
	case Postpaid:
		return "Postpaid"
	case Skitto:
		return "Skitto"
	case Special:
		return "PowerLoad"
	}
	return string(t)
}

// NumberTypes lists every type in the order in which buttons show them.
func NumberTypes() []NumberType { return []NumberType{Prepaid, Postpaid, Skitto, Special} }

// Operator is one mobile network as people know it.
type Operator struct {
	ID       OperatorID
	Name     string   // brand name, the same in every language
	Words    []string // what people type for it in a one-line order, lower case, without the name itself
	Country  Country
	Currency Currency
	Types    []NumberType // in the order in which buttons show them
	Prefixes []string     // national prefixes first allotted to it, where we keep a table; a suggestion only, numbers are ported
}

// Operators lists every operator in the order in which buttons show them. Prefixes are the original
// allocation (providers/numbers.md, "Bangladesh"); 016 is Airtel, a brand of its own at providers
// although Robi owns it; Skitto shares Grameenphone's prefixes and is never suggested. India's prefixes
// are too many for a table of ours (SuggestOperator); its live operators are those of numbers.md, "India".
func Operators() []Operator {
	indian := []NumberType{Prepaid, Postpaid}
	return []Operator{
		{BDGrameenphone, "Grameenphone", []string{"gp", "grameen", "গ্রামীণফোন", "গ্রামীণ", "জিপি"}, Bangladesh, BDT, []NumberType{Prepaid, Postpaid, Skitto, Special}, []string{"013", "017"}},
		{BDRobi, "Robi", []string{"rb", "রবি"}, Bangladesh, BDT, []NumberType{Prepaid, Postpaid, Special}, []string{"018"}},
		{BDAirtel, "Airtel", []string{"at", "ar", "এয়ারটেল", "এয়ারটেল"}, Bangladesh, BDT, []NumberType{Prepaid, Postpaid, Special}, []string{"016"}},
		{BDBanglalink, "Banglalink", []string{"bl", "বাংলালিংক", "বাংলালিঙ্ক"}, Bangladesh, BDT, []NumberType{Prepaid, Postpaid, Special}, []string{"014", "019"}},
		{BDTeletalk, "Teletalk", []string{"tt", "tl", "টেলিটক"}, Bangladesh, BDT, []NumberType{Prepaid, Postpaid, Special}, []string{"015"}},
		{BDSkitto, "Skitto", []string{"sk", "স্কিটো"}, Bangladesh, BDT, []NumberType{Skitto}, nil},
		{INAirtel, "Airtel", []string{"at", "एयरटेल"}, India, INR, indian, nil},
		{INJio, "Jio", []string{"reliance", "जियो"}, India, INR, indian, nil},
		{INVi, "Vi", []string{"vodafone", "idea", "वी", "वोडाफोन", "आइडिया"}, India, INR, indian, nil},
		{INBSNL, "BSNL", []string{"बीएसएनएल"}, India, INR, indian, nil},
		{INMTNL, "MTNL", []string{"एमटीएनएल"}, India, INR, indian, nil},
	}
}

// FindOperator returns the operator with that id.
func FindOperator(id OperatorID) (Operator, bool) {
	ops := Operators()
	i := slices.IndexFunc(ops, func(o Operator) bool { return o.ID == id })
	if i < 0 {
		return Operator{}, false
	}
	return ops[i], true
}

// ServicesIn lists every operator of a country with each of its number types, in the order of the buttons.
func ServicesIn(c Country) []Service {
	var out []Service
	for _, o := range Operators() {
		for _, t := range o.Types {
			if o.Country == c {
				out = append(out, Service{Operator: o.ID, Type: t})
			}
		}
	}
	return out
}

// Has reports whether the operator has numbers of type t.
func (o Operator) Has(t NumberType) bool { return slices.Contains(o.Types, t) }
