// Reads YAML exactly as kubectl reads the files it is given, many texts in one process.
//
// Standard input: one JSON string per line, each a YAML text. Standard output: one JSON object per line, in the same
// order: {"documents": [...]} with every non-empty document as JSON, and {"error": "..."} where kubectl would stop.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
)

type answer struct {
	Documents []json.RawMessage `json:"documents"`
	Error     string            `json:"error,omitempty"`
}

// The loop of k8s.io/cli-runtime's StreamVisitor, by which `kubectl -f` reads.
func read(text string) answer {
	result := answer{Documents: []json.RawMessage{}}
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader([]byte(text)), 4096)
	for {
		document := runtime.RawExtension{}
		if err := decoder.Decode(&document); err != nil {
			if !errors.Is(err, io.EOF) {
				result.Error = err.Error()
			}
			return result
		}
		raw := bytes.TrimSpace(document.Raw)
		if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
			continue
		}
		result.Documents = append(result.Documents, json.RawMessage(raw))
	}
}

func main() {
	input := bufio.NewReaderSize(os.Stdin, 1<<20)
	output := bufio.NewWriter(os.Stdout)
	defer output.Flush()
	for {
		line, err := input.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			var text string
			if err := json.Unmarshal(line, &text); err != nil {
				panic(err)
			}
			encoded, err := json.Marshal(read(text))
			if err != nil {
				panic(err)
			}
			output.Write(encoded)
			output.WriteByte('\n')
		}
		if err != nil {
			return
		}
	}
}
