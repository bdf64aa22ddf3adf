package dev.rackplan.export;

import dev.rackplan.model.Dtype;
import dev.rackplan.model.LatentAttention;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.workload.Recompute;
import dev.rackplan.workload.RecomputedModule;
import dev.rackplan.workload.TensorOverlap;
import dev.rackplan.workload.Training;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What Megatron-LM is told of how it trains: recomputation, what ranks hold a part of, overlap and
 * number formats.
 *
 * <p>Source: Megatron-LM's {@code arguments.py}, {@code transformer_config.py} and {@code
 * fp8_utils.py}, August 2026.
 */
final class MegatronTraining {
  // DeepEP's kernels know nodes of 8 GPUs; HybridEP whole racks (Megatron-LM's MoE guide).
  private static final int DEEP_EP_DOMAIN = 8;

  private MegatronTraining() {}

  static List<String> words(Deployment deployment, Training training) {
    List<String> words = new ArrayList<>();
    recomputation(deployment, training, words);
    sharding(deployment, training, words);
    if (training.overlapGradientReduction()) {
      words.add("--overlap-grad-reduce");
      if (training.runtime().gathersAhead() && training.shardedOptimizer()) {
        words.add("--overlap-param-gather");
      }
    }
    if (training.runtime().tensorOverlap() == TensorOverlap.ALL
        && deployment.layout().attentionTensorParallel() > 1) {
      words.add("--tp-comm-overlap");
    }
    if (training.runtime().graphs()) {
      boolean parts = training.runtime().eagerExperts() && !deployment.plan().experts().isEmpty();
      words.add(
          "--cuda-graph-impl transformer_engine"
              + (parts ? " --cuda-graph-scope attn moe_router" : ""));
    }
    if (training.runtime().hostOptimizer() > 0) {
      words.add(
          "--optimizer-cpu-offload --use-precision-aware-optimizer --optimizer-offload-fraction "
              + training.runtime().hostOptimizer());
    }
    if (!deployment.plan().experts().isEmpty()) {
      words.add(
          "--moe-token-dispatcher-type "
              + dispatcher(deployment)
                  .map(backend -> "flex --moe-flex-dispatcher-backend " + backend)
                  // Megatron-LM's own default gathers all tokens.
                  .orElse("alltoall"));
    }
    int offloaded = OffloadedLayers.of(deployment, training, "Megatron-LM");
    if (offloaded > 0) {
      words.add("--cpu-offloading-num-layers " + offloaded);
    }
    if (ExpertOverlap.of(deployment, training, "Megatron-LM")) {
      words.add("--overlap-moe-expert-parallel-comm");
    }
    formats(deployment, training, words);
    return words;
  }

  /** Which library sends tokens once to each domain; empty for plain all-to-all. */
  static Optional<String> dispatcher(Deployment deployment) {
    if (!deployment.sends()
        || deployment.layout().tokenGroups() == 1
        || deployment.problem().engine().copyRule() != CopyRule.PER_DOMAIN) {
      return Optional.empty();
    }
    int domain = deployment.problem().topology().domains().get(0).gpus().size();
    return Optional.of(domain > DEEP_EP_DOMAIN ? "hybridep" : "deepep");
  }

  private static void recomputation(Deployment deployment, Training training, List<String> words) {
    List<String> modules = modules(deployment, training);
    if (training.recompute() == Recompute.FULL) {
      int some = training.recomputedLayers();
      words.add(
          "--recompute-granularity full --recompute-method "
              + (some > 0 ? "block" : "uniform")
              + " --recompute-num-layers "
              + Math.max(1, some));
      return;
    }
    if (!modules.isEmpty()) {
      words.add(
          "--recompute-granularity selective --recompute-modules " + String.join(" ", modules));
    }
  }

  /**
   * Modules that are computed again; none where that is nothing or whole layers. What mixes several
   * residual streams always is.
   *
   * @throws ExportRefusal where Megatron-Core can't compute the rest again beside these
   *     (transformer_config.py)
   */
  static List<String> modules(Deployment deployment, Training training) {
    List<String> modules = new ArrayList<>(ofLayers(deployment, training));
    boolean mixes =
        deployment.problem().model().layers().stream().anyMatch(layer -> layer.streams() > 1);
    if (!mixes) {
      return modules;
    }
    if (training.repeatsLayers() || modules.contains(RecomputedModule.MLP.word())) {
      throw new ExportRefusal(
          "Megatron-Core computes neither whole layers nor mlp again where layers mix several"
              + " residual streams",
          "Give recompute selective without mlp.");
    }
    modules.add("mhc");
    return modules;
  }

  private static List<String> ofLayers(Deployment deployment, Training training) {
    List<String> modules = new ArrayList<>();
    switch (training.recompute()) {
      case NONE, FULL -> {
        return List.of();
      }
      case SELECTIVE -> {
        if (training.namesModules()) {
          return named(training);
        }
        modules.add(RecomputedModule.CORE_ATTN.word());
      }
      case POINTWISE -> {
        modules.add(RecomputedModule.CORE_ATTN.word());
        modules.add(RecomputedModule.LAYERNORM.word());
        boolean dense = deployment.plan().experts().isEmpty();
        modules.add((dense ? RecomputedModule.MLP : RecomputedModule.MOE_ACT).word());
      }
    }
    if (isLatent(deployment)) {
      modules.add(RecomputedModule.MLA_UP_PROJ.word());
    }
    return modules;
  }

  private static List<String> named(Training training) {
    if (training.repeatsOperations()) {
      throw new ExportRefusal(
          "Megatron-LM chooses modules, not operations, to compute again; the plan has"
              + " recomputeModules operations",
          "Give modules that it knows, such as core_attn.");
    }
    return training.runtime().modules().stream().sorted().map(RecomputedModule::word).toList();
  }

  private static boolean isLatent(Deployment deployment) {
    return deployment.problem().model().layers().stream()
        .anyMatch(layer -> layer.attention() instanceof LatentAttention);
  }

  /**
   * Copies of what data-parallel ranks hold parts of, which Megatron calls instances of the
   * distributed optimizer: 1 where all ranks hold one together.
   *
   * @throws ExportRefusal where ranks, or those of an expert, are no multiple of them
   */
  static int instances(Deployment deployment, Training training, String title) {
    Layout layout = deployment.layout();
    int ranks = layout.dataParallelRanks();
    int group = training.sharding().groupOf(ranks);
    if (!training.shardedOptimizer() || group == ranks) {
      return 1;
    }
    int ofAnExpert = deployment.plan().experts().isEmpty() ? ranks : layout.replicas();
    if (ranks % group != 0 || ofAnExpert % (ranks / group) != 0) {
      throw new ExportRefusal(
          title
              + " divides data-parallel ranks, and those of an expert, into copies alike; the plan"
              + " has shardRanks "
              + group
              + " of "
              + ranks
              + " ranks, "
              + ofAnExpert
              + " of an expert",
          "Solve without shardRanks, or with one that divides both.");
    }
    return ranks / group;
  }

  private static void sharding(Deployment deployment, Training training, List<String> words) {
    int instances = instances(deployment, training, "Megatron-LM");
    if (instances > 1) {
      words.add("--num-distributed-optimizer-instances " + instances);
    }
    switch (training.sharding().stage()) {
      case 0 -> {}
      case 1 -> words.add("--use-distributed-optimizer");
      default ->
          words.add(
              "--use-distributed-optimizer --use-megatron-fsdp --data-parallel-sharding-strategy "
                  + (training.sharding().weights() ? "optim_grads_params" : "optim_grads")
                  + " --no-gradient-accumulation-fusion --ckpt-format fsdp_dtensor");
    }
  }

  private static void formats(Deployment deployment, Training training, List<String> words) {
    TrainedFormat format = TrainedFormat.of(deployment.problem().precision().weights());
    if (!format.megatron().isEmpty()) {
      words.add(format.megatron());
    }
    if (format.isNarrow()) {
      WideEnds ends = WideEnds.of(deployment, "Megatron-LM");
      if (ends.any()) {
        words.add(
            "--first-last-layers-bf16 --num-layers-at-start-in-bf16 "
                + ends.first()
                + " --num-layers-at-end-in-bf16 "
                + ends.last());
      }
    }
    if (training.gradients() == Dtype.BF16) {
      words.add("--grad-reduce-in-bf16");
    }
  }
}
