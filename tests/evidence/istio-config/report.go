package main

import (
	"fmt"
	"io"
)

// Report prints a line for each fact and counts those that do not hold.
type Report struct {
	out            io.Writer
	passed, failed int
}

// fact reports `subject: statement` with what was expected and what there is.
func (r *Report) fact(subject, statement string, got, expected any) bool {
	g, e := fmt.Sprint(got), fmt.Sprint(expected)
	if g == e {
		r.passed++
		fmt.Fprintf(r.out, "ok   %s %s -> %s\n", subject, statement, e)
		return true
	}
	r.failed++
	fmt.Fprintf(r.out, "FAIL %s %s: expected %s, got %s\n", subject, statement, quote(e), quote(g))
	return false
}

func (r *Report) close() int {
	fmt.Fprintf(r.out, "%d passed, %d failed\n", r.passed, r.failed)
	if r.failed > 0 {
		return 1
	}
	return 0
}

func quote(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}
