package dev.rackplan.generated;

import dev.rackplan.generated.EngineProblem.Shape;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import java.util.ArrayList;
import java.util.List;

/**
 * Starts an engine on paper: its own sizes from a layout, then what its code checks, in its order.
 * Written from the engines' sources a second time, so that a rule that is wrong in one place shows.
 */
final class EngineLaunch {
  private static final int DEFAULT = 0;
  private static final int ALL_TO_ALL = 1;
  private static final int ALL_REDUCE = 3;

  private final EngineProblem problem;
  private final Shape model;
  private final Layout layout;
  private final List<String> stops = new ArrayList<>();
  private final int stage;
  private final int tensor;
  private final int ranks;
  private final int context;

  private EngineLaunch(EngineProblem problem, Layout layout) {
    this.problem = problem;
    this.model = problem.model();
    this.layout = layout;
    this.tensor = layout.get(Degree.ATTENTION_TENSOR_PARALLEL);
    this.context = layout.get(Degree.PREFILL_CONTEXT_PARALLEL);
    this.stage =
        model.experts() > 0
            ? layout.get(Degree.EXPERT_PARALLEL) * layout.get(Degree.EXPERT_TENSOR_PARALLEL)
            : tensor * context;
    this.ranks = stage / (tensor * context);
  }

  /** What the engine says before it stops; empty where it starts. */
  static List<String> stops(EngineProblem problem, Layout layout) {
    EngineLaunch launch = new EngineLaunch(problem, layout);
    launch.must(launch.stage % (launch.tensor * launch.context) == 0, "ranks of whole size");
    switch (problem.engine()) {
      case "sglang" -> launch.sglang();
      case "vllm" -> launch.vllm(true);
      case "vllm-ascend" -> launch.vllm(false);
      case "trtllm" -> launch.tensorRt();
      case "megatron" -> launch.megatron();
      default -> throw new IllegalArgumentException(problem.engine());
    }
    return launch.stops;
  }

  private void must(boolean holds, String words) {
    if (!holds) {
      stops.add(words);
    }
  }

  private void sglang() {
    int tpSize = stage;
    int epSize = layout.get(Degree.EXPERT_PARALLEL);
    boolean backend = sends();
    must(
        !overlaps() || backend || ranks > 1,
        "two batch overlap without a2a backend or DP attention");
    int slots = model.experts() + layout.get(Degree.REDUNDANT_EXPERTS);
    if (model.experts() > 0) {
      must(slots % epSize == 0, "num_physical_experts % ep_size");
      must(tpSize % epSize == 0, "tp_size % ep_size");
      column(model.expertWidth(), tpSize / epSize, "expert");
      int moeDense = dense();
      must(
          model.denseWidth() == 0 || moeDense == 1 || moeDense == tpSize,
          "moe_dense_tp_size only supports None, 1, or tp_size");
      column(model.sharedWidth(), backend ? 1 : tpSize, "shared");
    }
    heads();
    column(model.denseWidth(), dense(), "dense");
  }

  private void vllm(boolean cuda) {
    int dataParallel = ranks;
    int world = tensor * context * dataParallel;
    boolean expertParallel = layout.get(Degree.EXPERT_PARALLEL) > 1;
    heads();
    int decode = layout.get(Degree.DECODE_CONTEXT_PARALLEL);
    must(tensor % decode == 0, "tp_size % dcp_size");
    if (decode > 1 && model.kvHeads() > 0) {
      must(tensor / model.kvHeads() >= decode, "dcp above tp / kv heads");
      must(model.heads() / model.kvHeads() % decode == 0, "q per kv % dcp");
    }
    must(context == 1 || dataParallel == 1, "PCP with data parallelism");
    must(
        dataParallel == 1 || layout.get(Degree.PIPELINE_STAGES) == 1,
        "an engine core's devices are in a row");
    if (model.experts() > 0) {
      int redundant = layout.get(Degree.REDUNDANT_EXPERTS);
      int epSize = expertParallel ? world : 1;
      int moeTensor = expertParallel ? 1 : world;
      must(epSize == layout.get(Degree.EXPERT_PARALLEL), "ep_size is tp x dp");
      must(moeTensor == layout.get(Degree.EXPERT_TENSOR_PARALLEL), "experts are sliced over all");
      must(redundant == 0 || expertParallel, "num_redundant_experts without expert parallelism");
      must(
          redundant == 0 || (model.experts() + redundant) % epSize == 0,
          "global_num_experts % ep_size with EPLB");
      column(model.expertWidth(), moeTensor, "expert");
      column(model.sharedWidth(), expertParallel && dataParallel > 1 ? 1 : tensor, "shared");
      must(dense() == tensor || model.denseWidth() == 0, "dense FFNs are in the TP group");
    }
    if (cuda) {
      must(!sends() || dataParallel > 1, "use_all2all needs data parallelism");
      must(!overlaps() || sends(), "dbo needs a DeepEP backend");
    }
    column(model.denseWidth(), dense(), "dense");
  }

  private void tensorRt() {
    int tpSize = stage;
    boolean attentionData = ranks > 1;
    must(!attentionData || tensor == 1, "attention DP over the whole stage");
    must(context == 1 && layout.get(Degree.DECODE_CONTEXT_PARALLEL) == 1, "cp_size 1");
    heads();
    if (model.experts() > 0) {
      int ep = layout.get(Degree.EXPERT_PARALLEL);
      int moeTensor = layout.get(Degree.EXPERT_TENSOR_PARALLEL);
      must(ep * moeTensor == tpSize, "tp_size is moe_tp x moe_ep");
      must((model.experts() + layout.get(Degree.REDUNDANT_EXPERTS)) % ep == 0, "num_slots % ep");
      must(model.expertWidth() % moeTensor == 0, "intermediate_size // moe_tp_size");
      must(!sends() || attentionData, "all-to-all needs attention DP");
      must(!overlaps(), "no two-batch overlap");
      must(dense() == (attentionData ? 1 : tpSize) || model.denseWidth() == 0, "MLP's tp_size");
    }
    must(model.denseWidth() % dense() == 0, "out_features % tp_size");
  }

  private void megatron() {
    must(problem.phase().equals("training"), "trains");
    heads();
    must(layout.get(Degree.REDUNDANT_EXPERTS) == 0, "experts have one copy");
    must(model.denseWidth() % tensor == 0, "divide(output_size, world_size)");
    if (model.experts() > 0) {
      must(model.experts() % layout.get(Degree.EXPERT_PARALLEL) == 0, "num_experts % ep");
      must(
          model.expertWidth() % layout.get(Degree.EXPERT_TENSOR_PARALLEL) == 0,
          "moe_ffn_hidden_size % etp");
    }
  }

  private void heads() {
    must(model.heads() % tensor == 0, "total_num_heads % tp_size");
    if (model.kvHeads() >= tensor) {
      must(model.kvHeads() % tensor == 0, "total_num_kv_heads % tp_size");
    } else if (model.kvHeads() > 0) {
      must(tensor % model.kvHeads() == 0, "tp_size % total_num_kv_heads");
    }
  }

  // validate_fp8_block_shape and the group size of NVFP4, for both matrices of an FFN.
  private void column(int width, int slices, String what) {
    if (width == 0) {
      return;
    }
    must(width % slices == 0, what + " " + width + " % " + slices);
    boolean blocks =
        problem.format().equals("fp8") && (model.experts() > 0 || model.kvHeads() == 0);
    int block = blocks ? 128 : problem.format().equals("nvfp4") ? 16 : 1;
    if (width % block == 0) {
      must(width / slices % block == 0, what + " " + width / slices + " % block " + block);
    }
  }

  private int dense() {
    int asked = layout.get(Degree.DENSE_TENSOR_PARALLEL);
    return asked == 0 ? tensor : asked;
  }

  private boolean sends() {
    int way = layout.get(Degree.MOE_COMMUNICATION);
    boolean several = stage / tensor > 1;
    boolean usual = several && layout.get(Degree.EXPERT_TENSOR_PARALLEL) == 1;
    return model.experts() > 0
        && stage > 1
        && (way == ALL_TO_ALL || way == DEFAULT && usual)
        && way != ALL_REDUCE;
  }

  private boolean overlaps() {
    int asked = layout.get(Degree.TWO_BATCH_OVERLAP);
    Object engine = GeneratedProblem.at(problemTree(), "engine").get("twoBatchOverlap");
    return model.experts() > 0 && (asked == 0 ? Boolean.TRUE.equals(engine) : asked == 2);
  }

  @SuppressWarnings("unchecked")
  private java.util.Map<String, Object> problemTree() {
    return (java.util.Map<String, Object>) problem.all().files().get(GeneratedProblem.PROBLEM);
  }
}
