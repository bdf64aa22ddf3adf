#!/usr/bin/env bash
# Holds an export for Dynamo against Dynamo's operator without a cluster: the CRD's own schema with its rules (CEL), unknown fields
# refused, then what the operator's admission webhook checks.
#   src/engines/judge_dynamo_crd.sh OPERATOR MANIFEST...
# OPERATOR: deploy/operator of a clone of ai-dynamo/dynamo. Needs go, which reads modules from its proxy.
# The module of snapshots, of which two names are used, is not there for every release and is stood in for.
set -euo pipefail
operator=$(realpath "$1")
shift
manifests=$(realpath "$@" | tr '\n' ' ')
work=$(mktemp -d)
test=$operator/internal/webhook/validation/judged_test.go
trap 'rm -rf "$work" "$test"' EXIT

mkdir -p "$work/snapshot/v1alpha1"
printf 'module github.com/ai-dynamo/snapshot/api\n\ngo 1.24\n\nrequire k8s.io/apimachinery v0.34.0\n' > "$work/snapshot/go.mod"
cat > "$work/snapshot/v1alpha1/stand_in.go" <<'GO'
package v1alpha1

import (
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var GroupVersion = schema.GroupVersion{Group: "nvidia.com", Version: "v1alpha1"}

func AddToScheme(*runtime.Scheme) error { return nil }
GO
cp "$operator/go.mod" "$work/go.mod"
cp "$operator/go.sum" "$work/go.sum"
(cd "$operator" && go mod edit -replace "github.com/ai-dynamo/snapshot/api=$work/snapshot" "$work/go.mod")

cat > "$test" <<'GO'
package validation

import (
	"os"
	"strings"
	"testing"

	nvidiacomv1beta1 "github.com/ai-dynamo/dynamo/deploy/operator/api/v1beta1"
	"github.com/ai-dynamo/dynamo/deploy/operator/internal/features"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"
)

func TestJudged(t *testing.T) {
	schema := schemaOf(t, "../../../config/crd/bases/nvidia.com_dynamographdeployments.yaml", "v1beta1")
	structural, err := structuralschema.NewStructural(schema)
	if err != nil {
		t.Fatal(err)
	}
	validator, _, err := validation.NewSchemaValidator(schema)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range strings.Fields(os.Getenv("MANIFESTS")) {
		graphs := 0
		for _, text := range documents(t, path) {
			var object map[string]any
			if err := yaml.Unmarshal([]byte(text), &object); err != nil {
				t.Fatal(err)
			}
			if object["kind"] != "DynamoGraphDeployment" {
				continue
			}
			graphs++
			if object["apiVersion"] != "nvidia.com/v1beta1" {
				t.Errorf("%s: apiVersion is %v", path, object["apiVersion"])
			}
			options := structuralschema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}
			for _, unknown := range pruning.PruneWithOptions(object, structural, true, options) {
				t.Errorf("%s: unknown %s", path, unknown)
			}
			defaulting.Default(object, structural)
			for _, fault := range validation.ValidateCustomResource(nil, object, validator) {
				t.Errorf("%s: %v", path, fault)
			}
			faults, _ := cel.NewValidator(structural, true, celconfig.PerCallLimit).
				Validate(t.Context(), nil, structural, object, nil, celconfig.RuntimeCELCostBudget)
			for _, fault := range faults {
				t.Errorf("%s: %v", path, fault)
			}
			var graph nvidiacomv1beta1.DynamoGraphDeployment
			if err := yaml.UnmarshalStrict([]byte(text), &graph); err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			warnings, err := NewDynamoGraphDeploymentValidator(nil).
				Validate(features.WithGate(t.Context(), features.Gates{Grove: true}), &graph, runtimeVersionSourceDisabled)
			for _, warning := range warnings {
				t.Logf("%s: warning: %s", path, warning)
			}
			if err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
		if graphs == 0 {
			t.Errorf("%s has no DynamoGraphDeployment", path)
		}
	}
}

func documents(t *testing.T, path string) []string {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(text), "\n---\n")
}

func schemaOf(t *testing.T, path, version string) *apiextensions.JSONSchemaProps {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var definition apiextensionsv1.CustomResourceDefinition
	if err := yaml.Unmarshal(text, &definition); err != nil {
		t.Fatal(err)
	}
	for _, served := range definition.Spec.Versions {
		if served.Name == version {
			schema := new(apiextensions.JSONSchemaProps)
			if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(
				served.Schema.OpenAPIV3Schema, schema, nil); err != nil {
				t.Fatal(err)
			}
			return schema
		}
	}
	t.Fatalf("%s has no version %s", path, version)
	return nil
}
GO
# As text between their documents; only those of Dynamo are read.
(cd "$operator" && MANIFESTS=$manifests go test -mod=mod -modfile="$work/go.mod" ./internal/webhook/validation -run 'TestJudged$' -count=1 -v \
  | grep -vE '^(=== RUN|go: )')
