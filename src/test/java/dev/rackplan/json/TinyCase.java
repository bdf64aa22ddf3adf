package dev.rackplan.json;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

/**
 * A complete small problem in a folder: 8 GPUs in two racks; 3 layers, the first dense, 4 experts,
 * 2 per token.
 */
final class TinyCase {
  static final String CONFIG =
      """
      {"model_type": "deepseek_v3", "architectures": ["DeepseekV3ForCausalLM"], "hidden_size": 64, "vocab_size": 100, "num_hidden_layers": 3,
       "first_k_dense_replace": 1, "moe_layer_freq": 1, "intermediate_size": 128, "moe_intermediate_size": 32, "n_routed_experts": 4,
       "num_experts_per_tok": 2, "n_shared_experts": 1, "n_group": 1, "topk_group": 1, "num_attention_heads": 4, "num_key_value_heads": 4,
       "q_lora_rank": 16, "kv_lora_rank": 8, "qk_nope_head_dim": 8, "qk_rope_head_dim": 4, "v_head_dim": 8, "tie_word_embeddings": false}
      """;

  static final String DENSE_CONFIG =
      """
      {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 64, "vocab_size": 100, "num_hidden_layers": 2,
       "intermediate_size": 128, "num_attention_heads": 4, "num_key_value_heads": 2, "tie_word_embeddings": false}
      """;

  static final String TOPOLOGY =
      """
      {"name": "t", "gpu": "h100-sxm", "racks": {"count": 2, "domainsPerRack": 1, "nodesPerDomain": 2, "gpusPerNode": 2},
       "scaleUp": {"bandwidthGBps": 450, "latencyMicros": 3}, "scaleOut": {"nicGBps": 50, "latencyMicros": 10},
       "drained": ["rack-1/domain-0/node-1/gpu-1"]}
      """;

  static final String PROBLEM =
      """
      {"$schema": "../docs/schema/problem.schema.json", "name": "p", "description": "tiny", "model": "../models/config.json", "topology": "../topologies/t.json",
       "workload": {"phase": "decode", "contextTokens": 4096, "concurrentSequences": 64, "queryTokens": 3, "acceptedTokens": 1.5,
         "routing": {"profiles": [{"name": "chat", "weight": 3, "samples": "tokens.csv"}, {"name": "code", "weight": 1, "counts": "counts.json"}]}},
       "precision": {"weights": "fp8", "kv": "bf16", "dispatch": "fp16", "combine": "int8"},
       "engine": {"name": "sglang", "dispatchRule": "nearest", "copyRule": "perDomain", "twoBatchOverlap": true},
       "layout": {"pipelineStages": [1, 2], "expertParallel": 2, "redundantExperts": [0, 2]},
       "limits": {"tpotMillis": 50, "memoryReserve": 0.2}, "objective": "latency"}
      """;

  static final String TOKENS =
      """
      # two requests of two tokens, then one of one
      request,l0e0,l0e1,l1e0,l1e1
      a,0,1,2,3
      a,0,2,1,3
      b,1,3,0,2
      b,3,0,0,1
      c,2,1,3,0
      """;

  static final String COUNTS = "{\"logical_count\": [[9, 9, 9, 9], [6, 2, 1, 1], [1, 1, 4, 2]]}";

  static final String SOLUTION =
      """
      {"$schema": "../docs/schema/solution.schema.json", "problem": "../problems/p.json",
       "rackplan": {"version": "0.1.0", "seed": 7, "steps": 100, "inputSha256": "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},
       "plan": {"layout": {"replicas": 1, "pipelineStages": 2, "expertParallel": 2, "attentionTensorParallel": 1, "microBatches": 2,
          "sequencesPerMicroBatch": 32, "redundantExperts": 2},
        "stages": [{"layers": [0, 1], "gpus": ["rack-0/domain-0/node-0/gpu-0", "rack-0/domain-0/node-0/gpu-1"]},
                   {"layers": [2, 2], "gpus": ["rack-1/domain-0/node-0/gpu-1", "rack-0/domain-0/node-1/gpu-0"]}],
        "experts": {"1": [0, 1, 2, 3, 0, 2], "2": [3, 1, 2, 0, 3, 3]}},
       "evaluation": {"feasible": true, "tpotSeconds": 0.0125}}
      """;

  static final String MAP =
      "{\"physical_to_logical_map\": [[0, 0, 0, 0], [3, 1, 2, 0], [0, 1, 3, 2]]}";

  final Path folder;

  TinyCase(Path folder) {
    this.folder = folder;
    write("models/config.json", CONFIG);
    write("models/dense.json", DENSE_CONFIG);
    write("topologies/t.json", TOPOLOGY);
    write("problems/p.json", PROBLEM);
    write("problems/tokens.csv", TOKENS);
    write("problems/counts.json", COUNTS);
    write("solutions/s.json", SOLUTION);
    write("maps/m.json", MAP);
  }

  Path path(String name) {
    return folder.resolve(name);
  }

  void write(String name, String text) {
    write(name, text.getBytes(StandardCharsets.UTF_8));
  }

  void write(String name, byte[] bytes) {
    try {
      Files.createDirectories(path(name).getParent());
      Files.write(path(name), bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Replaces {@code from}, which must be there, in a file; empty {@code from} replaces the whole
   * text.
   */
  void edit(String name, String from, String to) {
    try {
      String old = Files.readString(path(name));
      if (!old.contains(from)) {
        throw new IllegalArgumentException(name + " has no " + from);
      }
      write(name, from.isEmpty() ? to : old.replace(from, to));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] gzip(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  ProblemFile.Loaded problem() {
    return ProblemFile.load(path("problems/p.json"), "problems/p.json");
  }

  SolutionFile.Contents solution() {
    return SolutionFile.read(path("solutions/s.json"), "solutions/s.json", problem().problem());
  }
}
