//go:build !unix

package bos

import "os/exec"

// alone does nothing: without process groups a program that is stopped is killed by itself.
func alone(*exec.Cmd) {}
