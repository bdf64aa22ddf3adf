package dev.rackplan.json;

import dev.rackplan.law.GpuLaws;
import dev.rackplan.law.LawBook;
import dev.rackplan.topology.Gpu;
import dev.rackplan.topology.GpuSpec;
import dev.rackplan.topology.Topology;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
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
  private static final Map<String, List<GpuLaws>> READ = new ConcurrentHashMap<>();

  /** Read when first asked for. */
  private static final class Index {
    static final Map<String, String> GENERATIONS = read();

    private static Map<String, String> read() {
      JsonCursor root = JsonCursor.parse(text(INDEX), INDEX);
      Map<String, String> generations = new LinkedHashMap<>();
      for (String gpu : root.keys()) {
        generations.put(gpu, root.text(gpu));
      }
      return Collections.unmodifiableMap(generations);
    }
  }

  private LawCatalog() {}

  /** GPUs that have laws of their own, with their generations, in the index's order. */
  public static Map<String, String> generations() {
    return Index.GENERATIONS;
  }

  /** Laws of a GPU of {@link #generations}. */
  public static List<GpuLaws> of(String gpu) {
    return READ.computeIfAbsent(
        gpu, name -> LawsFile.read(JsonCursor.parse(text(FOLDER + name + ".json"), name)).gpus());
  }

  /**
   * What speaks for the GPUs of {@code topology}: their own laws and those of their generations.
   */
  public static LawBook book(Topology topology) {
    return new LawBook(gpus(topology));
  }

  /** The same, asked after {@code first}. */
  public static LawBook book(Topology topology, List<GpuLaws> first) {
    List<GpuLaws> all = new ArrayList<>(first);
    all.addAll(gpus(topology));
    return new LawBook(all);
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

  private static String text(String resource) {
    try (InputStream in = LawCatalog.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("resource " + resource + " is not on the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
