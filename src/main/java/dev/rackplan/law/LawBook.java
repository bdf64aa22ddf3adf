package dev.rackplan.law;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The laws that are at hand, and the one that answers a question: that of the GPU, engine and
 * version; else of another version, engine or like format on that GPU; else of another GPU of the
 * generation with datasheet rates exchanged. Never across generations. Immutable.
 */
public final class LawBook {
  /** Cells that answer, and the laws that they are of. */
  private record Found(GpuLaws table, List<Cell> cells) {}

  /** No laws: everything is priced by the flat formula. */
  public static final LawBook NONE = new LawBook(List.of());

  // Of a cell's variant: the most nodes of its rows.
  private static final String NODES = "nodes";
  private static final Comparator<String> VERSIONS = new VersionOrder();

  private final List<GpuLaws> gpus;
  private final List<StepErrors> stepErrors;
  // Of each GPU that was asked for, those of its cells that engines run.
  private final Map<GpuLaws, List<Cell>> run = Collections.synchronizedMap(new IdentityHashMap<>());
  private final Set<String> engines;
  private final Map<Question, Optional<Answer>> answers = new ConcurrentHashMap<>();

  /**
   * @param gpus laws of each GPU; of two that know the same, the first answers
   */
  public LawBook(List<GpuLaws> gpus) {
    this(gpus, List.of());
  }

  /**
   * The same with what whole steps were off by.
   *
   * @param stepErrors the nearest first; each refines what those after it say
   */
  public LawBook(List<GpuLaws> gpus, List<StepErrors> stepErrors) {
    this.gpus = List.copyOf(gpus);
    this.stepErrors = List.copyOf(stepErrors);
    this.engines =
        gpus.stream()
            .flatMap(laws -> laws.cells().stream())
            .map(cell -> cell.key().engine())
            .collect(Collectors.toUnmodifiableSet());
  }

  private List<Cell> run(GpuLaws laws) {
    return run.computeIfAbsent(
        laws,
        asked ->
            Outrun.kept(OlderBlocks.completed(StaticScales.used(DeviceTimes.completed(asked)))));
  }

  /** Engines that something was measured of. */
  public Set<String> engines() {
    return engines;
  }

  public List<GpuLaws> gpus() {
    return gpus;
  }

  /** What whole steps were off by; see the constructor. */
  public List<StepErrors> stepErrors() {
    return stepErrors;
  }

  /**
   * Half-width of a figure on that GPU, as a share of it; empty where none of its kind were
   * measured.
   */
  public OptionalDouble plusMinus(
      ModelledFigure figure,
      String gpu,
      Optional<String> generation,
      String engine,
      RestsOn restsOn) {
    List<StepErrors> ofFigure = errorsOf(figure);
    return ofFigure.isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(StepErrors.plusMinus(ofFigure, gpu, generation, engine, restsOn));
  }

  /** Median of measured/predicted - 1 of a figure on that GPU; empty likewise. */
  public OptionalDouble bias(
      ModelledFigure figure, String gpu, Optional<String> generation, String engine) {
    List<StepErrors> ofFigure = errorsOf(figure);
    return ofFigure.isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(StepErrors.bias(ofFigure, gpu, generation, engine));
  }

  /**
   * The same of the ratio of two layouts' times: of the first that knows the GPU or its generation,
   * else the last.
   */
  public OptionalDouble ratioPlusMinus(
      ModelledFigure figure, String gpu, Optional<String> generation, String engine) {
    List<StepErrors> ofRatio =
        errorsOf(figure).stream().filter(errors -> errors.ratioError().isPresent()).toList();
    return ofRatio.stream()
        .filter(errors -> errors.knows(gpu, generation, engine))
        .findFirst()
        .or(() -> ofRatio.stream().skip(Math.max(0, ofRatio.size() - 1L)).findFirst())
        .map(StepErrors::ratioError)
        .orElse(OptionalDouble.empty());
  }

  private List<StepErrors> errorsOf(ModelledFigure figure) {
    return stepErrors.stream().filter(errors -> errors.figure() == figure).toList();
  }

  /** The laws of other GPUs only, so that what is known of {@code gpu} carries over. */
  public LawBook without(String gpu) {
    return new LawBook(gpus.stream().filter(laws -> !laws.gpu().equals(gpu)).toList(), stepErrors);
  }

  /**
   * The same laws on GPUs with other rates and other starts of kernels, each so many times what it
   * is.
   */
  public LawBook scaled(double flops, double bandwidth, double starts) {
    return new LawBook(
        gpus.stream()
            .map(
                laws ->
                    laws.with(laws.rates().times(flops, bandwidth))
                        .with(cell -> cell.withStart(starts)))
            .toList(),
        stepErrors);
  }

  /** What answers; empty where nothing measured is near enough. */
  public Optional<Answer> answer(Question question) {
    return gpus.isEmpty() ? Optional.empty() : answers.computeIfAbsent(question, this::search);
  }

  private Optional<Answer> search(Question question) {
    List<GpuLaws> own = gpus.stream().filter(laws -> laws.gpu().equals(question.gpu())).toList();
    Optional<Answer> found =
        cells(own, question, List.of(question.engine()), List.of(question.format()), true)
            .map(cells -> answer(question, cells, Optional.empty()));
    if (found.isPresent()) {
      return found;
    }
    found =
        like(own, question)
            .map(cells -> answer(question, cells, Optional.of(Provenance.OTHER_ENGINE)));
    if (found.isPresent() || question.generation().isEmpty()) {
      return found;
    }
    List<GpuLaws> kin =
        gpus.stream()
            .filter(
                laws ->
                    !laws.gpu().equals(question.gpu())
                        && laws.generation().equals(question.generation().get()))
            .sorted(Comparator.comparingDouble(laws -> distance(laws.rates(), question.rates())))
            .toList();
    return like(kin, question).map(cells -> exchanged(question, cells));
  }

  // The engine's own format, another engine's with the same KV format, then with any; another
  // number format last: it changes the kernel more.
  private Optional<Found> like(List<GpuLaws> among, Question question) {
    List<String> engines =
        Stream.concat(
                Stream.of(question.engine()),
                among.stream()
                    .flatMap(laws -> laws.cells().stream())
                    .map(cell -> cell.key().engine()))
            .distinct()
            .toList();
    List<KernelFormat> format = List.of(question.format());
    return cells(among, question, engines, format, true)
        .or(() -> cells(among, question, engines, format, false))
        .or(() -> cells(among, question, engines, alike(question), true))
        .or(() -> cells(among, question, engines, alike(question), false));
  }

  private static List<KernelFormat> alike(Question question) {
    return question.op().dependsOnFormat()
        ? question.format().like()
        : List.of(KernelFormat.values());
  }

  private Optional<Found> cells(
      List<GpuLaws> among,
      Question question,
      List<String> engines,
      List<KernelFormat> formats,
      boolean sameCache) {
    for (KernelFormat format : formats) {
      for (String engine : engines) {
        for (GpuLaws laws : among) {
          List<Cell> cells =
              run(laws).stream()
                  .filter(cell -> cell.key().op() == question.op())
                  .filter(cell -> cell.key().engine().equals(engine))
                  .filter(cell -> cell.key().format() == format)
                  .filter(cell -> !sameCache || sameCache(cell, question))
                  .toList();
          if (!cells.isEmpty()) {
            return Optional.of(new Found(laws, nearest(cells, question)));
          }
        }
      }
    }
    return Optional.empty();
  }

  // Operations without a KV cache name their own format there.
  private static boolean sameCache(Cell cell, Question question) {
    return cell.key().cache() == question.cache()
        || cell.key().cache() == cell.key().format() && question.cache() == question.format();
  }

  // Of one engine: its kernel, the version and KV format asked for, the nearest variant.
  private static List<Cell> nearest(List<Cell> cells, Question question) {
    List<Cell> reaching = prefer(cells, cell -> reaches(cell, question));
    List<Cell> ofCache = prefer(reaching, cell -> cell.key().cache() == question.cache());
    String version = version(ofCache, question);
    List<Cell> chosen =
        KernelChoice.of(
            ofCache.stream().filter(cell -> cell.key().version().equals(version)).toList());
    List<Cell> nearest = new ArrayList<>();
    for (String kernel : chosen.stream().map(cell -> cell.key().kernel()).distinct().toList()) {
      chosen.stream()
          .filter(cell -> cell.key().kernel().equals(kernel))
          .min(Comparator.comparingDouble(cell -> variantDistance(cell, question)))
          .ifPresent(nearest::add);
    }
    return nearest;
  }

  // The last that was out when the one asked for came out, else the first; the newest where none is
  // asked for by number, or of another engine.
  private static String version(List<Cell> cells, Question question) {
    List<String> known =
        cells.stream().map(cell -> cell.key().version()).distinct().sorted(VERSIONS).toList();
    String newest = known.get(known.size() - 1);
    Optional<String> numbered = question.version().filter(LawBook::isNumbered);
    if (numbered.isEmpty() || !cells.get(0).key().engine().equals(question.engine())) {
      return newest;
    }
    String asked = numbered.get();
    return known.stream()
        .filter(version -> VERSIONS.compare(version, asked) <= 0)
        .reduce((one, later) -> later)
        .orElse(known.get(0));
  }

  // A build of the night or a branch says nothing of when.
  private static boolean isNumbered(String version) {
    return !version.isEmpty() && Character.isDigit(version.charAt(0));
  }

  // Of a network a law knows nothing where its rows are of one node.
  private static boolean reaches(Cell cell, Question question) {
    double asked = question.variant().getOrDefault(NODES, 1.0);
    double measured = cell.key().variant().getOrDefault(NODES, Double.POSITIVE_INFINITY);
    return asked <= 1 || measured > 1;
  }

  private static List<Cell> prefer(List<Cell> cells, Predicate<Cell> which) {
    List<Cell> some = cells.stream().filter(which).toList();
    return some.isEmpty() ? cells : some;
  }

  // In octaves: head size 64 is as far from 128 as 256 is.
  private static double variantDistance(Cell cell, Question question) {
    double distance = 0;
    for (Map.Entry<String, Double> asked : question.variant().entrySet()) {
      Double has = cell.key().variant().get(asked.getKey());
      if (has != null) {
        distance += Math.abs(StrictMath.log((has + 1) / (asked.getValue() + 1)));
      }
    }
    return distance;
  }

  private static double distance(Rates one, Rates other) {
    return Math.abs(StrictMath.log(one.bytesPerSecond() / other.bytesPerSecond()))
        + Math.abs(StrictMath.log(one.bf16() / other.bf16()));
  }

  private Answer answer(Question question, Found found, Optional<Provenance> given) {
    Rates rates =
        gpus.stream()
            .filter(laws -> laws.gpu().equals(question.gpu()))
            .findFirst()
            .orElseThrow()
            .rates();
    boolean own =
        found.cells().stream()
            .allMatch(
                cell ->
                    question.version().isEmpty()
                        || cell.key().version().equals(question.version().get()));
    return answer(
        question, found, rates, given.orElse(own ? Provenance.OWN : Provenance.OTHER_ENGINE));
  }

  private static Answer exchanged(Question question, Found found) {
    return answer(question, found, question.rates().ofLaws(), Provenance.OTHER_GPU);
  }

  // A kernel multiplies in its own format; weights and cache are as wide as what was asked for.
  private static Answer answer(Question question, Found found, Rates rates, Provenance provenance) {
    List<Law<?>> laws = new ArrayList<>();
    List<Setting> settings = new ArrayList<>();
    for (Cell cell : found.cells()) {
      laws.add(cell.law());
      Setting of = Setting.of(rates, cell.key().format(), question.cache());
      settings.add(
          new Setting(
              of.flopsPerSecond(),
              of.bf16FlopsPerSecond(),
              of.bytesPerSecond(),
              question.format().bytes(),
              of.cacheBytes()));
    }
    return new Answer(laws, settings, found.cells(), Optional.of(found.table()), provenance);
  }
}
