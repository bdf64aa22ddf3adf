#!/usr/bin/env bash
# Holds an export for llm-d against llm-d's router: Helm renders its chart with the values, the picker's own loader makes
# every plugin of the configuration.
#   src/engines/judge_llm_d.sh ROUTER DIR
# ROUTER: a clone of llm-d/llm-d-router; DIR: the folder of router-values.yaml. Needs helm, go, python3 with PyYAML.
# VERSION=v1alpha1 where the clone is older than the configuration's v1.
set -euo pipefail
router=$(realpath "$1")
values=$(realpath "$2")/router-values.yaml

chart=$router/config/charts/llm-d-router-standalone
helm dependency build "$chart" >/dev/null
echo "objects: $(helm template pools "$chart" -f "$values" | grep -c '^kind:')"

work=$(mktemp -d)
trap 'rm -rf "$work" "$router/cmd/epp/runner/judged_test.go"' EXIT
python3 - "$values" "${VERSION:-v1}" >"$work/config.yaml" <<'PYTHON'
import sys
import yaml

with open(sys.argv[1]) as file:
    picker = yaml.safe_load(file)["router"].get("epp", {})
texts = list(picker.get("pluginsCustomConfig", {}).values())
if texts:
    print(texts[0].replace("llm-d.ai/v1\n", "llm-d.ai/%s\n" % sys.argv[2]))
PYTHON
if [[ ! -s $work/config.yaml ]]; then
  echo "picker: the chart's own configuration"
  exit
fi
cat >"$router/cmd/epp/runner/judged_test.go" <<'GO'
package runner

import (
	"os"
	"testing"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/llm-d/llm-d-router/pkg/epp/config/loader"
	"github.com/llm-d/llm-d-router/pkg/epp/framework/interface/plugin"
)

func TestJudged(t *testing.T) {
	text, err := os.ReadFile(os.Getenv("CONFIG"))
	if err != nil {
		t.Fatal(err)
	}
	NewRunner().registerInTreePlugins()
	raw, _, err := loader.LoadRawConfig(text, logr.Discard())
	if err != nil {
		t.Fatal(err)
	}
	none := func() []types.NamespacedName { return nil }
	handle := plugin.NewEppHandle(t.Context(), none, plugin.WithMetricsRecorder(metrics.Registry))
	if _, err := loader.InstantiateAndConfigure(raw, handle, logr.Discard()); err != nil {
		t.Fatal(err)
	}
}
GO
(cd "$router" && CONFIG=$work/config.yaml go test ./cmd/epp/runner -run TestJudged -count=1)
