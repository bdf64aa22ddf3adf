package dev.rackplan.solver;

import dev.rackplan.cost.operation.GpuFormats;
import dev.rackplan.model.Dtype;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.LayoutSpace;
import dev.rackplan.problem.Precision;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Phase;
import dev.rackplan.workload.Workload;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What would fit where nothing does: each change alone, as small as is enough. Found by trying,
 * with the memory of every layout that the changed problem allows.
 */
final class Remedies {
  // Formats that may be narrower than the one asked for, widest first.
  private static final List<Dtype> NARROWER =
      List.of(Dtype.BF16, Dtype.FP8, Dtype.INT8, Dtype.NVFP4, Dtype.MXFP4, Dtype.INT4);
  // One format is narrower than another by more than scales take.
  private static final double NARROWER_BY = 0.9;

  private final Problem problem;

  private Remedies(Problem problem) {
    this.problem = problem;
  }

  /** In words; what breaks the limit least first. Empty where nothing that is tried helps. */
  static List<String> of(Problem problem, List<Attempt> attempts) {
    Remedies remedies = new Remedies(problem);
    List<String> words = new ArrayList<>();
    if (problem.workload().phase() == Phase.TRAINING) {
      // Batch, sequence length and formats are the recipe's, and a step has no limit.
      if (!fits(problem)) {
        remedies.closest().ifPresent(words::add);
      }
      remedies.moreGpus().ifPresent(words::add);
      return words;
    }
    remedies.longerStep(attempts).ifPresent(words::add);
    if (!fits(problem)) {
      remedies.closest().ifPresent(words::add);
      remedies.fewerSequences().ifPresent(words::add);
      remedies.shorterContext().ifPresent(words::add);
      remedies.narrower("kv", Change.KV).ifPresent(words::add);
      remedies.narrower("weights", Change.WEIGHTS).ifPresent(words::add);
      remedies.narrower("weights and kv", Change.BOTH).ifPresent(words::add);
      remedies.moreGpus().ifPresent(words::add);
    }
    return words;
  }

  // The quickest layout that fits memory.
  private Optional<String> longerStep(List<Attempt> attempts) {
    OptionalDouble least =
        attempts.stream()
            .filter(attempt -> attempt.fault().isPresent())
            .flatMap(attempt -> attempt.reached().or(attempt::bound).stream())
            .mapToDouble(Standing::stepSeconds)
            .min();
    String key = problem.workload().phase().limitKey();
    return least.isPresent()
        ? Optional.of(
            String.format(
                Locale.ROOT,
                "would fit: a limit %s of about %.2f instead of %.2f",
                key,
                Math.ceil(least.getAsDouble() * 1e5) / 100,
                problem.limits().stepSeconds(problem.workload().phase()).orElseThrow() * 1e3))
        : Optional.empty();
  }

  /** Whether memory holds any layout of {@code problem}, with one sequence where those are open. */
  static boolean fits(Problem problem) {
    return standing(problem).anyMatch(each -> each.fitsWithin(problem, 0));
  }

  private record Shortage(Layout layout, double bytes, double limitBytes) {
    double bytesTooMuch() {
      return bytes - limitBytes;
    }
  }

  /** A layout on the hosts with most memory: {@code limitBytes} on each of their GPUs. */
  private record Hosted(Layout layout, double limitBytes) {
    boolean fitsWithin(Problem problem, double bytesMore) {
      double[] limits = new double[layout.pipelineStages()];
      Arrays.fill(limits, limitBytes + bytesMore);
      return MemoryFit.fitsSomehow(problem, layout, SlotAllotment.fewest(problem, layout), limits);
    }

    Shortage shortage(Problem problem) {
      int[] slots = SlotAllotment.fewest(problem, layout);
      return new Shortage(
          layout, MemoryFit.leastBytes(problem, layout, slots, limitBytes), limitBytes);
    }
  }

  // The layouts for which there are enough hosts.
  private static Stream<Hosted> standing(Problem problem) {
    Map<Integer, LayoutHosts> hosts = new TreeMap<>();
    return LayoutEnumeration.of(problem).layouts().stream()
        .flatMap(
            layout -> {
              LayoutHosts own =
                  hosts.computeIfAbsent(
                      layout.gpusPerStage(), gpus -> new LayoutHosts(problem, gpus));
              return layout.replicas() * layout.pipelineStages() > own.count()
                  ? Stream.empty()
                  : Stream.of(new Hosted(layout, own.mostLimitBytes()));
            });
  }

  // The layout that lacks least, of a problem where none fits. To find what one lacks takes many
  // looks at its cuts; one look tells that it lacks more than another.
  private static Optional<Shortage> shortest(Problem problem) {
    Optional<Shortage> least = Optional.empty();
    for (Hosted each : standing(problem).toList()) {
      double most = least.map(Shortage::bytesTooMuch).orElse(Double.POSITIVE_INFINITY);
      if (each.fitsWithin(problem, most)) {
        Shortage shortage = each.shortage(problem);
        if (shortage.bytesTooMuch() < most) {
          least = Optional.of(shortage);
        }
      }
    }
    return least;
  }

  private Optional<String> closest() {
    return shortest(problem)
        .map(
            least ->
                String.format(
                    Locale.ROOT,
                    "closest: %s of %d GPUs needs %.0f bytes on each GPU, usable are %.0f: %.0f bytes (%.2f GB) too much",
                    least.layout().pipelineStages() == 1
                        ? "1 stage"
                        : least.layout().pipelineStages() + " stages",
                    least.layout().gpusPerStage(),
                    least.bytes(),
                    least.limitBytes(),
                    least.bytesTooMuch(),
                    least.bytesTooMuch() / 1e9));
  }

  private Optional<String> fewerSequences() {
    Workload workload = problem.workload();
    if (workload.concurrentSequences().isEmpty()) {
      return Optional.empty();
    }
    long asked = workload.concurrentSequences().getAsLong();
    long most =
        Bisection.largest(
            asked - 1,
            sequences ->
                fits(
                    problem.withWorkload(
                        workload.withConcurrentSequences(OptionalLong.of(sequences)))));
    return most == 0
        ? Optional.empty()
        : Optional.of("would fit: " + most + " concurrent sequences instead of " + asked);
  }

  private Optional<String> shorterContext() {
    Workload workload = problem.workload();
    double held = workload.contexts().tokensP99().orElse(workload.contextTokens());
    long asked = (long) Math.ceil(held);
    long most =
        Bisection.largest(
            asked - 1,
            tokens ->
                fits(
                    problem.withWorkload(
                        workload.withContexts(workload.contexts().times(tokens / held)))));
    return most == 0
        ? Optional.empty()
        : Optional.of("would fit: a context of " + most + " tokens instead of " + asked);
  }

  private enum Change {
    KV,
    WEIGHTS,
    BOTH
  }

  private Optional<String> narrower(String key, Change change) {
    Precision now = problem.precision();
    for (Dtype format : NARROWER) {
      boolean helps =
          (change == Change.KV || isNarrower(format, now.weights()))
              && (change == Change.WEIGHTS || isNarrower(format, now.kv()));
      if (helps
          && suits(format, change)
          && fits(problem.withPrecision(changed(now, change, format)))) {
        boolean alone =
            change == Change.BOTH
                && (fits(problem.withPrecision(changed(now, Change.KV, format)))
                    || fits(problem.withPrecision(changed(now, Change.WEIGHTS, format))));
        return alone
            ? Optional.empty()
            : Optional.of(
                "would fit: "
                    + key
                    + " in "
                    + format.key()
                    + " instead of "
                    + (change == Change.KV ? now.kv() : now.weights()).key());
      }
    }
    return Optional.empty();
  }

  private static boolean isNarrower(Dtype format, Dtype now) {
    return format.bytes() < NARROWER_BY * now.bytes();
  }

  // Engines may widen what a GPU has no unit for, so it would fit: at a rate that nobody asked for.
  private boolean suits(Dtype format, Change change) {
    if (format.isOfWeightsOnly() && change != Change.WEIGHTS) {
      return false;
    }
    Dtype now = problem.precision().weights();
    return problem.topology().usableGpus().stream()
        .map(gpu -> new GpuFormats(gpu.spec(), false))
        .allMatch(
            formats ->
                formats.hasUnit(format)
                    && (change == Change.KV
                        || formats.of(format).operandBits() <= formats.of(now).operandBits()));
  }

  private static Precision changed(Precision now, Change change, Dtype format) {
    return switch (change) {
      case KV -> now.withKv(format);
      case WEIGHTS -> narrowed(now, format);
      case BOTH -> narrowed(now, format).withKv(format);
    };
  }

  // Experts that are narrower already stay.
  private static Precision narrowed(Precision now, Dtype format) {
    return isNarrower(format, now.experts())
        ? now.withWeights(format, format)
        : now.withWeights(format, now.experts());
  }

  // One instance with more stages, or wider ones: the fewest GPUs like the largest there are.
  private Optional<String> moreGpus() {
    LayoutSpace space = problem.layoutSpace();
    int usable = problem.topology().usableGpus().size();
    double limit =
        problem.usableBytes(
            problem.topology().usableGpus().stream()
                .mapToDouble(gpu -> gpu.spec().hbmBytes())
                .max()
                .orElseThrow());
    int layers = problem.model().layers().size();
    Layout fewest = null;
    for (Layout layout : LayoutEnumeration.of(problem).layouts()) {
      for (int stages = 1; stages <= layers && layout.replicas() == 1; stages++) {
        boolean allowed =
            space.isOpen(Degree.PIPELINE_STAGES)
                || space.values(Degree.PIPELINE_STAGES).contains(stages);
        int gpus = stages * layout.gpusPerStage();
        Layout more = layout.with(Degree.PIPELINE_STAGES, stages);
        if (!allowed || gpus <= usable || (fewest != null && gpus >= fewest.gpus())) {
          continue;
        }
        if (space.isOpen(Degree.MICRO_BATCHES)) {
          more = perStage(more);
        }
        if (new Hosted(more, limit).fitsWithin(problem, 0)) {
          fewest = more;
        }
      }
    }
    return Optional.ofNullable(fewest)
        .map(
            more ->
                String.format(
                    Locale.ROOT,
                    "would fit: %d GPUs instead of %d (%d stages of %d)",
                    more.gpus(),
                    usable,
                    more.pipelineStages(),
                    more.gpusPerStage()));
  }

  private Layout perStage(Layout layout) {
    int stages = layout.pipelineStages();
    long asked = problem.workload().concurrentSequences().orElse(1);
    List<Integer> listed = problem.layoutSpace().values(Degree.SEQUENCES_PER_MICRO_BATCH);
    return layout.withMicroBatches(
        stages,
        listed.isEmpty()
            ? (int) Math.min(Integer.MAX_VALUE, (asked + stages - 1) / stages)
            : layout.sequencesPerMicroBatch());
  }
}
