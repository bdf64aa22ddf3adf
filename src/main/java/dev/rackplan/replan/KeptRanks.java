package dev.rackplan.replan;

import static java.util.stream.Collectors.toList;

import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.LayoutSpace;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.Gpu;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The running layout as far as it goes on: the same stages on the GPUs that are still in use, lost
 * ones replaced by GPUs that were idle, and where there are none every replica without those ranks,
 * unless giving up the hurt ones leaves as many GPUs at work and the others alone. Where experts
 * are sliced, the GPUs that slice the same ones go on together or not at all. Replicas go on in
 * their number where the problem allows it; else the nearest number that it allows and the GPUs
 * hold: the ones that lost most are given up, or new ones begun on idle GPUs.
 *
 * @param layout what goes on
 * @param stages with the GPUs of the new topology
 * @param ranks for each stage the running rank whose place each new rank takes
 */
record KeptRanks(Layout layout, List<Stage> stages, List<List<Integer>> ranks) {
  private static final int LOST = -1;
  // Follow from what is left of the cluster and from the load.
  private static final Set<Degree> FOLLOWING =
      EnumSet.of(Degree.REPLICAS, Degree.SEQUENCES_PER_MICRO_BATCH, Degree.REDUNDANT_EXPERTS);

  /**
   * Of {@code running} under {@code problem}.
   *
   * @throws NoReplanException where the problem allows no such layout; the message says which
   */
  static KeptRanks of(RunningPlan running, Problem problem) {
    Optional<NoReplanException> first = Optional.empty();
    List<Integer> allowed = problem.layoutSpace().values(Degree.REPLICAS);
    for (int replicas : replicaCounts(running, allowed)) {
      try {
        KeptRanks kept = new Placing(running, problem, replicas).kept();
        return untouched(running, problem, allowed, kept).orElse(kept);
      } catch (NoReplanException e) {
        first = first.or(() -> Optional.of(e));
      }
    }
    throw first.orElseThrow();
  }

  /**
   * Where every replica would lose ranks: only those that lost GPUs are given up, if that leaves no
   * fewer GPUs at work; the others go on as they are. Empty where that can't be.
   */
  private static Optional<KeptRanks> untouched(
      RunningPlan running, Problem problem, List<Integer> allowed, KeptRanks kept) {
    Layout old = running.plan().layout();
    int whole = new Placing(running, problem, old.replicas()).wholeInstances();
    if (kept.layout().gpusPerStage() == old.gpusPerStage()
        || whole == 0
        || whole * old.gpusPerStage() < kept.layout().replicas() * kept.layout().gpusPerStage()
        || !(allowed.isEmpty() || allowed.contains(whole))) {
      return Optional.empty();
    }
    return Optional.of(new Placing(running, problem, whole).kept());
  }

  /** Numbers of replicas to try: as many as run, then fewer where all are allowed, else nearest. */
  private static List<Integer> replicaCounts(RunningPlan running, List<Integer> allowed) {
    int now = running.plan().layout().replicas();
    if (allowed.isEmpty()) {
      return IntStream.rangeClosed(1, now).map(n -> now + 1 - n).boxed().toList();
    }
    return allowed.stream()
        .sorted(
            Comparator.comparingInt((Integer n) -> Math.abs(n - now))
                .thenComparing(Comparator.reverseOrder()))
        .toList();
  }

  /** Finds the GPUs of so many replicas. */
  private static final class Placing {
    private final RunningPlan running;
    private final Problem problem;
    private final Layout old;
    private final int replicas;
    private final Map<String, Gpu> usable = new HashMap<>();
    private final TreeSet<Integer> idle = new TreeSet<>();
    // Running instances that go on.
    private final List<Integer> instances;

    Placing(RunningPlan running, Problem problem, int replicas) {
      this.running = running;
      this.problem = problem;
      this.old = running.plan().layout();
      this.replicas = replicas;
      problem.topology().usableGpus().forEach(gpu -> usable.put(gpu.name(), gpu));
      this.instances =
          IntStream.range(0, old.replicas())
              .boxed()
              .sorted(Comparator.comparingLong(this::lost))
              .limit(replicas)
              .sorted()
              .toList();
      Set<String> busy =
          instances.stream().flatMap(this::names).collect(Collectors.toCollection(HashSet::new));
      usable.forEach(
          (name, gpu) -> {
            if (!busy.contains(name)) {
              idle.add(gpu.index());
            }
          });
    }

    private Stream<String> names(int instance) {
      return IntStream.range(0, running.plan().stages().size())
          .boxed()
          .flatMap(
              stage ->
                  IntStream.range(0, old.gpusPerStage())
                      .mapToObj(rank -> running.gpu(stage, instance, rank)));
    }

    int wholeInstances() {
      return (int) instances.stream().filter(instance -> lost(instance) == 0).count();
    }

    private long lost(int instance) {
      return names(instance).filter(name -> !usable.containsKey(name)).count();
    }

    KeptRanks kept() {
      List<List<List<Integer>>> placed = new ArrayList<>();
      int most = 0;
      for (int s = 0; s < running.plan().stages().size(); s++) {
        placed.add(place(s));
        most = Math.max(most, (int) lostRanks(placed.get(s)).count());
      }
      int whole = wholeParts();
      int gpus = (old.gpusPerStage() - most) / whole * whole;
      if (gpus == 0 || (old.expertParallel() == 1 && gpus < old.gpusPerStage())) {
        throw new NoReplanException(
            "a stage keeps " + (old.gpusPerStage() - most) + " of " + old.gpusPerStage() + " GPUs",
            "Solve the changed problem instead: its layout has to be another one.");
      }
      List<List<Integer>> ranks = new ArrayList<>();
      List<List<Integer>> indices = new ArrayList<>();
      for (List<List<Integer>> instancesOfStage : placed) {
        instancesOfStage.forEach(this::refuseBrokenHost);
        TreeSet<Integer> lost =
            lostRanks(instancesOfStage).boxed().collect(Collectors.toCollection(TreeSet::new));
        List<Integer> kept =
            IntStream.range(0, old.gpusPerStage())
                .filter(rank -> !lost.contains(rank))
                .limit(gpus)
                .boxed()
                .toList();
        ranks.add(kept);
        List<Integer> ofStage = new ArrayList<>();
        for (List<Integer> instance : instancesOfStage) {
          kept.forEach(rank -> ofStage.add(instance.get(rank)));
        }
        indices.add(ofStage);
      }
      for (int more = instances.size(); more < replicas; more++) {
        indices.forEach(ofStage -> ofStage.addAll(idleGpus(gpus)));
      }
      List<Stage> stages = new ArrayList<>();
      for (int s = 0; s < indices.size(); s++) {
        Stage stage = running.plan().stages().get(s);
        stages.add(new Stage(stage.firstLayer(), stage.lastLayer(), indices.get(s)));
      }
      return new KeptRanks(layout(running, problem, replicas, gpus), stages, ranks);
    }

    /** GPUs of a stage are a multiple of it: whole attention ranks, and whole expert hosts. */
    private int wholeParts() {
      int attention = old.gpusPerStage() / old.attentionRanks();
      int host = old.gpusPerExpertHost();
      int whole = attention;
      while (whole % host != 0) {
        whole += attention;
      }
      return whole;
    }

    // What is left of a host lacks slices of all its experts, and can't take another's place.
    private void refuseBrokenHost(List<Integer> instance) {
      int group = old.gpusPerExpertHost();
      for (int first = 0; first < instance.size(); first += group) {
        List<Integer> host = instance.subList(first, first + group);
        List<String> left =
            host.stream()
                .filter(gpu -> gpu != LOST)
                .map(gpu -> problem.topology().gpus().get(gpu).name())
                .toList();
        if (!left.isEmpty() && left.size() < group) {
          throw new NoReplanException(
              "of "
                  + group
                  + " GPUs that hold slices of the same experts only "
                  + String.join(", ", left)
                  + (left.size() == 1 ? " is" : " are")
                  + " left, and no GPU is idle",
              "Drain "
                  + (left.size() == 1 ? "it" : "these")
                  + " too, so that the others go on, or solve the changed problem instead.");
        }
      }
    }

    // Index of each rank's GPU by instance.
    private List<List<Integer>> place(int stage) {
      List<List<Integer>> placed = new ArrayList<>();
      for (int instance : instances) {
        List<Integer> indices = new ArrayList<>();
        TreeSet<Integer> domains = new TreeSet<>();
        for (int rank = 0; rank < old.gpusPerStage(); rank++) {
          Gpu gpu = usable.get(running.gpu(stage, instance, rank));
          indices.add(gpu == null ? LOST : gpu.index());
          if (gpu != null) {
            domains.add(gpu.domain());
          }
        }
        indices.replaceAll(gpu -> gpu == LOST ? substitute(domains) : gpu);
        placed.add(indices);
      }
      return placed;
    }

    private int domainOf(int gpu) {
      return problem.topology().gpus().get(gpu).domain();
    }

    /** An idle GPU, of one of the domains where there is one; LOST where none is idle. */
    private int substitute(Set<Integer> domains) {
      int found =
          idle.stream()
              .filter(gpu -> domains.contains(domainOf(gpu)))
              .findFirst()
              .orElse(idle.isEmpty() ? LOST : idle.first());
      idle.remove(found);
      return found;
    }

    /** Of one domain, the least that is enough, where there is one; else of the emptiest first. */
    private List<Integer> idleGpus(int count) {
      if (idle.size() < count) {
        throw new NoReplanException(
            replicas + " replicas need " + count + " more GPUs, " + idle.size() + " are idle",
            "Add racks to the topology, or allow fewer layout.replicas in the problem.");
      }
      Map<Integer, List<Integer>> byDomain =
          idle.stream().collect(Collectors.groupingBy(this::domainOf, TreeMap::new, toList()));
      List<Integer> found =
          byDomain.values().stream()
              .filter(gpus -> gpus.size() >= count)
              .min(Comparator.comparingInt(List::size))
              .orElseGet(
                  () ->
                      byDomain.values().stream()
                          .sorted(Comparator.comparingInt((List<Integer> gpus) -> -gpus.size()))
                          .flatMap(List::stream)
                          .toList())
              .subList(0, count);
      idle.removeAll(found);
      return found;
    }

    private IntStream lostRanks(List<List<Integer>> placed) {
      return IntStream.range(0, old.gpusPerStage())
          .filter(rank -> placed.stream().anyMatch(instance -> instance.get(rank) == LOST));
    }
  }

  private static Layout layout(RunningPlan running, Problem problem, int replicas, int gpus) {
    Layout old = running.plan().layout();
    int hosts = gpus / old.gpusPerExpertHost();
    int expertParallel = old.expertParallel() == 1 ? 1 : hosts;
    int redundant = old.redundantExperts();
    if (!running.plan().experts().isEmpty() && gpus < old.gpusPerStage()) {
      int experts = problem.model().moe(problem.model().moeLayers().get(0)).orElseThrow().experts();
      redundant = redundant(problem.layoutSpace(), experts, old, hosts);
    }
    OptionalLong wanted = problem.workload().concurrentSequences();
    int groups = replicas * old.microBatches();
    int sequences =
        wanted.isPresent()
            ? (int) Math.max(1, (wanted.getAsLong() + groups - 1) / groups)
            : old.sequencesPerMicroBatch();
    Layout layout =
        old.with(Degree.REPLICAS, replicas)
            .with(Degree.EXPERT_PARALLEL, expertParallel)
            .with(Degree.SEQUENCES_PER_MICRO_BATCH, sequences)
            .with(Degree.REDUNDANT_EXPERTS, redundant);
    refuseForbidden(problem.layoutSpace(), layout);
    return layout;
  }

  /**
   * As many slots an expert host as before where that holds all experts and is allowed, else the
   * nearest.
   */
  private static int redundant(LayoutSpace space, int experts, Layout old, int hosts) {
    int perHost = old.dealt(experts + old.redundantExperts()).mostSlotsPerGpu();
    // Equally many on each, as engines hold them; the fullest would have no fewer otherwise.
    int same = Math.max(perHost, (experts + hosts - 1) / hosts) * hosts - experts;
    return space.values(Degree.REDUNDANT_EXPERTS).stream()
        .min((a, b) -> Integer.compare(Math.abs(a - same), Math.abs(b - same)))
        .orElse(same);
  }

  private static void refuseForbidden(LayoutSpace space, Layout layout) {
    for (Degree degree : Degree.values()) {
      if (!FOLLOWING.contains(degree)) {
        refuse(degree.key(), space.values(degree), layout.get(degree));
      }
    }
  }

  private static void refuse(String key, List<Integer> allowed, int value) {
    if (!allowed.isEmpty() && !allowed.contains(value)) {
      throw new NoReplanException(
          "the running plan would go on with "
              + key
              + " "
              + value
              + ", the problem allows "
              + allowed,
          "Add " + value + " to layout." + key + " of the problem, or solve it again.");
    }
  }
}
