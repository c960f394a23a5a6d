package providers

import "slices"

// CircleID names an Indian licensed service area, "in-dl". The list is closed: Circles.
type CircleID string

// Circle is a service area as people know it.
type Circle struct {
	ID   CircleID
	Name string // the same in every language
}

// Circles lists every circle in the order in which buttons show them: the 23 of recharge vendors, who keep
// Chennai apart from Tamil Nadu (numbers.md, "Circles").
func Circles() []Circle {
	return []Circle{
		{"in-ap", "Andhra Pradesh & Telangana"},
		{"in-as", "Assam"},
		{"in-br", "Bihar & Jharkhand"},
		{"in-ch", "Chennai"},
		{"in-dl", "Delhi NCR"},
		{"in-gj", "Gujarat"},
		{"in-hr", "Haryana"},
		{"in-hp", "Himachal Pradesh"},
		{"in-jk", "Jammu & Kashmir"},
		{"in-ka", "Karnataka"},
		{"in-kl", "Kerala"},
		{"in-ko", "Kolkata"},
		{"in-mp", "Madhya Pradesh & Chhattisgarh"},
		{"in-mh", "Maharashtra & Goa"},
		{"in-mu", "Mumbai"},
		{"in-ne", "North East"},
		{"in-or", "Odisha"},
		{"in-pb", "Punjab"},
		{"in-rj", "Rajasthan"},
		{"in-tn", "Tamil Nadu"},
		{"in-ue", "UP East"},
		{"in-uw", "UP West & Uttarakhand"},
		{"in-wb", "West Bengal"},
	}
}

// FindCircle returns the circle with that id.
func FindCircle(id CircleID) (Circle, bool) {
	all := Circles()
	i := slices.IndexFunc(all, func(c Circle) bool { return c.ID == id })
	if i < 0 {
		return Circle{}, false
	}
	return all[i], true
}
