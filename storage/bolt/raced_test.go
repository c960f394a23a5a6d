//go:build race

package bolt_test

// slower is how many of n samples a test looks at by default under the race detector, where each takes ten times as long.
func slower(n int) int { return n / 8 }
