package recharge

// Standing is how a provider does at present with an operator's orders.
type Standing int

const (
	Fine     Standing = iota // nothing is known against it
	Troubled                 // it takes orders, and they may take longer
	Paused                   // it is sent nothing for now; an order for it would only wait
)
