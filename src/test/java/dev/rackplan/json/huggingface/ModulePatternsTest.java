package dev.rackplan.json.huggingface;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModulePatternsTest {
  @ParameterizedTest
  @CsvSource({
    "lm_head, lm_head, true",
    "lm_head, language_model.lm_head, true",
    "head, lm_head, false",
    "gate, model.layers.3.mlp.gate, true",
    "gate, model.layers.3.mlp.gate_proj, false",
    "model.layers.3.mlp.gate, model.layers.3.mlp.gate.weight, true",
    "model.layers.3.mlp.gate.weight, model.layers.3.mlp.gate, true",
    "model.layers.3, model.layers.3.self_attn.o_proj, true",
    "model.layers.3, model.layers.30.self_attn.o_proj, false",
    "model.layers.3., model.layers.3.self_attn.o_proj, true",
    "layers.3.mlp.experts, model.layers.3.mlp.experts.0.up_proj, true",
    "layers.3.mlp.experts, mtp.layers.3.mlp.experts.0.up_proj, false",
    "model.layers.3*, model.layers.3.self_attn.o_proj, true",
    "model.layers.3*, model.layers.31.self_attn.o_proj, true",
    "model.layers.3.*, model.layers.31.self_attn.o_proj, false",
    "*.attn.*, layers.5.attn.wq_b, true",
    "model.layers.*.self_attn, model.layers.7.self_attn.q_proj, true",
    "mtp*, mtp.layers.0.mlp.up_proj, true",
    "mtp*, model.mtp.layers.0.mlp.up_proj, false",
    "re:.*mlp\\.(gate|up)_proj.*, model.layers.0.mlp.up_proj, true",
    "re:.*mlp\\.(gate|up)_proj.*, model.layers.0.mlp.experts.0.up_proj, false",
    "re:visual.*, visual.blocks.0.mlp.linear_fc1, true",
    ".*self_attn.*, model.layers.7.self_attn.q_proj, true",
    "re:(, model.layers.7, false",
  })
  void cover_takesPathsWildcardsAndExpressions(String pattern, String module, boolean covered) {
    assertEquals(covered, new ModulePatterns(List.of(pattern)).cover(module));
  }
}
