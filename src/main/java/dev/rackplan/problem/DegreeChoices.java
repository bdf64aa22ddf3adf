package dev.rackplan.problem;

import dev.rackplan.model.MoeFfn;
import dev.rackplan.topology.Gpu;
import dev.rackplan.workload.Drafts;
import dev.rackplan.workload.Phase;
import dev.rackplan.workload.Workload;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The values of each degree that are worth a look: those that a problem lists, or else those that
 * models, domains and engines suggest.
 *
 * <p>Searched degrees keep to what engines run: as many expert slots on each GPU as on every other,
 * and as many heads.
 */
public final class DegreeChoices {
  // Attention ranks beyond this many GPUs only copy KV heads: no published model has more.
  private static final int MOST_TENSOR_PARALLEL = 16;
  // Up to as many domains each count is tried, beyond only powers of two.
  private static final int MOST_DOMAINS_EACH = 8;
  // Further rows of redundant slots on each GPU: past a few, balance has nothing left to gain.
  private static final int[] REDUNDANT_ROWS = {0, 1, 2, 4};

  // Prompts of so many tokens take seconds on one GPU: only there are they worth dividing.
  private static final double LONG_PROMPT = 32_768;
  // Chunk sizes that engines start with: vLLM and TensorRT-LLM 8,192 and 2,048, SGLang 8,192.
  private static final int[] USUAL_CHUNKS = {2048, 8192};

  private final Problem problem;
  private final LayoutSpace space;
  private final int usableGpus;
  private final List<Integer> domainSizes;
  private final Optional<MoeFfn> moe;
  private final TrainingChoices training;

  /** Of a problem: what it lists, and what its model and cluster suggest. */
  public DegreeChoices(Problem problem) {
    this.problem = problem;
    this.space = problem.layoutSpace();
    this.training = new TrainingChoices(problem);
    this.usableGpus = problem.topology().usableGpus().size();
    TreeMap<Integer, Integer> sizes = new TreeMap<>();
    for (Gpu gpu : problem.topology().usableGpus()) {
      sizes.merge(gpu.domain(), 1, Integer::sum);
    }
    this.domainSizes = List.copyOf(sizes.values());
    this.moe = problem.model().moeLayers().stream().findFirst().flatMap(problem.model()::moe);
  }

  /**
   * The degrees in the order in which they are chosen. In training the micro-batches of all
   * replicas make up the global batch: where they are not listed, they follow from their sequences.
   */
  public List<Degree> order() {
    List<Degree> order = new ArrayList<>(Degree.nested());
    if (batchDecides()) {
      order.remove(Degree.MICRO_BATCHES);
      order.add(Degree.MICRO_BATCHES);
    }
    return order;
  }

  /**
   * Values of {@code degree} that are worth a look.
   *
   * @param chosen the degrees before it in {@link #order()}
   */
  public List<Integer> values(Degree degree, ToIntFunction<Degree> chosen) {
    List<Integer> listed = space.values(degree);
    if (listed.isEmpty()) {
      return degree.choices(this, chosen);
    }
    return degree == Degree.REDUNDANT_EXPERTS ? dealtEvenly(listed, chosen) : listed;
  }

  // A listed degree and a listed number need not divide: they were asked for.
  private List<Integer> dealtEvenly(List<Integer> redundant, ToIntFunction<Degree> chosen) {
    if (moe.isEmpty() || !space.isOpen(Degree.EXPERT_PARALLEL)) {
      return redundant;
    }
    int parallel = chosen.applyAsInt(Degree.EXPERT_PARALLEL);
    return redundant.stream().filter(more -> (moe.get().experts() + more) % parallel == 0).toList();
  }

  TrainingChoices training() {
    return training;
  }

  private boolean batchDecides() {
    return problem.workload().phase() == Phase.TRAINING && space.isOpen(Degree.MICRO_BATCHES);
  }

  /** Expert parallelism: parts of a domain, whole domains, several of them; 1 without experts. */
  List<Integer> expertParallel() {
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
    for (int redundant : space.values(Degree.REDUNDANT_EXPERTS)) {
      degrees.add(largestDividing(moe.get().experts() + redundant));
    }
    if (isTraining()) {
      // Nobody trains copies of an expert: as many on each GPU.
      degrees.removeIf(degree -> moe.get().experts() % degree != 0);
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

  /** Redundant experts: as few as give each GPU as many slots, then whole rows more. */
  List<Integer> redundantExperts(ToIntFunction<Degree> chosen) {
    if (moe.isEmpty() || isTraining()) {
      return List.of(0);
    }
    int experts = moe.get().experts();
    int expertParallel = chosen.applyAsInt(Degree.EXPERT_PARALLEL);
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

  /**
   * Expert tensor parallelism: powers of two that divide an expert's width, as far as a stage stays
   * within 16 GPUs of the smallest domain.
   */
  List<Integer> expertTensorParallel(ToIntFunction<Degree> chosen) {
    int expertParallel = chosen.applyAsInt(Degree.EXPERT_PARALLEL);
    List<Integer> degrees = new ArrayList<>(List.of(1));
    if (moe.isEmpty() || chosen.applyAsInt(Degree.REDUNDANT_EXPERTS) > 0) {
      return degrees;
    }
    int most = Math.min(smallestDomain(), MOST_TENSOR_PARALLEL) / expertParallel;
    for (int degree = 2; degree <= most && moe.get().expertWidth() % degree == 0; degree *= 2) {
      degrees.add(degree);
    }
    return degrees;
  }

  /**
   * Dense FFNs beside experts: as attention; under SGLang also whole ({@code moe_dense_tp_size}).
   */
  List<Integer> denseTensorParallel(ToIntFunction<Degree> chosen) {
    boolean offered =
        problem.engine().kind().filter(kind -> kind == EngineKind.SGLANG).isPresent()
            && moe.isPresent()
            && problem.model().mixesDenseAndExperts()
            && chosen.applyAsInt(Degree.ATTENTION_TENSOR_PARALLEL) > 1;
    return offered ? List.of(0, 1) : List.of(0);
  }

  /** Prefill context parallelism: powers of two within a domain, where prompts are long. */
  List<Integer> prefillContextParallel(ToIntFunction<Degree> chosen) {
    List<Integer> degrees = new ArrayList<>(List.of(1));
    if (isTraining()) {
      return training.contextParallel(chosen, moe.isEmpty());
    }
    if (problem.workload().phase() != Phase.PREFILL
        || problem.workload().contexts().computedTokens() < LONG_PROMPT
        || !problem.model().dividesContext()) {
      return degrees;
    }
    int rank = chosen.applyAsInt(Degree.ATTENTION_TENSOR_PARALLEL);
    int stage =
        chosen.applyAsInt(Degree.EXPERT_PARALLEL)
            * chosen.applyAsInt(Degree.EXPERT_TENSOR_PARALLEL);
    for (int degree = 2; degree * rank <= smallestDomain(); degree *= 2) {
      if (moe.isEmpty() || stage % (degree * rank) == 0) {
        degrees.add(degree);
      }
    }
    return degrees;
  }

  /**
   * Decode context parallelism: none, or over all GPUs that would else hold copies of the same KV
   * heads.
   */
  List<Integer> decodeContextParallel(ToIntFunction<Degree> chosen) {
    if (problem.workload().phase() != Phase.DECODE) {
      return List.of(1);
    }
    int degree = chosen.applyAsInt(Degree.ATTENTION_TENSOR_PARALLEL);
    int copies = problem.model().gpusPerKvHead(degree);
    return copies > 1 && degree % copies == 0 ? List.of(1, copies) : List.of(1);
  }

  /**
   * How tokens reach experts: as engines do by default; by all-gather within a domain, and anywhere
   * where experts have biases, to which not every engine sends tokens.
   */
  List<Integer> moeCommunication(ToIntFunction<Degree> chosen) {
    int usual = MoeCommunication.DEFAULT.ordinal();
    boolean sends =
        moe.isPresent()
            && !isTraining()
            && chosen.applyAsInt(Degree.EXPERT_TENSOR_PARALLEL) == 1
            && Degree.gpusPerStage(chosen) > chosen.applyAsInt(Degree.ATTENTION_TENSOR_PARALLEL)
            && (Degree.gpusPerStage(chosen) <= smallestDomain() || moe.get().hasBias());
    return sends ? List.of(usual, MoeCommunication.ALL_GATHER.ordinal()) : List.of(usual);
  }

  /** Drafts: as many as an acceptance is known of, and fewer. */
  List<Integer> draftTokens(ToIntFunction<Degree> chosen) {
    int most = problem.canDraft() ? problem.workload().drafts().map(Drafts::most).orElse(0) : 0;
    return IntStream.rangeClosed(0, most).boxed().toList();
  }

  /** Chunks: as the workload says; where it reads long prompts whole, usual sizes too. */
  List<Integer> chunkTokens(ToIntFunction<Degree> chosen) {
    Workload workload = problem.workload();
    List<Integer> chunks = new ArrayList<>(List.of(0));
    double computed = workload.contexts().computedTokens();
    if (workload.phase() == Phase.PREFILL && workload.queryTokens() == computed) {
      for (int chunk : USUAL_CHUNKS) {
        if (chunk < computed) {
          chunks.add(chunk);
        }
      }
    }
    return chunks;
  }

  /** Two-batch overlap: an engine that is set to it may do without. */
  List<Integer> twoBatchOverlap(ToIntFunction<Degree> chosen) {
    return problem.engine().twoBatchOverlap() ? List.of(0, 1) : List.of(0);
  }

  private boolean isTraining() {
    return problem.workload().phase() == Phase.TRAINING;
  }

  private int smallestDomain() {
    return domainSizes.stream().mapToInt(Integer::intValue).min().orElseThrow();
  }

  /** Attention tensor parallelism: what divides the heads, within the smallest domain. */
  List<Integer> attentionTensorParallel(ToIntFunction<Degree> chosen) {
    int stage =
        chosen.applyAsInt(Degree.EXPERT_PARALLEL)
            * chosen.applyAsInt(Degree.EXPERT_TENSOR_PARALLEL);
    int most = smallestDomain();
    List<Integer> degrees = new ArrayList<>();
    for (int degree = 1; degree <= Math.min(most, MOST_TENSOR_PARALLEL); degree++) {
      if (dividesHeads(degree) && (moe.isEmpty() || stage % degree == 0)) {
        degrees.add(degree);
      }
    }
    return degrees;
  }

  private boolean dividesHeads(int degree) {
    return problem.model().layers().stream()
        .allMatch(layer -> layer.attention().dividesOver(degree));
  }

  /** Stages: 1, 2, 3, 4, 6, 8, 12, … and as many as there are. */
  List<Integer> pipelineStages(ToIntFunction<Degree> chosen) {
    int gpus = usableGpus / Degree.gpusPerStage(chosen);
    int most = Math.min(gpus, problem.model().layers().size());
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
   * Instances: as many as there are, and as many as stand in one domain each; for a given number of
   * sequences also fewer, down by halves.
   */
  List<Integer> replicas(ToIntFunction<Degree> chosen) {
    int gpusPerInstance = chosen.applyAsInt(Degree.PIPELINE_STAGES) * Degree.gpusPerStage(chosen);
    int most = Math.max(1, usableGpus / gpusPerInstance);
    if (isTraining()) {
      return training.replicas(chosen, most);
    }
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

  /** Micro-batches: one a stage, which leaves none of them idle; in training the global batch's. */
  List<Integer> microBatches(ToIntFunction<Degree> chosen) {
    if (!batchDecides()) {
      return List.of(chosen.applyAsInt(Degree.PIPELINE_STAGES));
    }
    long each =
        (long) chosen.applyAsInt(Degree.REPLICAS)
            * chosen.applyAsInt(Degree.SEQUENCES_PER_MICRO_BATCH);
    long batch = problem.workload().concurrentSequences().orElseThrow();
    return List.of((int) Math.max(1, batch / each));
  }

  /** Sequences: as many as are asked for; in training one or a few for each attention rank. */
  List<Integer> sequencesPerMicroBatch(ToIntFunction<Degree> chosen) {
    return batchDecides() ? training.sequences(chosen) : List.of(sequencesAsked(chosen));
  }

  /**
   * Sequences of each micro-batch that hold together what the problem asks for; 1 where it doesn't
   * say.
   */
  public int sequencesAsked(ToIntFunction<Degree> chosen) {
    long asked = problem.workload().concurrentSequences().orElse(1);
    long batches =
        (long) chosen.applyAsInt(Degree.REPLICAS) * chosen.applyAsInt(Degree.MICRO_BATCHES);
    return (int) Math.min(Integer.MAX_VALUE, (asked + batches - 1) / batches);
  }

  /** Other numbers of micro-batches for {@code stages} stages: a single one, and two a stage. */
  public List<Integer> otherMicroBatches(int stages) {
    // In training the global batch decides.
    boolean given =
        !space.isOpen(Degree.MICRO_BATCHES) || problem.workload().phase() == Phase.TRAINING;
    return stages == 1 || given ? List.of() : List.of(1, 2 * stages);
  }

  /** Whether more than the number of sequences is left open. */
  public boolean searches() {
    return Stream.of(Degree.values())
        .filter(degree -> degree != Degree.SEQUENCES_PER_MICRO_BATCH)
        .filter(degree -> moe.isPresent() || degree.divides() != Degree.Divides.EXPERTS)
        .anyMatch(space::isOpen);
  }
}
