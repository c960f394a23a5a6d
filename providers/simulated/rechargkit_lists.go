package simulated

import "strconv"

// The lists that RechargKit's clients read (providers/rechargkit.md, "Balance, plans, lists"). Codes and
// plans are of this pretend upstream: the vendor's tables are in no document.
type (
	rechargkitPlan struct {
		Amount      string `json:"amount"`
		Validity    string `json:"validity"`
		Description string `json:"description"`
		Talktime    string `json:"talktime"`
		SMS         string `json:"sms"`
		Disclaimer  string `json:"disclaimer"`
		IsValid     int    `json:"is_valid"`
	}
	rechargkitPlans struct {
		rechargkitError
		Status   int `json:"status"`
		PlanData struct {
			CircleID string                        `json:"circle_id"`
			ID       string                        `json:"_id"`
			Plan     []map[string][]rechargkitPlan `json:"plan"`
		} `json:"planData"`
	}
	rechargkitOperator struct {
		ID           int    `json:"operator_id"`
		Name         string `json:"operator_name"`
		Service      string `json:"service_name"`
		Category     int    `json:"operator_category"`
		CategoryName string `json:"operator_category_name"`
		State        string `json:"state_name"`
	}
	rechargkitOperators struct {
		rechargkitError
		OperatorList []rechargkitOperator `json:"operatorList"`
	}
)

// rechargkitList answers prepaidPlanFetch and servicewiseOperatorFetch.
func rechargkitList(q request) any {
	fine := rechargkitError{0, "success"}
	switch {
	case q.problem != "":
		return rechargkitError{1, q.problem}
	case q.call == CallCodes:
		list := []rechargkitOperator{}
		for _, o := range rechargkitOperatorTable() {
			if q.extra["category"] == strconv.Itoa(o.Category) {
				list = append(list, o)
			}
		}
		return rechargkitOperators{fine, list}
	}
	out := rechargkitPlans{rechargkitError: fine, Status: 1}
	out.PlanData.CircleID, out.PlanData.ID = q.extra["circle"], "62a0f1"
	out.PlanData.Plan = []map[string][]rechargkitPlan{
		{"Unlimited": {
			{"239", "28 Days", "Unlimited calls, 1.5 GB/day, 100 SMS/day", "NA", "100/day", "Fair use applies", 1},
			{"719", "84 Days", "Unlimited calls & <b>1.5 GB/day</b>", "NA", "100/day", "", 1},
		}},
		{"Data": {
			{"19", "1 Day", "1 GB data", "NA", "NA", "", 1},
			{"98", "14 Days", "12 GB data (closed)", "NA", "NA", "", 0},
		}},
		{"Talktime": {{"1,000", "NA", "Talktime of Rs. 844.46", "844.46", "NA", "", 1}}},
	}
	return out
}

func rechargkitOperatorTable() []rechargkitOperator {
	row := func(id int, name string, category int, title string) rechargkitOperator {
		return rechargkitOperator{id, name, "Recharge", category, title, "All India"}
	}
	return []rechargkitOperator{
		row(1, "Airtel", 1, "Prepaid"), row(2, "Vi", 1, "Prepaid"), row(3, "BSNL", 1, "Prepaid"), row(4, "Jio", 1, "Prepaid"), row(5, "MTNL", 1, "Prepaid"),
		row(21, "Airtel Postpaid", 2, "Postpaid"), row(22, "Vi Postpaid", 2, "Postpaid"),
	}
}
