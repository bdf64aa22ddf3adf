package dev.rackplan.cost.operation;

import dev.rackplan.law.Answer;
import dev.rackplan.law.FlatFormula;
import dev.rackplan.law.KernelFormat;
import dev.rackplan.law.OpKind;
import dev.rackplan.law.Provenance;
import dev.rackplan.law.Question;
import dev.rackplan.law.Rates;
import dev.rackplan.model.Layer;
import dev.rackplan.model.WeightFormats;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.GpuGeneration;
import dev.rackplan.topology.GpuSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What operations take on one kind of GPU under a problem's engine: by the nearest law, else by the
 * flat formula.
 */
public final class OpPrices {
  private static final String LIBRARY = "trtllm";
  private static final String NCCL = "nccl";

  private final Problem problem;
  private final GpuSpec gpu;
  private final Rates rates;
  private final Map<Optional<WeightFormats>, KernelFormats> formats = new ConcurrentHashMap<>();
  private final String engine;
  private final Map<List<Object>, Answer> answers = new ConcurrentHashMap<>();

  public OpPrices(Problem problem, GpuSpec gpu) {
    this.problem = problem;
    this.gpu = gpu;
    this.rates = rates(gpu);
    this.engine = problem.engine().lawName();
  }

  private static Rates rates(GpuSpec gpu) {
    OptionalDouble bf16 = gpu.peakFlops().bf16();
    // A GPU without a known 16-bit rate is taken to have half of its 8-bit one.
    double wide =
        bf16.orElseGet(
            () ->
                gpu.peakFlops().fp8().isPresent()
                    ? gpu.peakFlops().fp8().getAsDouble() / 2
                    : gpu.peakFlops().fp4().orElseThrow() / 4);
    return new Rates(
        gpu.hbmBytesPerSecond(),
        wide,
        gpu.peakFlops().fp8(),
        gpu.peakFlops().fp4(),
        gpu.peakFlops().int8());
  }

  /** What kernels make of a layer's number formats. */
  public KernelFormats formats(Layer layer) {
    return formats.computeIfAbsent(layer.stored(), stored -> KernelFormats.of(problem, layer, gpu));
  }

  /** What the kernel of the head multiplies. */
  public KernelFormat headFormat() {
    return KernelFormats.ofHead(problem, gpu);
  }

  /** Generation of the GPU; empty where the catalogue does not know it. */
  public Optional<GpuGeneration> generation() {
    return gpu.generation();
  }

  double computeShare() {
    return gpu.computeEfficiency();
  }

  double memoryShare() {
    return gpu.memoryEfficiency();
  }

  Rates rates() {
    return rates;
  }

  public GpuSpec gpu() {
    return gpu;
  }

  /** Time in s, as often as it runs. */
  public double seconds(TermOp op) {
    return op.count() * answer(op).seconds(op.op());
  }

  /** The same with its law. */
  public PricedOp priced(TermOp op) {
    return new PricedOp(op.term(), op.kind(), answer(op), op.op(), op.count());
  }

  /** Its law. */
  Answer answer(TermOp op) {
    return answer(op.kind(), op.format(), op.cache(), op.variant());
  }

  /**
   * The law of products as training libraries run them, cuBLASLt's: of the tables at hand those
   * that TensorRT-LLM's PyTorch flow took, not above what large ones sustain.
   */
  public Answer product(KernelFormat format) {
    return answers.computeIfAbsent(
        List.of(OpKind.GEMM, format, LIBRARY),
        key ->
            found(libraryQuestion(format))
                .withProductsAtMost(SustainedShare.mostOfProducts(gpu, format)));
  }

  /** NCCL's law of a collective; empty where it was measured on no GPU of the generation. */
  public Optional<Answer> nccl(OpKind kind) {
    KernelFormat wide = KernelFormat.BF16;
    Answer answer =
        answers.computeIfAbsent(
            List.of(kind, wide, NCCL),
            key -> found(question(NCCL, Optional.empty(), kind, wide, wide, Map.of())));
    return Optional.of(answer)
        .filter(found -> found.provenance() != Provenance.FLAT)
        .filter(found -> found.cells().get(0).key().engine().equals(NCCL));
  }

  /** Whether these are prices on {@code other}. */
  public boolean isOf(GpuSpec other) {
    return gpu.equals(other);
  }

  /** Operations that follow one another, by term. */
  public Breakdown terms(List<TermOp> ops) {
    double[] seconds = new double[Term.values().length];
    for (TermOp op : ops) {
      seconds[op.term().ordinal()] += seconds(op);
    }
    Breakdown terms = Breakdown.NONE;
    for (Term term : Term.values()) {
      terms = seconds[term.ordinal()] == 0 ? terms : terms.with(term, seconds[term.ordinal()]);
    }
    return terms;
  }

  /** The law of a kind of operation without a KV cache or variants. */
  public Answer answer(OpKind kind, KernelFormat format) {
    return answer(kind, format, format, Map.of());
  }

  public Answer answer(
      OpKind kind, KernelFormat format, KernelFormat cache, Map<String, Double> variant) {
    return answers.computeIfAbsent(
        List.of(kind, format, cache, variant),
        key -> found(question(engine(), problem.engine().version(), kind, format, cache, variant)));
  }

  private Answer found(Question question) {
    return problem
        .laws()
        .answer(question)
        .orElseGet(
            () ->
                FlatFormula.answer(
                    question,
                    gpu.computeEfficiency(),
                    gpu.memoryEfficiency(),
                    gpu.kernelSeconds()));
  }

  private Question libraryQuestion(KernelFormat format) {
    return question(LIBRARY, Optional.empty(), OpKind.GEMM, format, format, Map.of());
  }

  /**
   * Whether that engine's own kernel was measured, on this GPU or one of its generation; of an
   * engine that nothing was measured of, whether any engine's was.
   */
  public boolean knows(OpKind kind, KernelFormat format, KernelFormat cache) {
    Answer answer = answer(kind, format, cache, Map.of());
    return answer.provenance() != Provenance.FLAT
        && (answer.cells().get(0).key().engine().equals(engine())
            || !problem.laws().engines().contains(engine()));
  }

  /** {@link dev.rackplan.problem.Engine#lawName}. */
  public String engine() {
    return engine;
  }

  private Question question(
      String engine,
      Optional<String> version,
      OpKind kind,
      KernelFormat format,
      KernelFormat cache,
      Map<String, Double> variant) {
    return new Question(
        gpu.name(),
        gpu.generation().map(generation -> generation.key()),
        rates,
        kind,
        engine,
        version,
        format,
        cache,
        new TreeMap<>(variant));
  }
}
