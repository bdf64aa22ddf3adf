package dev.rackplan.json;

import dev.rackplan.model.Model;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.workload.HoldOut;
import dev.rackplan.workload.LayerRouting;
import dev.rackplan.workload.MadeRouting;
import dev.rackplan.workload.PowerLaw;
import dev.rackplan.workload.RequestTokens;
import dev.rackplan.workload.Routing;
import dev.rackplan.workload.RoutingProfile;
import dev.rackplan.workload.Scenario;
import dev.rackplan.workload.UnevenLoads;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * The {@code routing} object of a problem: one source, or several weighted profiles, mixed or each
 * on its own.
 */
public final class RoutingReader {
  private static final String SOURCES =
      "Give one of uneven, powerLaw, topics, samples, counts, profiles (docs/formats.md#routing).";

  private static final int MOST_PARTS = 64;
  private static final double MOST_CAUTION = 10;

  private enum Over {
    MEAN,
    WORST
  }

  /**
   * One kind of traffic before its weight is scaled; {@code heldOut} is empty where nothing is kept
   * back.
   */
  private record Part(
      String name, double weight, List<LayerRouting> planned, List<LayerRouting> heldOut) {}

  private final Path problemFile;
  private final MoeShape shape;
  private final Consumer<Path> opened;
  // Recorded tokens drift, as traffic will; generated ones only differ by chance.
  private boolean sampled;

  /**
   * Reads routing for {@code model}.
   *
   * @param problemFile where relative paths begin
   * @param opened is told of each file that is read
   */
  public RoutingReader(Path problemFile, Model model, Consumer<Path> opened) {
    this.problemFile = problemFile;
    this.shape = MoeShape.of(model);
    this.opened = opened;
  }

  /** The routing that stands at {@code cursor}, with the tokens or counts of its files. */
  public Routing read(JsonCursor cursor) {
    Over over = cursor.find("over").map(value -> value.oneOf(Over.class)).orElse(Over.MEAN);
    Optional<HoldOut> holdOut = holdOut(cursor);
    Optional<Integer> planned = cursor.find("parts").map(value -> value.integer(1, MOST_PARTS));
    Optional<Double> caution = cursor.find("caution").map(value -> value.numberIn(0, MOST_CAUTION));
    List<Part> parts = new ArrayList<>();
    Optional<JsonCursor> profiles = cursor.find("profiles");
    int named = (profiles.isPresent() ? 1 : 0) + countSources(cursor);
    if (named != 1) {
      throw cursor.error(
          "must have exactly one source, has " + named, unknownFirst(cursor, SOURCES));
    }
    if (profiles.isPresent()) {
      readProfiles(profiles.get(), holdOut, parts);
    } else {
      readSource(cursor, Optional.empty(), 1, holdOut, parts);
    }
    cursor.end();
    refuseRepeatedNames(cursor, parts);
    if (holdOut.isPresent() && parts.stream().allMatch(part -> part.heldOut().isEmpty())) {
      throw cursor
          .get("holdOut")
          .error(
              "needs tokens, but no profile has samples or topics",
              "Remove holdOut, or give samples or topics.");
    }
    return new Routing(
        scenarios(parts, over, false),
        scenarios(parts.stream().filter(part -> !part.heldOut().isEmpty()).toList(), over, true),
        planned.orElse(sampled ? Routing.USUAL_PARTS : 1),
        caution.orElse(Routing.USUAL_CAUTION));
  }

  // As the model's gate would choose: loads alone do not say that it keeps to few groups.
  private List<LayerRouting> asChosen(List<LayerRouting> loads) {
    return IntStream.range(0, loads.size())
        .mapToObj(i -> loads.get(i).asChosenBy(shape.experts().get(i)))
        .toList();
  }

  private static Optional<HoldOut> holdOut(JsonCursor cursor) {
    Optional<JsonCursor> value = cursor.find("holdOut");
    Optional<JsonCursor> by = cursor.find("holdOutBy");
    if (value.isEmpty() && by.isPresent()) {
      throw by.get()
          .error(
              "is given without holdOut",
              "Give holdOut, the share of tokens to keep back, or remove holdOutBy.");
    }
    if (value.isEmpty()) {
      return Optional.empty();
    }
    double share = value.get().number();
    if (!(share > 0 && share < 1)) {
      throw value
          .get()
          .error(
              "must be > 0 and < 1, was " + JsonText.shortest(share),
              "Give the share of tokens to keep back, such as 0.5.");
    }
    return Optional.of(
        new HoldOut(
            share, by.map(unit -> unit.oneOf(HoldOut.By.class)).orElse(HoldOut.By.REQUEST)));
  }

  private static int countSources(JsonCursor cursor) {
    int count = 0;
    for (String key : List.of("uneven", "powerLaw", "topics", "samples", "counts")) {
      count += cursor.find(key).isPresent() ? 1 : 0;
    }
    return count;
  }

  /** A misspelt source is named before the missing one. */
  private static String unknownFirst(JsonCursor cursor, String remedy) {
    cursor.end();
    return remedy;
  }

  private void readProfiles(JsonCursor profiles, Optional<HoldOut> holdOut, List<Part> parts) {
    List<JsonCursor> entries = profiles.list();
    if (entries.isEmpty()) {
      throw profiles.error("must not be empty", "Give at least one profile.");
    }
    for (JsonCursor entry : entries) {
      String name = entry.text("name");
      OptionalDouble weight = entry.findPositive("weight");
      if (weight.isPresent()) {
        entry.get("weight").numberIn(0, 1e12);
      }
      int count = countSources(entry);
      if (count != 1) {
        throw entry.error(
            "must have exactly one source, has " + count,
            unknownFirst(entry, "Give one of uneven, powerLaw, topics, samples, counts."));
      }
      readSource(entry, Optional.of(name), weight.orElse(1), holdOut, parts);
      entry.end();
    }
  }

  private void readSource(
      JsonCursor cursor,
      Optional<String> name,
      double weight,
      Optional<HoldOut> holdOut,
      List<Part> parts) {
    Optional<JsonCursor> uneven = cursor.find("uneven");
    Optional<JsonCursor> powerLaw = cursor.find("powerLaw");
    Optional<JsonCursor> topics = cursor.find("topics");
    Optional<JsonCursor> samples = cursor.find("samples");
    if (uneven.isPresent()) {
      parts.add(uneven(uneven.get(), name, weight));
    } else if (powerLaw.isPresent()) {
      parts.add(powerLaw(powerLaw.get(), name, weight));
    } else if (topics.isPresent()) {
      RequestTokens tokens = TopicsReader.read(topics.get(), shape);
      parts.add(part(name.orElse("topics"), weight, tokens, holdOut, topics.get()::error));
    } else if (samples.isPresent()) {
      sampled = true;
      FileReference source = open(samples.get(), ".csv", ".csv.gz");
      SampleFile.Sample sample = SampleFile.read(source, shape);
      String thinned =
          sample.stride() == 1 ? "" : " (one in " + sample.stride() + " of its tokens)";
      parts.add(
          part(
              name.orElse(baseName(source)) + thinned,
              weight,
              sample.tokens(),
              holdOut,
              (problem, remedy) -> new InputException(source.shown(), "", problem, remedy)));
    } else {
      readCounts(cursor.get("counts"), name, weight, parts);
    }
  }

  private void readCounts(
      JsonCursor cursor, Optional<String> name, double weight, List<Part> parts) {
    FileReference source = open(cursor, ".json", ".jsonl", ".pt", ".csv", ".safetensors");
    String own = name.orElse(baseName(source));
    Map<String, List<LayerRouting>> matrices = CountFile.read(source, own, shape);
    for (Map.Entry<String, List<LayerRouting>> matrix : matrices.entrySet()) {
      boolean inProfile = name.isPresent() && !matrix.getKey().equals(own);
      parts.add(
          new Part(
              inProfile ? own + "/" + matrix.getKey() : matrix.getKey(),
              weight / matrices.size(),
              asChosen(matrix.getValue()),
              List.of()));
    }
  }

  /**
   * Keeps tokens back.
   *
   * @param error makes an error at the tokens' place, of the problem and the remedy
   */
  private static Part part(
      String name,
      double weight,
      RequestTokens tokens,
      Optional<HoldOut> holdOut,
      BiFunction<String, String, InputException> error) {
    if (holdOut.isEmpty()) {
      return new Part(name, weight, tokens.layers(), List.of());
    }
    RequestTokens.Split split =
        tokens
            .split(holdOut.get())
            .orElseThrow(
                () -> {
                  boolean whole = holdOut.get().by() == HoldOut.By.REQUEST;
                  int count = whole ? tokens.requests() : tokens.tokens();
                  String unit = whole ? "request" : "token";
                  return error.apply(
                      "has "
                          + count
                          + (count == 1 ? " " + unit : " " + unit + "s")
                          + "; keeping back "
                          + JsonText.shortest(holdOut.get().share())
                          + " of its tokens leaves none to plan with",
                      "Give a smaller holdOut or more " + unit + "s.");
                });
    return new Part(name, weight, split.planned(), split.heldOut());
  }

  private Part uneven(JsonCursor cursor, Optional<String> name, double weight) {
    double variation =
        cursor
            .find("variation")
            .map(value -> value.numberIn(0, UnevenLoads.MOST_VARIATION))
            .orElse(UnevenLoads.USUAL_VARIATION);
    UnevenLoads loads = new UnevenLoads(variation, seed(cursor));
    return synthetic(
        name.orElse("uneven loads " + JsonText.shortest(variation)), weight, loads, loads::layer);
  }

  private Part powerLaw(JsonCursor cursor, Optional<String> name, double weight) {
    double alpha = cursor.get("alpha").numberIn(0, 10);
    PowerLaw law = new PowerLaw(alpha, seed(cursor));
    return synthetic(name.orElse("power law " + JsonText.shortest(alpha)), weight, law, law::layer);
  }

  private static long seed(JsonCursor cursor) {
    long seed = cursor.get("seed").whole(0, 1L << 53);
    cursor.end();
    return seed;
  }

  /** Makes one MoE layer's routing. */
  private interface LayerMaker {
    LayerRouting layer(int layer, int experts, int expertsPerToken);
  }

  private Part synthetic(String name, double weight, Object source, LayerMaker maker) {
    List<LayerRouting> layers =
        MadeRouting.of(source, shape.experts(), () -> asChosen(loads(maker)));
    return new Part(name, weight, layers, List.of());
  }

  private List<LayerRouting> loads(LayerMaker maker) {
    List<LayerRouting> layers = new ArrayList<>();
    for (MoeFfn moe : shape.experts()) {
      layers.add(maker.layer(layers.size(), moe.experts(), moe.expertsPerToken()));
    }
    return layers;
  }

  private FileReference open(JsonCursor cursor, String... suffixes) {
    FileReference source = FileReference.resolve(cursor, problemFile, suffixes);
    opened.accept(source.file());
    return source;
  }

  private static String baseName(FileReference source) {
    return source.file().getFileName().toString();
  }

  private static void refuseRepeatedNames(JsonCursor cursor, List<Part> parts) {
    TreeSet<String> names = new TreeSet<>();
    for (Part part : parts) {
      if (!names.add(part.name())) {
        throw cursor.error(
            "two profiles are named \"" + part.name() + "\"",
            "Give each profile a name of its own.");
      }
    }
  }

  /** One scenario that mixes all parts by weight, or one per part. */
  private static List<Scenario> scenarios(List<Part> parts, Over over, boolean heldOut) {
    double sum = parts.stream().mapToDouble(Part::weight).sum();
    List<RoutingProfile> profiles = new ArrayList<>();
    List<Scenario> scenarios = new ArrayList<>();
    for (Part part : parts) {
      List<LayerRouting> layers = heldOut ? part.heldOut() : part.planned();
      profiles.add(new RoutingProfile(part.name(), part.weight() / sum, layers));
      scenarios.add(new Scenario(part.name(), List.of(new RoutingProfile(part.name(), 1, layers))));
    }
    boolean mixed = over == Over.MEAN && profiles.size() > 1;
    return mixed ? List.of(new Scenario("mean", profiles)) : scenarios;
  }
}
