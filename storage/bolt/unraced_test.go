//go:build !race

package bolt_test

// slower is how many of n samples a test looks at by default.
func slower(n int) int { return n }
