// kyaml-read says what kustomize reads in manifests, for texts on stdin.
//
// A text comes as a line with its length in bytes, then the text. The answer is one line of JSON:
// {"read": [...], "written": [...]}, or {"error": "..."}.
//
// The reading is kustomize's own: resource.Factory.SliceFromBytes reads the files that a kustomization
// names. "read" are the values of the nodes, which kubectl sees too. "written" is what kustomize makes of
// them on their way out (Resource.MarshalJSON, the first half of Resource.AsYAML): it writes the nodes as
// text and reads that again, and the encoder of go.yaml.in/yaml/v3 has flaws. A folded scalar with
// deeper lines gains a line, a flow mapping's empty value becomes "".
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"sigs.k8s.io/kustomize/api/provider"
	"sigs.k8s.io/kustomize/api/resource"
	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

type answer struct {
	Read    []json.RawMessage `json:"read,omitempty"`
	Written []json.RawMessage `json:"written,omitempty"`
	Error   string            `json:"error,omitempty"`
}

func main() {
	// kyaml follows an alias inside of its own anchor until the stack ends, here sooner than after a gigabyte.
	debug.SetMaxStack(64 << 20)
	if err := serve(bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)); err != nil {
		fmt.Fprintln(os.Stderr, "kyaml-read:", err)
		os.Exit(1)
	}
}

func serve(in *bufio.Reader, out *bufio.Writer) error {
	factory := provider.NewDefaultDepProvider().GetResourceFactory()
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for {
		line, err := in.ReadString('\n')
		if err == io.EOF {
			return out.Flush()
		}
		if err != nil {
			return err
		}
		length, err := strconv.Atoi(strings.TrimSpace(line))
		if err != nil {
			return err
		}
		text := make([]byte, length)
		if _, err := io.ReadFull(in, text); err != nil {
			return err
		}
		if err := encoder.Encode(read(factory, text)); err != nil {
			return err
		}
		if in.Buffered() == 0 {
			if err := out.Flush(); err != nil {
				return err
			}
		}
	}
}

// read turns a panic of the reader into an error: kustomize would end with it, and write nothing.
func read(factory *resource.Factory, text []byte) (result answer) {
	defer func() {
		if cause := recover(); cause != nil {
			result = answer{Error: fmt.Sprint("panic: ", cause)}
		}
	}()
	resources, err := factory.SliceFromBytes(text)
	if err != nil {
		return answer{Error: err.Error()}
	}
	for _, one := range resources {
		written, err := one.MarshalJSON()
		if err != nil {
			return answer{Error: err.Error()}
		}
		result.Written = append(result.Written, written)
	}
	// The factory takes lists apart by way of their text. The reader below it takes one apart by its nodes.
	nodes, err := kio.FromBytes(text)
	if err != nil {
		return answer{Error: err.Error()}
	}
	for _, node := range flattened(nodes) {
		values := map[string]any{}
		if err := node.YNode().Decode(&values); err != nil {
			return answer{Error: err.Error()}
		}
		read, err := json.Marshal(values)
		if err != nil {
			return answer{Error: err.Error()}
		}
		result.Read = append(result.Read, read)
	}
	return result
}

// flattened takes lists apart, as inlineAnyEmbeddedLists of the factory does.
func flattened(nodes []*yaml.RNode) (result []*yaml.RNode) {
	for _, node := range nodes {
		items := node.Field("items")
		if !strings.HasSuffix(node.GetKind(), "List") || items == nil {
			result = append(result, node)
			continue
		}
		for _, item := range items.Value.Content() {
			result = append(result, yaml.NewRNode(item))
		}
	}
	return slices.DeleteFunc(result, (*yaml.RNode).IsNilOrEmpty)
}
