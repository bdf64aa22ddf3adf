package dev.rackplan.solver;

import dev.rackplan.model.MoeFfn;
import dev.rackplan.problem.LayoutSpace;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.Gpu;
import dev.rackplan.workload.Phase;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The values of each degree that are worth a look: those that a problem lists, or else those that
 * models, domains and engines suggest.
 *
 * <p>Searched degrees keep to what engines run: as many expert slots on each GPU as on every other,
 * attention ranks of a power of two of GPUs.
 */
final class DegreeChoices {
  // Attention ranks beyond this many GPUs only copy KV heads: no published model has more.
  private static final int MOST_TENSOR_PARALLEL = 16;
  // Up to as many domains each count is tried, beyond only powers of two.
  private static final int MOST_DOMAINS_EACH = 8;
  // Further rows of redundant slots on each GPU: past a few, balance has nothing left to gain.
  private static final int[] REDUNDANT_ROWS = {0, 1, 2, 4};

  private final Problem problem;
  private final LayoutSpace space;
  private final int usableGpus;
  private final List<Integer> domainSizes;
  private final Optional<MoeFfn> moe;

  DegreeChoices(Problem problem) {
    this.problem = problem;
    this.space = problem.layoutSpace();
    this.usableGpus = problem.topology().usableGpus().size();
    TreeMap<Integer, Integer> sizes = new TreeMap<>();
    for (Gpu gpu : problem.topology().usableGpus()) {
      sizes.merge(gpu.domain(), 1, Integer::sum);
    }
    this.domainSizes = List.copyOf(sizes.values());
    this.moe = problem.model().moeLayers().stream().findFirst().flatMap(problem.model()::moe);
  }

  /** Usable GPUs of the largest domain. */
  int largestDomain() {
    return domainSizes.stream().mapToInt(Integer::intValue).max().orElseThrow();
  }

  /** Expert parallelism: parts of a domain, whole domains, several of them; 1 without experts. */
  List<Integer> expertParallel() {
    if (!space.expertParallel().isEmpty()) {
      return space.expertParallel();
    }
    if (moe.isEmpty()) {
      return List.of(1);
    }
    TreeSet<Integer> degrees = new TreeSet<>();
    for (int power = 1; power <= usableGpus; power *= 2) {
      degrees.add(power);
    }
    for (int size : new TreeSet<>(domainSizes)) {
      for (int part = 2; part <= 4; part++) {
        degrees.add(size / part);
      }
      for (int domains = 1; domains * size <= usableGpus; domains++) {
        if (domains <= MOST_DOMAINS_EACH || Integer.bitCount(domains) == 1) {
          degrees.add(domains * size);
        }
      }
    }
    degrees.remove(0);
    if (!space.redundantExperts().isEmpty()) {
      for (int redundant : space.redundantExperts()) {
        degrees.add(largestDividing(moe.get().experts() + redundant));
      }
    }
    // Beyond two slots an expert most slots are copies.
    return degrees.stream().filter(degree -> degree <= 2 * moe.get().experts()).toList();
  }

  private int largestDividing(int slots) {
    int degree = Math.min(slots, usableGpus);
    while (slots % degree != 0) {
      degree--;
    }
    return degree;
  }

  /**
   * Redundant experts for {@code expertParallel} GPUs: as few as give each GPU as many slots, then
   * whole rows more.
   */
  List<Integer> redundantExperts(int expertParallel) {
    if (moe.isEmpty()) {
      return space.redundantExperts().isEmpty() ? List.of(0) : space.redundantExperts();
    }
    int experts = moe.get().experts();
    if (!space.redundantExperts().isEmpty()) {
      // A listed degree and a listed number need not divide: they were asked for.
      return space.redundantExperts().stream()
          .filter(
              redundant ->
                  !space.expertParallel().isEmpty() || (experts + redundant) % expertParallel == 0)
          .toList();
    }
    int least = Math.floorMod(-experts, expertParallel);
    List<Integer> redundant = new ArrayList<>();
    for (int rows : REDUNDANT_ROWS) {
      int count = least + rows * expertParallel;
      if (expertParallel > 1 && (rows == 0 || count <= experts)) {
        redundant.add(count);
      }
    }
    return redundant.isEmpty() ? List.of(0) : redundant;
  }

  /** Attention tensor parallelism: powers of two within the smallest domain. */
  List<Integer> attentionTensorParallel(int expertParallel) {
    if (!space.attentionTensorParallel().isEmpty()) {
      return space.attentionTensorParallel();
    }
    int most = domainSizes.stream().mapToInt(Integer::intValue).min().orElseThrow();
    List<Integer> degrees = new ArrayList<>();
    for (int degree = 1; degree <= Math.min(most, MOST_TENSOR_PARALLEL); degree *= 2) {
      if (moe.isEmpty() || expertParallel % degree == 0) {
        degrees.add(degree);
      }
    }
    return degrees;
  }

  /** Stages of {@code gpusPerStage} GPUs: 1, 2, 3, 4, 6, 8, 12, … and as many as there are. */
  List<Integer> pipelineStages(int gpusPerStage) {
    if (!space.pipelineStages().isEmpty()) {
      return space.pipelineStages();
    }
    int most = Math.min(usableGpus / gpusPerStage, problem.model().layers().size());
    TreeSet<Integer> stages = new TreeSet<>();
    for (int power = 1; power <= most; power *= 2) {
      stages.add(power);
      if (power >= 2 && power * 3 / 2 <= most) {
        stages.add(power * 3 / 2);
      }
    }
    if (most >= 1) {
      stages.add(most);
    }
    return List.copyOf(stages);
  }

  /**
   * Instances of {@code gpusPerInstance} GPUs: as many as there are, and as many as stand in one
   * domain each; for a given number of sequences also fewer, down by halves.
   */
  List<Integer> replicas(int gpusPerInstance) {
    if (!space.replicas().isEmpty()) {
      return space.replicas();
    }
    int most = Math.max(1, usableGpus / gpusPerInstance);
    TreeSet<Integer> replicas = new TreeSet<>(Comparator.reverseOrder());
    replicas.add(most);
    // As many as stand in one domain each: of 18 that 16 racks hold, two are spread over all racks.
    int inOneDomain = domainSizes.stream().mapToInt(size -> size / gpusPerInstance).sum();
    if (inOneDomain > 0) {
      replicas.add(inOneDomain);
    }
    if (problem.workload().concurrentSequences().isPresent()) {
      for (int count = most; count >= 1; count /= 2) {
        replicas.add(count);
      }
    }
    return List.copyOf(replicas);
  }

  /** Micro-batches for {@code stages} stages: one a stage, which leaves none of them idle. */
  List<Integer> microBatches(int stages) {
    return space.microBatches().isEmpty() ? List.of(stages) : space.microBatches();
  }

  /** Other numbers of micro-batches for {@code stages} stages: a single one, and two a stage. */
  List<Integer> otherMicroBatches(int stages) {
    // In training the global batch decides.
    boolean given = !space.microBatches().isEmpty() || problem.workload().phase() == Phase.TRAINING;
    return stages == 1 || given ? List.of() : List.of(1, 2 * stages);
  }

  /** Whether more than the number of sequences is left open. */
  boolean searches() {
    return space.pipelineStages().isEmpty()
        || (moe.isPresent() && space.expertParallel().isEmpty())
        || (moe.isPresent() && space.redundantExperts().isEmpty())
        || space.attentionTensorParallel().isEmpty()
        || space.replicas().isEmpty()
        || space.microBatches().isEmpty();
  }
}
