// Answers what Kubernetes' own code makes of an input: one JSON request per line on stdin, one JSON answer per line on
// stdout. Tests are recorded from it, so that they compare with Kubernetes and not with our reading of it.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"context"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	schemavalidation "k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	_ "k8s.io/kubernetes/pkg/apis/autoscaling/install"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	_ "k8s.io/kubernetes/pkg/apis/policy/install"
	_ "k8s.io/kubernetes/pkg/apis/rbac/install"
	_ "k8s.io/kubernetes/pkg/apis/storage/install"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/kubernetes/pkg/util/parsers"
	"time"
)

type request struct {
	Op     string            `json:"op"`
	Text   string            `json:"text"`
	Other  string            `json:"other"`
	Object json.RawMessage   `json:"object"`
	Old    json.RawMessage   `json:"old"`
	Patch  json.RawMessage   `json:"patch"`
	Schema json.RawMessage   `json:"schema"`
	Kind   string            `json:"kind"`
	Group  string            `json:"group"`
	Labels map[string]string `json:"labels"`
}

type answer struct {
	Error  string   `json:"error,omitempty"`
	Errors []string `json:"errors,omitempty"`
	Value  any      `json:"value,omitempty"`
}

func failed(err error) answer { return answer{Error: err.Error()} }

func quantity(r request) answer {
	q, err := resource.ParseQuantity(r.Text)
	if err != nil {
		return failed(err)
	}
	value := map[string]any{"text": q.String()}
	if r.Other != "" {
		other, err := resource.ParseQuantity(r.Other)
		if err != nil {
			return failed(err)
		}
		value["compare"] = q.Cmp(other)
		q.Add(other)
		value["sum"] = q.String()
	}
	return answer{Value: value}
}

func defaults(r request) answer {
	gvk := schema.FromAPIVersionAndKind(r.Group, r.Kind)
	object, err := legacyscheme.Scheme.New(gvk)
	if err != nil {
		return failed(err)
	}
	if err := json.Unmarshal(r.Object, object); err != nil {
		return failed(err)
	}
	legacyscheme.Scheme.Default(object)
	// The conversion to the internal version and back, as storage does it, fills in aliases.
	internal, err := legacyscheme.Scheme.ConvertToVersion(object, schema.GroupVersion{Group: gvk.Group, Version: runtime.APIVersionInternal})
	if err != nil {
		return failed(err)
	}
	result, err := legacyscheme.Scheme.ConvertToVersion(internal, gvk.GroupVersion())
	if err != nil {
		return failed(err)
	}
	return answer{Value: result}
}

func merge(r request) answer {
	object, err := legacyscheme.Scheme.New(schema.FromAPIVersionAndKind(r.Group, r.Kind))
	if err != nil {
		return failed(err)
	}
	merged, err := strategicpatch.StrategicMergePatch(r.Object, r.Patch, object)
	if err != nil {
		return failed(err)
	}
	return answer{Value: json.RawMessage(merged)}
}

func structural(r request) (*structuralschema.Structural, *apiextensions.JSONSchemaProps, error) {
	v1 := apiextensionsv1.JSONSchemaProps{}
	if err := json.Unmarshal(r.Schema, &v1); err != nil {
		return nil, nil, err
	}
	internal := &apiextensions.JSONSchemaProps{}
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(&v1, internal, nil); err != nil {
		return nil, nil, err
	}
	s, err := structuralschema.NewStructural(internal)
	return s, internal, err
}

func messages(list field.ErrorList) []string {
	texts := []string{}
	for _, e := range list {
		texts = append(texts, e.Error())
	}
	return texts
}

// custom takes an object through what the API server does with a custom resource on create.
func custom(r request) answer {
	s, internal, err := structural(r)
	if err != nil {
		return failed(err)
	}
	object := map[string]any{}
	if err := utiljson.Unmarshal(r.Object, &object); err != nil {
		return failed(err)
	}
	unknown := pruning.PruneWithOptions(object, s, true, structuralschema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
	defaulting.PruneNonNullableNullsWithoutDefaults(object, s)
	defaulting.Default(object, s)
	validator, _, err := schemavalidation.NewSchemaValidator(internal)
	if err != nil {
		return failed(err)
	}
	list := schemavalidation.ValidateCustomResource(nil, object, validator)
	list = append(list, listtype.ValidateListSetsAndMaps(nil, s, object)...)
	var old any
	if len(r.Old) > 0 && string(r.Old) != "null" {
		oldMap := map[string]any{}
		if err := utiljson.Unmarshal(r.Old, &oldMap); err != nil {
			return failed(err)
		}
		old = oldMap
	}
	if rules := cel.NewValidator(s, true, celconfig.PerCallLimit); rules != nil && len(list) == 0 {
		celErrors, _ := rules.Validate(context.Background(), nil, s, object, old, celconfig.RuntimeCELCostBudget)
		list = append(list, celErrors...)
	}
	return answer{Errors: messages(list), Value: map[string]any{"object": object, "unknown": unknown}}
}

func structuralErrors(r request) answer {
	s, _, err := structural(r)
	if err != nil {
		return answer{Errors: []string{err.Error()}}
	}
	return answer{Errors: messages(structuralschema.ValidateStructural(nil, s))}
}

func name(r request) answer {
	check := map[string]func(string) []string{
		"dns1123Label":      validation.IsDNS1123Label,
		"dns1123Subdomain":  validation.IsDNS1123Subdomain,
		"dns1035Label":      validation.IsDNS1035Label,
		"labelKey":          validation.IsQualifiedName,
		"labelValue":        validation.IsValidLabelValue,
		"portName":          validation.IsValidPortName,
		"envVarName":        validation.IsEnvVarName,
		"relaxedEnvVarName": validation.IsRelaxedEnvVarName,
		"configMapKey":      validation.IsConfigMapKey,
		"wildcardDNS":       validation.IsWildcardDNS1123Subdomain,
	}[r.Kind]
	return answer{Errors: check(r.Text)}
}

func handle(r request) answer {
	switch r.Op {
	case "quantity":
		return quantity(r)
	case "default":
		return defaults(r)
	case "merge":
		return merge(r)
	case "custom":
		return custom(r)
	case "structural":
		return structuralErrors(r)
	case "name":
		return name(r)
	case "cron":
		if _, err := parsers.ParseCronScheduleWithPanicRecovery(r.Text); err != nil {
			return failed(err)
		}
		return answer{}
	case "duration":
		d, err := time.ParseDuration(r.Text)
		if err != nil {
			return failed(err)
		}
		return answer{Value: fmt.Sprint(d.Nanoseconds(), " ", d.String())}
	case "selector":
		s, err := labels.Parse(r.Text)
		if err != nil {
			return failed(err)
		}
		return answer{Value: map[string]any{"text": s.String(), "matches": s.Matches(labels.Set(r.Labels))}}
	}
	return answer{Error: "unknown operation " + r.Op}
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<26)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for in.Scan() {
		r := request{}
		if err := json.Unmarshal(in.Bytes(), &r); err != nil {
			panic(err)
		}
		if err := out.Encode(handle(r)); err != nil {
			panic(err)
		}
	}
}
