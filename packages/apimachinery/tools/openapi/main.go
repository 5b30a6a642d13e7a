// Prints the OpenAPI v3 definitions of the built-in kinds as one JSON object: what kube-apiserver of the same version
// publishes, built from the same generated package by the same builder.
package main

import (
	"encoding/json"
	"os"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	endpointsopenapi "k8s.io/apiserver/pkg/endpoints/openapi"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/kube-openapi/pkg/builder3"
	"k8s.io/kube-openapi/pkg/common"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"k8s.io/kubernetes/pkg/generated/openapi"
)

func fail(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	fail(apiextensionsv1.AddToScheme(scheme.Scheme))
	namer := endpointsopenapi.NewDefinitionNamer(scheme.Scheme)
	config := &common.OpenAPIV3Config{
		GetDefinitions:    openapi.GetOpenAPIDefinitions,
		GetDefinitionName: namer.GetDefinitionName,
	}
	refs := func(path string) spec.Ref { return spec.MustCreateRef(path) }
	names := []string{}
	for name := range openapi.GetOpenAPIDefinitions(refs) {
		for _, prefix := range []string{"io.k8s.api.", "io.k8s.apimachinery.pkg.apis.meta.v1.", "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1."} {
			if strings.HasPrefix(name, prefix) {
				names = append(names, name)
			}
		}
	}
	definitions, err := builder3.BuildOpenAPIDefinitionsForResources(config, names...)
	fail(err)
	fail(json.NewEncoder(os.Stdout).Encode(definitions))
}
