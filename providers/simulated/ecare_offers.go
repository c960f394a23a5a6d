package simulated

// ecarePack is one drive pack, with the keys of captures (providers/ecare.md, "OFFERPACK"): "-" means
// none, _offer_type is IN (data), BD (bundle) or MN (minutes), _status A is active. The operator is named by the
// letters of its list, not by the code that MRC wants.
type ecarePack struct {
	Operator   string `json:"_operator"`
	NumberType string `json:"_number_type"`
	OfferType  string `json:"_offer_type"`
	Minutes    string `json:"_minute_pack"`
	Internet   string `json:"_internet_pack"`
	SMS        string `json:"_sms_pack"`
	CallRate   string `json:"_callrate_pack"`
	Validity   string `json:"_validity"`
	Amount     string `json:"_amount"`
	Commission string `json:"_commission_amount"`
	Status     string `json:"_status"`
	Details    string `json:"_offer_details"`
}

type ecareOfferList struct {
	STATUS             string
	GP, BL, RB, AR, TL []ecarePack
	MESSAGE            string
}

// ecareOffers is what the pretend upstream sells. A pack is bought by an MRC of exactly its amount.
func ecareOffers() ecareOfferList {
	return ecareOfferList{
		STATUS: "OK",
		GP: []ecarePack{
			{"GP", "1", "IN", "-", "1 GB", "-", "-", "3 Days", "48", "2.00", "A", "GP 1 GB Internet 3 Days"},
			{"GP", "1", "BD", "300 Min", "30 GB", "100 SMS", "-", "30 Days", "799", "45.00", "A", "GP 30 GB + 300 Minute, 30 Days <b>Drive Offer</b>"},
			{"GP", "3", "IN", "-", "5 GB", "-", "-", "7 Days", "119", "6.00", "A", "Skitto 5 GB 7 Days"},
			{"GP", "1", "MN", "65 Min", "-", "-", "-", "1 Day", "41", "1.00", "D", "GP 65 Minute (closed)"},
		},
		BL: []ecarePack{
			{"BL", "1", "IN", "-", "10 GB", "-", "-", "7 Days", "199", "12.00", "A", "BL 10 GB 7 Days"},
		},
		RB: []ecarePack{
			{"RB", "1", "MN", "250 Min", "-", "-", "-", "30 Days", "157", "8.00", "A", "Robi 250 Minute 30 Days"},
			{"RB", "1", "BD", "400 Min", "25 GB", "-", "60 P/Min", "30 Days", "1,049", "60.50", "A", "Robi 25 GB & 400 Minute"},
		},
		AR: []ecarePack{
			{"AR", "1", "IN", "-", "2 GB", "-", "-", "3 Days", "64", "3.00", "A", "Airtel 2 GB 3 Days"},
		},
		TL:      []ecarePack{},
		MESSAGE: "Offer Pack List Success",
	}
}
