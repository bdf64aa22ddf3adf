package dev.rackplan.json.rows;

import dev.rackplan.json.DtypeName;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.model.Dtype;
import dev.rackplan.problem.EngineKind;
import dev.rackplan.problem.RankBalance;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

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
 * @param since first day that its results may be of
 * @param until last day, likewise
 * @param flags what does not depend on the row
 * @param stepPrompts prompts that a step has room for; 0 where it is not set by them
 * @param spareTokens that a step has room for beside a prompt and all sequences of a rank; 0
 *     likewise
 * @param sequencesAsked whether it runs as many sequences as clients ask
 * @param sequenceLimits most sequences of a rank, one a recipe: the largest that clients fill ran
 */
record PublishedLaunch(
    String publisher,
    List<String> models,
    List<String> gpus,
    String engine,
    List<String> formats,
    List<String> tensor,
    Optional<Boolean> apart,
    int leastTokens,
    int leastClients,
    LocalDate since,
    LocalDate until,
    LaunchFlags flags,
    int stepPrompts,
    int spareTokens,
    boolean sequencesAsked,
    List<Integer> sequenceLimits) {

  private static final int MOST = 1_000_000;

  static PublishedLaunch read(JsonCursor cursor) {
    cursor.get("source").text();
    PublishedLaunch launch =
        new PublishedLaunch(
            cursor.find("publisher").map(JsonCursor::text).orElse(PublishedLaunches.INFERENCE_X),
            words(cursor, "models"),
            words(cursor, "gpus"),
            cursor.get("engine").text(),
            words(cursor, "formats"),
            words(cursor, "tensorParallel"),
            cursor.find("apart").map(JsonCursor::bool),
            cursor.findInteger("leastTokens", 1, MOST).orElse(1),
            cursor.findInteger("leastClients", 1, MOST).orElse(1),
            cursor.find("since").map(PublishedLaunch::day).orElse(LocalDate.MIN),
            cursor.find("until").map(PublishedLaunch::day).orElse(LocalDate.MAX),
            new LaunchFlags(
                cursor.find("kvCacheDtype").map(PublishedLaunch::dtype),
                cursor.findPositive("memoryFraction"),
                new StepCaps(
                    cursor.findInteger("stepTokens", 1, MOST),
                    cursor.findInteger("mostSequences", 1, MOST)),
                cursor.findInteger("pollSteps", 1, MOST),
                cursor.find("worksAhead").map(JsonCursor::bool),
                cursor.find("rankBalance").map(PublishedLaunch::balance),
                OptionalDouble.empty(),
                cursor.find("wholeExperts").map(JsonCursor::bool).orElse(false),
                cursor.find("drafts").map(JsonCursor::bool).orElse(false)),
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
            cursor.get("mostSteps").integer(0, MOST), cursor.get("furtherSteps").integer(0, MOST));
    cursor.end();
    return balance;
  }

  private static Dtype dtype(JsonCursor cursor) {
    return DtypeName.find(cursor.text()).orElseThrow();
  }

  /** A day as files write it: {@code 2025-11-10}. */
  static LocalDate day(JsonCursor cursor) {
    return LocalDate.parse(cursor.text());
  }

  /**
   * Whether it is of such rows.
   *
   * @param date of the measurement; a launch of some days only fits no row that says none
   */
  boolean fits(ServingRow row, Optional<LocalDate> date) {
    String model = row.model().toLowerCase(Locale.ROOT);
    String gpu = row.gpu().toLowerCase(Locale.ROOT);
    String format = row.formats().all().or(row.formats()::weights).orElse("");
    return (models.isEmpty() || models.stream().anyMatch(model::contains))
        && (gpus.isEmpty() || gpus.stream().anyMatch(gpu::startsWith))
        && EngineKind.of(engine).equals(EngineKind.of(row.engine()))
        && (formats.isEmpty() || formats.contains(format))
        && (tensor.isEmpty() || tensor.contains(Integer.toString(row.decode().tensor().orElse(0))))
        && apart.orElse(row.apart()) == row.apart()
        && row.inputTokens() >= leastTokens
        && row.concurrency().orElse(MOST) >= leastClients
        && inForce(date);
  }

  private boolean inForce(Optional<LocalDate> date) {
    boolean always = since.equals(LocalDate.MIN) && until.equals(LocalDate.MAX);
    return always || date.filter(day -> !day.isBefore(since) && !day.isAfter(until)).isPresent();
  }

  /** What it says of a row. */
  LaunchFlags flags(ServingRow row) {
    return flags.withStep(flags.step().or(new StepCaps(stepTokens(row), mostSequences(row))));
  }

  private OptionalInt stepTokens(ServingRow row) {
    if (spareTokens > 0 && row.concurrency().isPresent()) {
      int sequences = row.decode().batch().orElse(row.concurrency().getAsInt());
      return OptionalInt.of(sequences + row.inputTokens() + spareTokens);
    }
    return stepPrompts > 0 ? OptionalInt.of(stepPrompts * row.inputTokens()) : OptionalInt.empty();
  }

  private OptionalInt mostSequences(ServingRow row) {
    if (!sequenceLimits.isEmpty() && row.concurrency().isPresent()) {
      return limit(row, row.concurrency().getAsInt());
    }
    return sequencesAsked ? row.concurrency() : OptionalInt.empty();
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
