// Command mesh-judge answers whether requests mean the same with an interception as without: same
// pods and shares, allowed or not, same path and headers, timeouts, faults, mirrors and limits. It
// asks istiod's own code what it would send to the Envoys on the way, and evaluates that.
//
//	mesh-judge [-all] [-jobs N] [-limit DURATION] < CASES > ANSWERS
//
// A case is a line of JSON (Case), and so is its answer (Answer); answers come in any order. With
// -all, the decision of every request is in the answer, not only of those that differ.
//
// What the program does not understand (a matcher, a filter's configuration) is the answer's error,
// never a guess.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"istio/istiod"

	networking "istio.io/api/networking/v1alpha3"
	"istio.io/istio/pkg/config"
	"istio.io/istio/pkg/log"
	"istio.io/istio/pkg/test"
)

// Answer says what differs.
type Answer struct {
	Name        string       `json:"name"`
	Error       string       `json:"error,omitempty"`
	Differences []Difference `json:"differences"`
	Requests    []Told       `json:"requests"`
}

// Told is a request with what becomes of it, to be read side by side.
type Told struct {
	Request string   `json:"request"`
	Before  []string `json:"before"`
	After   []string `json:"after"`
}

func main() {
	all := flag.Bool("all", false, "tell the decisions of all requests")
	jobs := flag.Int("jobs", runtime.NumCPU(), "cases at a time")
	limit := flag.Duration("limit", 30*time.Minute, "the longest time that this may take")
	flag.Parse()
	answers := quiet()
	time.AfterFunc(*limit, func() {
		fmt.Fprintln(os.Stderr, "mesh-judge: not done within", *limit)
		os.Exit(3)
	})
	lines := make(chan []byte)
	var workers sync.WaitGroup
	var writing sync.Mutex
	for range *jobs {
		workers.Go(func() {
			for line := range lines {
				answer := answerTo(line, *all)
				text, err := json.Marshal(answer)
				if err != nil {
					panic(err)
				}
				writing.Lock()
				fmt.Fprintf(answers, "%s\n", text)
				writing.Unlock()
			}
		})
	}
	if err := read(lines); err != nil {
		fmt.Fprintln(os.Stderr, "mesh-judge:", err)
		os.Exit(2)
	}
	workers.Wait()
}

func read(lines chan<- []byte) error {
	defer close(lines)
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 64<<20)
	for input.Scan() {
		lines <- append([]byte(nil), input.Bytes()...)
	}
	return input.Err()
}

// quiet keeps Istio's log, which goes to stdout, away from ours.
func quiet() *os.File {
	answers := os.Stdout
	if null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0); err == nil {
		os.Stdout = null
	}
	for _, scope := range log.Scopes() {
		scope.SetOutputLevel(log.NoneLevel)
	}
	return answers
}

func answerTo(line []byte, all bool) (answer Answer) {
	answer = Answer{Differences: []Difference{}, Requests: []Told{}}
	c := &Case{}
	if err := json.Unmarshal(line, c); err != nil {
		answer.Error = err.Error()
		return answer
	}
	answer.Name = c.Name
	// Wrap runs on a goroutine of its own; t.Fatal of Istio's code ends that one.
	err := test.Wrap(func(t test.Failer) {
		defer func() {
			if reason := recover(); reason != nil {
				answer.Error = fmt.Sprintf("%v\n%s", reason, debug.Stack())
			}
		}()
		if err := judge(t, c, all, &answer); err != nil {
			answer.Error = err.Error()
		}
	})
	if err != nil && answer.Error == "" {
		answer.Error = err.Error()
	}
	return answer
}

func judge(t test.Failer, c *Case, all bool, answer *Answer) error {
	before, err := newWorld(t, c.Before, nil, c.Full)
	if err != nil {
		return fmt.Errorf("before: %w", err)
	}
	after, err := newWorld(t, c.After, before.configs, c.Full)
	if err != nil {
		return fmt.Errorf("after: %w", err)
	}
	asked, err := readAsked(c.Before)
	if err != nil {
		return err
	}
	for i := range c.Requests {
		request := &c.Requests[i]
		is := after.decide(before, request, &Asked{})
		was := before.decide(before, request, askedOnCopies(is, asked))
		found := compare(request, was, is, asked, before.localityMatters)
		answer.Differences = append(answer.Differences, found...)
		if all || len(found) > 0 {
			answer.Requests = append(answer.Requests, Told{Request: request.String(), Before: was.tell(), After: is.tell()})
		}
	}
	return nil
}

func newWorld(t test.Failer, text string, older []config.Config, full bool) (*world, error) {
	m := &istiod.Manifests{}
	if err := m.Read([]byte(text)); err != nil {
		return nil, err
	}
	age(m.Configs, older)
	w := &world{configs: m.Configs, policies: m.NetworkPolicies, views: map[string]*istiod.View{}, trustDomain: "cluster.local"}
	if m.Mesh != nil {
		w.trustDomain = m.Mesh.TrustDomain
	}
	for _, c := range m.Configs {
		rule, ok := c.Spec.(*networking.DestinationRule)
		w.localityMatters = w.localityMatters || ok && strings.Contains(textOf(rule), "locality_lb_setting")
	}
	if full || m.NeedControllers {
		w.mesh = istiod.New(t, m)
	} else {
		w.mesh = istiod.Quick(t, m)
	}
	return w, nil
}

// age makes what an interception adds younger than what was there: istiod has the oldest of several count.
func age(configs, older []config.Config) {
	known := map[string]bool{}
	for _, c := range older {
		known[c.Key()] = true
	}
	for i := range configs {
		configs[i].CreationTimestamp = time.Unix(0, 0)
		if older != nil && !known[configs[i].Key()] {
			configs[i].CreationTimestamp = time.Unix(1, 0)
		}
	}
}
