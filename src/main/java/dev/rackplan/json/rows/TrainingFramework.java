package dev.rackplan.json.rows;

import dev.rackplan.json.DtypeName;
import dev.rackplan.model.Dtype;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.workload.LossKernel;
import dev.rackplan.workload.Recompute;
import dev.rackplan.workload.RecomputedModule;
import dev.rackplan.workload.Sharding;
import dev.rackplan.workload.TensorOverlap;
import dev.rackplan.workload.TrainingRuntime;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the framework of a measured training row does where the row is silent: by its public source
 * (docs/decisions/0027, 0031), the same for all its rows.
 */
final class TrainingFramework {
  private static final double FIRST_GRAPHS = 26.06;
  private static final double FOREACH_BYTES = 4;
  private static final int FIRST_COMPILED_LOSS = 202502;
  private static final int USUAL_NODE = 8;
  private static final int FIRST_WHOLE_GATHER = 202111;

  private final TrainingObject row;
  private final String name;
  private final Optional<TrainingRecipe> recipe;

  TrainingFramework(TrainingObject row) {
    this.row = row;
    this.name = row.framework().orElse("").toLowerCase(Locale.ROOT);
    this.recipe = TrainingRecipe.of(row);
  }

  /** Megatron Bridge's recipes for these models keep both moments in BF16 (exp_avg_dtype). */
  boolean narrowMoments() {
    String model = row.model().toLowerCase(Locale.ROOT);
    return name.contains("bridge")
        && Stream.of("deepseek", "dsv", "moonlight", "minimax", "olmoe").anyMatch(model::contains);
  }

  /** As the row says, else its recipe, else the framework's name. */
  Sharding sharding() {
    return TrainingWords.sharding(
        row.optimizer()
            .or(() -> recipe.flatMap(TrainingRecipe::sharding))
            .or(row::framework)
            .orElse(""),
        Math.max(1, row.gpusPerNode().orElse(USUAL_NODE)));
  }

  /** Transformer Engine keeps the inputs of products as these read them; others cast them again. */
  Dtype keptFormat() {
    return isRecipe() || name.startsWith("megatron") ? narrowed().orElse(Dtype.BF16) : Dtype.BF16;
  }

  /**
   * Whether gradients are summed up in FP32: Megatron does, as FSDP keeps its parts; NVIDIA's
   * recipes and others sum up in the weights' format.
   */
  boolean sumsWide() {
    return row.optimizer().orElse("").toLowerCase(Locale.ROOT).contains("fsdp")
        || name.matches("megatron-(lm|core).*");
  }

  /** NVIDIA's published recipes, which hide what Megatron can hide. */
  boolean isRecipe() {
    return (name.contains("nemo") || name.contains("bridge")) && !isAutomodel();
  }

  // NVIDIA's framework on PyTorch's FSDP2, with Transformer Engine's kernels.
  private boolean isAutomodel() {
    return name.contains("automodel");
  }

  /**
   * Whether experts are sliced as attention is, Megatron-Core's default ({@code
   * expert_tensor_parallel_size} in its {@code model_parallel_config.py}); Bridge's recipes of
   * mixtures say 1.
   */
  boolean slicesExperts() {
    return name.matches("(megatron-(lm|core)|nemo)\\b.*")
        && !name.contains("bridge")
        && !isAutomodel();
  }

  /** torchtitan. */
  boolean isTorchtitan() {
    return name.contains("torchtitan");
  }

  /** Whether gradients are reduced beside the last backward pass. */
  boolean hidesReduction() {
    return isRecipe() || name.contains("internevo");
  }

  /**
   * How often tokens are sent to experts: once to each domain by DeepEP's and HybridEP's kernels,
   * once for each expert that they chose by plain all-to-all, which Megatron's and others'
   * dispatchers take unless told otherwise.
   */
  CopyRule copies() {
    boolean flex =
        row.dispatcher()
            .map(TrainingObject.Dispatcher.FLEX::equals)
            .orElse(recipe.map(known -> !known.allToAll()).orElse(isPublished() && !drops()));
    return flex ? CopyRule.PER_DOMAIN : CopyRule.PER_EXPERT;
  }

  // NVIDIA's published tables name the container.
  private boolean isPublished() {
    return TrainingRecipe.release(name).isPresent();
  }

  // Capacities work with Megatron's all-to-all alone (Bridge's moe_token_drop.py).
  private boolean drops() {
    return row.model().toLowerCase(Locale.ROOT).contains("tokendrop");
  }

  // Recipes in MXFP8 for Blackwell replay whole iterations since this release, except hybrids.
  // Inferred for dense ones: their tables leave no time of the host since then.
  private boolean replaysSteps() {
    Matcher release = Pattern.compile("bridge.* (\\d+\\.\\d+)").matcher(name);
    return release.find()
        && Double.parseDouble(release.group(1)) >= FIRST_GRAPHS
        && row.gpu().orElse("").matches("(?i)g?b[23]00.*")
        && !row.model().toLowerCase(Locale.ROOT).contains("nemotron");
  }

  /** How operations run. */
  TrainingRuntime runtime() {
    boolean megatron = name.contains("megatron") && !name.contains("style");
    FrameworkKernels kernels = new FrameworkKernels(row, isRecipe());
    TensorOverlap overlap =
        isRecipe() ? TensorOverlap.ALL : megatron ? TensorOverlap.BACKWARD : TensorOverlap.NONE;
    return new TrainingRuntime(
        overlap,
        kernels.attention(),
        row.graphs() || replaysSteps() || recipe.map(TrainingRecipe::graphs).orElse(false),
        !replaysSteps() && !recipe.map(TrainingRecipe::graphsOfExperts).orElse(false),
        kernels.elementwise(),
        isRecipe(),
        loss(),
        ofAlephAlpha(),
        row.overlap()
            .map(word -> word.startsWith("EP overlap"))
            .orElse(recipe.map(TrainingRecipe::overlapsExperts).orElse(false)),
        name.contains("internevo"),
        gathersSingly(),
        TrainingWords.hostOptimizer(row.optimizer().orElse("")),
        hostActivations(),
        updateBytes(),
        modules());
  }

  // PyTorch's optimizers hold a list of temporaries as large as the weights (foreach, its default);
  // InternEvo's gradients are copied together (2 bytes) and widened (4) before (its
  // hybrid_zero_optim.py).
  private double updateBytes() {
    if (name.contains("internevo")) {
      return 2 + 4 + FOREACH_BYTES;
    }
    return name.contains("pytorch fsdp") ? FOREACH_BYTES : 0;
  }

  // Until its parts were gathered into one buffer (DeepSpeed's partition_parameters.py).
  private boolean gathersSingly() {
    return name.contains("deepspeed")
        && row.month().orElse(FIRST_WHOLE_GATHER) < FIRST_WHOLE_GATHER;
  }

  // NVIDIA's tables have them without stages only.
  private double hostActivations() {
    boolean whole = TrainingObject.Degrees.least(row.degrees().pipeline()) == 1;
    return whole ? recipe.map(TrainingRecipe::hostActivations).orElse(0.0) : 0;
  }

  // Its open framework, scaling, gathers logits whole, and reduces gradients in FP32.
  private boolean ofAlephAlpha() {
    return name.contains("aleph alpha");
  }

  // Recipes take Transformer Engine's kernel; Megatron, InternEvo and llm-foundry (with
  // FlashAttention's) one in place; the others PyTorch's.
  private LossKernel loss() {
    if (isRecipe()) {
      return LossKernel.FUSED;
    }
    if (Stream.of("torchtitan", "pytorch fsdp", "maxtext", "automodel").anyMatch(name::contains)) {
      return name.contains("llm-foundry")
          ? LossKernel.DIVIDED
          : compilesLoss() ? LossKernel.COMPILED : LossKernel.LIBRARY;
    }
    return ofAlephAlpha() ? LossKernel.WHOLE : LossKernel.DIVIDED;
  }

  // torchtitan compiles its loss with the model since February 2025 (build_cross_entropy_loss), and
  // products in FP8 only run compiled.
  private boolean compilesLoss() {
    return isTorchtitan()
        && (row.compiled() || narrowed().isPresent())
        && row.month().orElse(0) >= FIRST_COMPILED_LOSS;
  }

  // Megatron's words after "selective:"; torchtitan's selection is by operation.
  private Set<RecomputedModule> modules() {
    if (row.recompute().isEmpty()
        && recipe.filter(known -> known.graphsOfSteps() || !replaysSteps()).isPresent()) {
      return recipe.get().recompute();
    }
    String word = recomputeWord();
    if (!word.startsWith("selective")) {
      return Set.of();
    }
    if (isTorchtitan()) {
      return Set.of(RecomputedModule.OPERATIONS);
    }
    Set<RecomputedModule> modules = EnumSet.noneOf(RecomputedModule.class);
    Stream.of(word.replaceFirst("selective:?", "").split("[^a-z_]+"))
        .map(RecomputedModule::of)
        .flatMap(Optional::stream)
        .forEach(modules::add);
    return modules;
  }

  private String recomputeWord() {
    return row.recompute()
        .orElse(isAutomodel() ? automodelRecompute() : "selective")
        .toLowerCase(Locale.ROOT);
  }

  // Its benchmarks (examples/llm_benchmark, activation_checkpointing).
  private String automodelRecompute() {
    return row.model().toLowerCase(Locale.ROOT).matches("gpt[-_ ]?oss.*") ? "none" : "full";
  }

  /** As the row says; selective where it does not. */
  Recompute recompute() {
    return TrainingWords.recompute(recomputeWord());
  }

  /** Layers of each chunk that are computed again as a whole; 0 = all. */
  int recomputedLayers() {
    return TrainingWords.recomputedLayers(recomputeWord());
  }

  /** Whether the optimizer keeps 8 bytes a weight: narrow moments, or FP32 weights themselves. */
  boolean keepsOneCopy() {
    return narrowMoments() || format().filter(Dtype.FP32::equals).isPresent();
  }

  /**
   * What weights are multiplied in; empty where that is 16 bits, as usual. TF32 takes FP32's bytes.
   *
   * @throws InexpressibleRow where products run without tensor cores
   */
  Optional<Dtype> format() {
    String word = row.precision().orElse("").toLowerCase(Locale.ROOT);
    if (word.matches("(fp|float)32")) {
      throw new InexpressibleRow(
          "precision " + word + ": products without matrix units are not modelled");
    }
    return word.equals("tf32") ? Optional.of(Dtype.FP32) : narrowed();
  }

  /** The first format that is named; empty where products have 16 bits, as usual. */
  Optional<Dtype> narrowed() {
    return Stream.of(row.precision().orElse("").split("[^A-Za-z0-9]+"))
        .map(DtypeName::find)
        .flatMap(Optional::stream)
        .findFirst()
        .filter(dtype -> dtype.operandBits() < Dtype.BF16.operandBits());
  }
}
