package bolt

// hooks are where tests put faults and modelled syncs. All are nil in production.
type hooks struct {
	step      func() error // before every write of an apply phase
	commit    func() error // before bbolt's commit
	committed func() error // after it: an error makes the commit one that erred but happened
}

func (h hooks) before() error { return call(h.commit) }

func (h hooks) after() error { return call(h.committed) }

func call(f func() error) error {
	if f == nil {
		return nil
	}
	return f()
}
