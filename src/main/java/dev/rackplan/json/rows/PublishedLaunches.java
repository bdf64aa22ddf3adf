package dev.rackplan.json.rows;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.Resource;
import dev.rackplan.problem.EngineKind;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
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
      Pattern.compile("(?:^|[; ])measured=(\\d{4}-\\d\\d-\\d\\d)T\\d\\d:");
  static final String INFERENCE_X = "InferenceX";
  private static final String CONFIGURATOR = "AIConfigurator";
  // GPU, engine, mode, lengths, clients, degrees and a number.
  private static final Pattern SHIPPED =
      Pattern.compile(
          "_(?:agg|disagg)_\\d{1,9}x\\d{1,9}_c\\d{0,9}_tp\\w{0,9}_ep\\w{1,9}_\\d{1,9}$");

  private final double shortestLength;
  private final List<Image> unnamed;
  private final List<PublishedLaunch> launches;

  private PublishedLaunches(
      double shortestLength, List<Image> unnamed, List<PublishedLaunch> launches) {
    this.shortestLength = shortestLength;
    this.unnamed = unnamed;
    this.launches = launches;
  }

  /** Those that come with rackplan. */
  static PublishedLaunches load() {
    JsonCursor root = Resource.read(PublishedLaunches.class, RESOURCE);
    return new PublishedLaunches(
        root.get("shortestLength").numberIn(0, 1),
        root.get("unnamedVersions").list().stream().map(Image::read).toList(),
        root.get("launches").list().stream().map(PublishedLaunch::read).toList());
  }

  /**
   * The version that an engine of its rows had where they name none: those of its first months,
   * before results named them.
   */
  Optional<String> unnamedVersion(String engine, String note) {
    return measured(note)
        .flatMap(date -> unnamed.stream().filter(image -> image.ran(engine, date)).findFirst())
        .map(Image::version);
  }

  /**
   * What is known of a row's launch; nothing where nobody who is known here published it.
   *
   * @param id of the row
   * @param note its {@code source_note}
   */
  LaunchFlags of(ServingRow row, String id, String note) {
    String publisher = publisher(id, note);
    Optional<LocalDate> date = measured(note);
    LaunchFlags found =
        launches.stream()
            .filter(launch -> launch.publisher().equals(publisher) && launch.fits(row, date))
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

  private static Optional<LocalDate> measured(String note) {
    Matcher matcher = DATED.matcher(note);
    try {
      return matcher.find() ? Optional.of(LocalDate.parse(matcher.group(1))) : Optional.empty();
    } catch (DateTimeParseException e) {
      // A day that is in no calendar.
      return Optional.empty();
    }
  }

  /**
   * The image that a configuration named.
   *
   * @param engine its name
   * @param since first day that its results may be of
   * @param version of the engine
   */
  private record Image(String engine, LocalDate since, String version) {
    static Image read(JsonCursor cursor) {
      Image image =
          new Image(
              cursor.text("engine"),
              cursor.find("since").map(PublishedLaunch::day).orElse(LocalDate.MIN),
              cursor.text("version"));
      cursor.end();
      return image;
    }

    boolean ran(String asked, LocalDate date) {
      return EngineKind.of(engine).equals(EngineKind.of(asked)) && !date.isBefore(since);
    }
  }
}
