package dev.rackplan.json;

import dev.rackplan.law.GpuLaws;
import dev.rackplan.law.LawBook;
import dev.rackplan.law.LawSet;
import dev.rackplan.law.StepErrors;
import dev.rackplan.topology.Gpu;
import dev.rackplan.topology.GpuSpec;
import dev.rackplan.topology.Topology;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The laws that come with rackplan: one resource file for each GPU that tables were found of. */
public final class LawCatalog {
  private static final String FOLDER = "laws/";
  private static final String INDEX = FOLDER + "index.json";
  private static final String STEP_ERRORS = "step-errors.json";
  private static final Map<String, List<GpuLaws>> READ = new ConcurrentHashMap<>();

  /** Read when first asked for. */
  private static final class Index {
    static final Map<String, String> GENERATIONS = read();

    private static Map<String, String> read() {
      JsonCursor root = Resource.read(LawCatalog.class, INDEX);
      Map<String, String> generations = new LinkedHashMap<>();
      for (String gpu : root.keys()) {
        generations.put(gpu, root.text(gpu));
      }
      return Collections.unmodifiableMap(generations);
    }
  }

  /** Read when first asked for. */
  private static final class Errors {
    static final List<StepErrors> OF_STEPS =
        LawsFile.read(Resource.read(LawCatalog.class, STEP_ERRORS)).stepErrors();
  }

  private LawCatalog() {}

  /** GPUs that have laws of their own, with their generations, in the index's order. */
  public static Map<String, String> generations() {
    return Index.GENERATIONS;
  }

  /** Laws of a GPU of {@link #generations}. */
  public static List<GpuLaws> of(String gpu) {
    return READ.computeIfAbsent(
        gpu,
        name ->
            LawsFile.read(
                    JsonCursor.parse(
                        Resource.text(LawCatalog.class, FOLDER + name + ".json"), name))
                .gpus());
  }

  /**
   * What speaks for the GPUs of {@code topology}: their own laws and those of their generations.
   */
  public static LawBook book(Topology topology) {
    return book(topology, List.of());
  }

  /** The same, asked after {@code first}. */
  public static LawBook book(Topology topology, List<LawSet> first) {
    List<GpuLaws> all = new ArrayList<>();
    List<StepErrors> errors = new ArrayList<>();
    for (LawSet set : first) {
      all.addAll(set.gpus());
      errors.addAll(set.stepErrors());
    }
    all.addAll(gpus(topology));
    errors.addAll(Errors.OF_STEPS);
    // Of two sets with the same errors one counts.
    return new LawBook(all, errors.stream().distinct().toList());
  }

  /** What whole steps were off by on measured rows, as it comes with rackplan. */
  public static List<StepErrors> stepErrors() {
    return Errors.OF_STEPS;
  }

  private static List<GpuLaws> gpus(Topology topology) {
    List<GpuLaws> laws = new ArrayList<>();
    List<GpuSpec> specs = topology.gpus().stream().map(Gpu::spec).distinct().toList();
    generations()
        .forEach(
            (gpu, generation) -> {
              if (specs.stream().anyMatch(spec -> speaksFor(gpu, generation, spec))) {
                laws.addAll(of(gpu));
              }
            });
    laws.sort(Comparator.comparing(GpuLaws::gpu));
    return laws;
  }

  private static boolean speaksFor(String gpu, String generation, GpuSpec spec) {
    return spec.name().equals(gpu)
        || spec.generation().map(known -> known.key().equals(generation)).orElse(false);
  }
}
