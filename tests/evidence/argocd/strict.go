package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/argoproj/argo-cd/v3/cmpserver/plugin"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	yamlstream "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// strict decodes each document with the type of its kind, which must know every field.
func strict(files []string) error {
	for _, file := range files {
		documents, err := split(file)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		for _, document := range documents {
			if err := strictDocument(document); err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
		}
	}
	return nil
}

func strictDocument(document []byte) error {
	object := &unstructured.Unstructured{}
	if err := yaml.Unmarshal(document, &object.Object); err != nil {
		return err
	}
	switch object.GetKind() {
	case "Application":
		return yaml.UnmarshalStrict(document, &v1alpha1.Application{})
	case plugin.ConfigManagementPluginKind:
		config := plugin.PluginConfig{}
		if err := yaml.UnmarshalStrict(document, &config); err != nil {
			return err
		}
		return plugin.ValidatePluginConfig(config)
	default:
		return fmt.Errorf("no type for the kind %q", object.GetKind())
	}
}

func split(file string) ([][]byte, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var documents [][]byte
	reader := yamlstream.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return documents, nil
		}
		if err != nil {
			return nil, err
		}
		if len(bytes.TrimSpace(document)) > 0 {
			documents = append(documents, document)
		}
	}
}
