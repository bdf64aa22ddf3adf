package dev.rackplan.export;

import dev.rackplan.plan.EngineGround;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Engine;
import dev.rackplan.problem.EngineKind;
import dev.rackplan.problem.MoeCommunication;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.GpuSpec;
import dev.rackplan.workload.Phase;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A plan with all that exports ask of it.
 *
 * @param name of the solution; lower case letters, digits and dashes where targets want that
 * @param problem what the plan answers
 * @param plan the plan
 * @param hosts what its nodes are called
 * @param withExperts whether the expert placement is part of the export
 * @param image container image, or empty for the engine's usual one
 * @param initialMapping whether vLLM is given the expert map at its start, which only the branch of
 *     pull request 41141 reads
 * @param served the engine that Kubernetes starts; empty for the problem's
 * @param place among pools that serve together
 */
public record Deployment(
    String name,
    Problem problem,
    Plan plan,
    HostNames hosts,
    boolean withExperts,
    Optional<String> image,
    boolean initialMapping,
    Optional<EngineKind> served,
    PoolPlace place) {
  public Deployment {
    problem = EngineGround.of(problem, plan);
    plan = launched(problem, plan);
  }

  // As many sequences as the engine is told to run at most.
  private static Plan launched(Problem problem, Plan plan) {
    OptionalInt most = problem.engine().memory().stepSequences();
    return most.isPresent() && problem.workload().phase() == Phase.DECODE
        ? new Plan(plan.layout().withAtLeastPerRank(most.getAsInt()), plan.stages(), plan.experts())
        : plan;
  }

  /** For engines' releases; Kubernetes starts the problem's engine. */
  public Deployment(
      String name,
      Problem problem,
      Plan plan,
      HostNames hosts,
      boolean withExperts,
      Optional<String> image) {
    this(name, problem, plan, hosts, withExperts, image, false, Optional.empty(), PoolPlace.ALONE);
  }

  /** The same, whose maps vLLM's branch is given. */
  public Deployment withInitialMapping() {
    return new Deployment(name, problem, plan, hosts, withExperts, image, true, served, place);
  }

  /** The same, with this engine in Kubernetes. */
  public Deployment servedBy(EngineKind engine) {
    return new Deployment(
        name, problem, plan, hosts, withExperts, image, initialMapping, Optional.of(engine), place);
  }

  /** The same for a release of an engine, whichever the problem names. */
  Deployment inRelease(EngineKind engine, String version) {
    Engine named = problem.engine();
    boolean own = named.kind().filter(kind -> kind == engine).isPresent();
    Engine other =
        new Engine(
            Optional.of(engine.title()),
            Optional.of(version),
            named.dispatchRule(),
            named.copyRule(),
            own && named.twoBatchOverlap(),
            named.memory());
    return new Deployment(
        name,
        problem.withEngine(other),
        plan,
        hosts,
        withExperts,
        image,
        initialMapping,
        served,
        place);
  }

  /** The same, called {@code other} and as one of several pools. */
  Deployment as(String other, PoolPlace standing) {
    return new Deployment(
        other, problem, plan, hosts, withExperts, image, initialMapping, served, standing);
  }

  /** The engine that Kubernetes starts; empty where it is none that is known. */
  Optional<EngineKind> servingEngine() {
    return served.or(() -> EngineKind.of(problem.engine().name()));
  }

  /** The GPUs and hosts of its ranks. */
  DeploymentRanks ranks() {
    return new DeploymentRanks(problem.topology(), plan, hosts);
  }

  Layout layout() {
    return plan.layout();
  }

  /**
   * Whether expert maps are to be written: they were asked for, experts lie otherwise than engines
   * put them by themselves, and on several GPUs, or groups that slice them. Elsewhere each GPU has
   * its slice of every expert, and engines refuse maps (vLLM's {@code ParallelConfig}: {@code
   * enable_eplb} needs {@code enable_expert_parallel}).
   */
  boolean hasMaps() {
    return withExperts
        && layout().expertHostCount() > 1
        && !plan.experts().values().stream().allMatch(ExpertMap::isInOrder);
  }

  boolean training() {
    return problem.workload().phase() == Phase.TRAINING;
  }

  /** Whether tokens are sent to the GPUs of their experts. */
  boolean sends() {
    return !plan.experts().isEmpty()
        && layout().communication(problem.workload().phase()) == MoeCommunication.ALL_TO_ALL;
  }

  /**
   * Sequences that an instance is let run at a time. Where prompts are read every stage has some,
   * and in a pool apart as many again wait until their caches are fetched.
   */
  int sequencesAtATime() {
    var layout = layout();
    if (!isPrefill()) {
      return layout.microBatches() * layout.sequencesPerMicroBatch();
    }
    int batches = Math.max(layout.microBatches(), layout.pipelineStages());
    return (place.handsOver() ? 2 : 1) * batches * layout.sequencesPerMicroBatch();
  }

  /**
   * Tokens of one attention rank in a prefill step: chunks where the layout says, else whole
   * prompts; 0 where the plan decodes.
   */
  int prefillTokensOfRank() {
    int chunk = layout().get(Degree.CHUNK_TOKENS);
    if (!isPrefill() && chunk == 0) {
      return 0;
    }
    int ranks = layout().attentionRanks();
    int sequences = (layout().sequencesPerMicroBatch() + ranks - 1) / ranks;
    return chunk > 0
        ? chunk * sequences
        : (int) Math.ceil(layout().queryTokens(problem.workload()) * sequences);
  }

  /** Whether the problem names this engine in a release before {@code first}. */
  boolean isForReleaseBefore(EngineRelease release, String first) {
    return problem.engine().kind().filter(kind -> kind == release.kind()).isPresent()
        && problem.engine().isBefore(first);
  }

  boolean isPrefill() {
    return problem.workload().phase() == Phase.PREFILL;
  }

  /** Layers of each stage. */
  List<Integer> layersOfStages() {
    return plan.stages().stream().map(s -> s.lastLayer() - s.firstLayer() + 1).toList();
  }

  String partition() {
    return String.join(",", layersOfStages().stream().map(String::valueOf).toList());
  }

  /** MoE layers of one stage, ascending. */
  List<Integer> moeLayers(Stage stage) {
    return List.copyOf(plan.experts().subMap(stage.firstLayer(), stage.lastLayer() + 1).keySet());
  }

  /** Slots of every layer, as a list. */
  static List<Integer> row(ExpertMap map) {
    return row(map.toArray());
  }

  /** The same of plain slots. */
  static List<Integer> row(int[] experts) {
    return Arrays.stream(experts).boxed().toList();
  }

  /**
   * Slots of a layer, the same for all.
   *
   * @throws ExportRefusal where layers or GPUs hold unequal numbers
   */
  int slots(String target) {
    int slots = plan.experts().get(plan.experts().firstKey()).slots();
    for (var entry : plan.experts().entrySet()) {
      if (entry.getValue().slots() != slots) {
        throw new ExportRefusal(
            target
                + " holds equally many slots in every layer; layer "
                + entry.getKey()
                + " has "
                + entry.getValue().slots()
                + ", the first MoE layer "
                + slots,
            "Solve with fewer redundantExperts, so that every layer holds them.");
      }
    }
    if (slots % layout().expertParallel() != 0) {
      throw new ExportRefusal(
          target
              + " holds equally many slots on every GPU; "
              + slots
              + " do not divide over "
              + layout().expertParallel(),
          "Solve with redundantExperts that make the slots divide.");
    }
    return slots;
  }

  /** What the plan's first GPU is, which stands for all. */
  GpuSpec gpu() {
    return problem.topology().gpus().get(plan.stages().get(0).gpus().get(0)).spec();
  }

  /** Refuses an expert map for several stages, where {@code target} takes one for one group. */
  void refuseMapOfStages(String target) {
    if (layout().pipelineStages() > 1) {
      throw new ExportRefusal(
          target
              + " takes one map for one group of expert-parallel ranks; this plan has "
              + layout().pipelineStages()
              + " stages with a group each",
          "Solve with pipelineStages 1, or export with --without-experts.");
    }
  }

  void refuseSecondCopies(String target) {
    plan.experts()
        .forEach(
            (layer, map) -> {
              int[] copies = map.secondCopies();
              if (copies.length > 0) {
                throw new ExportRefusal(
                    target
                        + " computes wrong results where a device holds an expert twice; layer "
                        + layer
                        + " has expert "
                        + map.expert(copies[0])
                        + " twice on rank "
                        + map.gpuOfSlot(copies[0]) * layout().gpusPerExpertHost(),
                    "Solve again: rackplan's plans have no second copy on a GPU.");
              }
            });
  }

  void refuseTraining(String target) {
    if (training()) {
      throw new ExportRefusal(
          target + " serves; the plan is for training",
          "Export for megatron, megatron-bridge, torchtitan or slurm.");
    }
  }
}
