package dev.rackplan.json.rows;

import dev.rackplan.json.DtypeName;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.Resource;
import dev.rackplan.model.Dtype;
import dev.rackplan.problem.RankBalance;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * How those who publish rows launch and ask engines: facts of their scripts, each with its source,
 * in {@code launches.json}. Rows are InferenceX's where {@code source_note} names it, or has {@code
 * measured=} with a time of day, as its results are dated. Other rows are AIConfigurator's own
 * where the note names it, or ids are those of the file that it ships.
 */
final class PublishedLaunches {
  private static final String RESOURCE = "launches.json";
  private static final Pattern DATED =
      Pattern.compile("(?:^|[; ])measured=\\d{4}-\\d\\d-\\d\\dT\\d\\d:");
  private static final String INFERENCE_X = "InferenceX";
  private static final String CONFIGURATOR = "AIConfigurator";
  // GPU, engine, mode, lengths, clients, degrees and a number.
  private static final Pattern SHIPPED =
      Pattern.compile(
          "_(?:agg|disagg)_\\d{1,9}x\\d{1,9}_c\\d{0,9}_tp\\w{0,9}_ep\\w{1,9}_\\d{1,9}$");
  private static final int MOST = 1_000_000;

  private final double shortestLength;
  private final Map<String, String> unnamed;
  private final List<Launch> launches;

  private PublishedLaunches(
      double shortestLength, Map<String, String> unnamed, List<Launch> launches) {
    this.shortestLength = shortestLength;
    this.unnamed = unnamed;
    this.launches = launches;
  }

  /** Those that come with rackplan. */
  static PublishedLaunches load() {
    JsonCursor root = Resource.read(PublishedLaunches.class, RESOURCE);
    List<Launch> launches = root.get("launches").list().stream().map(Launch::read).toList();
    Map<String, String> unnamed = new LinkedHashMap<>();
    JsonCursor versions = root.get("unnamedVersions");
    versions.keys().forEach(engine -> unnamed.put(engine, versions.text(engine)));
    return new PublishedLaunches(root.get("shortestLength").numberIn(0, 1), unnamed, launches);
  }

  /**
   * The version that an engine of its rows had where they name none: those of its first months,
   * before results named them.
   */
  Optional<String> unnamedVersion(String engine, String note) {
    return DATED.matcher(note).find() ? Optional.ofNullable(unnamed.get(engine)) : Optional.empty();
  }

  /**
   * What is known of a row's launch; nothing where nobody who is known here published it.
   *
   * @param id of the row
   * @param note its {@code source_note}
   */
  LaunchFlags of(ServingRow row, String id, String note) {
    String publisher = publisher(id, note);
    LaunchFlags found =
        launches.stream()
            .filter(launch -> launch.publisher.equals(publisher) && launch.fits(row))
            .map(launch -> launch.flags(row))
            .reduce(LaunchFlags.NONE, LaunchFlags::or);
    return publisher.equals(INFERENCE_X)
        ? found.or(LaunchFlags.NONE.withShortestLength(shortestLength))
        : found;
  }

  private static String publisher(String id, String note) {
    if (DATED.matcher(note).find() || note.contains(INFERENCE_X)) {
      return INFERENCE_X;
    }
    return SHIPPED.matcher(id).find() || note.contains(CONFIGURATOR) ? CONFIGURATOR : "";
  }

  /**
   * Settings of one script, of the rows that it was written for. The first that fits a row and says
   * something of it counts.
   *
   * @param publisher whose script it is
   * @param models parts of models' ids; any where empty
   * @param gpus beginnings of GPUs' names; likewise
   * @param engine its name
   * @param formats of weights; likewise
   * @param tensor GPUs of an attention rank; likewise
   * @param apart whether prompts are read by other GPUs; either where empty
   * @param leastTokens fewest tokens of a prompt
   * @param leastClients fewest sequences asked for at a time
   * @param flags what does not depend on the row
   * @param stepPrompts prompts that a step has room for; 0 where it is not set by them
   * @param spareTokens that a step has room for beside a prompt and all sequences of a rank; 0
   *     likewise
   * @param sequencesAsked whether it runs as many sequences as clients ask
   * @param sequenceLimits most sequences of a rank, one a recipe: the largest that clients fill ran
   */
  private record Launch(
      String publisher,
      List<String> models,
      List<String> gpus,
      String engine,
      List<String> formats,
      List<String> tensor,
      Optional<Boolean> apart,
      int leastTokens,
      int leastClients,
      LaunchFlags flags,
      int stepPrompts,
      int spareTokens,
      boolean sequencesAsked,
      List<Integer> sequenceLimits) {

    static Launch read(JsonCursor cursor) {
      cursor.get("source").text();
      Launch launch =
          new Launch(
              cursor.find("publisher").map(JsonCursor::text).orElse(INFERENCE_X),
              words(cursor, "models"),
              words(cursor, "gpus"),
              cursor.get("engine").text(),
              words(cursor, "formats"),
              words(cursor, "tensorParallel"),
              cursor.find("apart").map(JsonCursor::bool),
              cursor.findInteger("leastTokens", 1, MOST).orElse(1),
              cursor.findInteger("leastClients", 1, MOST).orElse(1),
              new LaunchFlags(
                  cursor.find("kvCacheDtype").map(Launch::dtype),
                  cursor.findPositive("memoryFraction"),
                  cursor.findInteger("stepTokens", 1, MOST),
                  cursor.findInteger("mostSequences", 1, MOST),
                  cursor.findInteger("pollSteps", 1, MOST),
                  cursor.find("worksAhead").map(JsonCursor::bool),
                  cursor.find("rankBalance").map(Launch::balance),
                  OptionalDouble.empty()),
              cursor.findInteger("stepPrompts", 1, MOST).orElse(0),
              cursor.findInteger("spareTokens", 1, MOST).orElse(0),
              cursor.find("sequencesAsked").map(JsonCursor::bool).orElse(false),
              limits(cursor));
      cursor.end();
      return launch;
    }

    private static List<String> words(JsonCursor cursor, String key) {
      List<String> words = new ArrayList<>();
      cursor.find(key).ifPresent(list -> list.list().forEach(word -> words.add(word.text())));
      return List.copyOf(words);
    }

    private static List<Integer> limits(JsonCursor cursor) {
      List<Integer> limits = new ArrayList<>();
      cursor
          .find("sequenceLimits")
          .ifPresent(list -> list.list().forEach(limit -> limits.add(limit.integer(1, MOST))));
      return List.copyOf(limits);
    }

    private static RankBalance balance(JsonCursor cursor) {
      RankBalance balance =
          new RankBalance(
              cursor.get("mostSteps").integer(0, MOST),
              cursor.get("furtherSteps").integer(0, MOST));
      cursor.end();
      return balance;
    }

    private static Dtype dtype(JsonCursor cursor) {
      return DtypeName.find(cursor.text()).orElseThrow();
    }

    boolean fits(ServingRow row) {
      String model = row.model().toLowerCase(Locale.ROOT);
      String gpu = row.gpu().toLowerCase(Locale.ROOT);
      String format = row.formats().all().or(row.formats()::weights).orElse("");
      return (models.isEmpty() || models.stream().anyMatch(model::contains))
          && (gpus.isEmpty() || gpus.stream().anyMatch(gpu::startsWith))
          && engine.equals(row.engine())
          && (formats.isEmpty() || formats.contains(format))
          && (tensor.isEmpty()
              || tensor.contains(Integer.toString(row.decode().tensor().orElse(0))))
          && apart.orElse(row.apart()) == row.apart()
          && row.inputTokens() >= leastTokens
          && row.concurrency().orElse(MOST) >= leastClients;
    }

    LaunchFlags flags(ServingRow row) {
      LaunchFlags asked = LaunchFlags.NONE;
      if (sequencesAsked) {
        asked = asked.withMostSequences(row.concurrency());
      }
      if (!sequenceLimits.isEmpty() && row.concurrency().isPresent()) {
        asked = asked.withMostSequences(limit(row, row.concurrency().getAsInt()));
      }
      if (stepPrompts > 0) {
        asked = asked.withStepTokens(OptionalInt.of(stepPrompts * row.inputTokens()));
      }
      if (spareTokens > 0 && row.concurrency().isPresent()) {
        int sequences = row.decode().batch().orElse(row.concurrency().getAsInt());
        asked = asked.withStepTokens(OptionalInt.of(sequences + row.inputTokens() + spareTokens));
      }
      return flags.or(asked);
    }

    private OptionalInt limit(ServingRow row, int clients) {
      ServingRow.Pool pool = row.decode();
      long ranks = Math.max(1L, pool.workers().orElse(1)) * Math.max(1, pool.data().orElse(1));
      return sequenceLimits.stream()
          .mapToInt(limit -> limit)
          .filter(limit -> limit * ranks < clients)
          .max();
    }
  }
}
