package dev.rackplan.report;

import dev.rackplan.plan.LayoutTrial;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What a search wrote into a solution beside its plan: history, not computed again.
 *
 * @param tried layouts that it looked at
 * @param front plans that none beats in both figures, the quickest first
 * @param nextLayout the lead over the best other layout in words; empty where none was solved
 */
public record SearchHistory(List<Tried> tried, List<Tried> front, Optional<String> nextLayout) {
  public SearchHistory {
    tried = List.copyOf(tried);
    front = List.copyOf(front);
  }

  /**
   * A layout that was looked at.
   *
   * @param layout degrees in words
   * @param millis TPOT, TTFT or step in ms, reached or estimated; empty where neither
   * @param plusMinus its error as a share; empty where not known
   * @param rate tokens/s/GPU, likewise
   * @param reason kind of outcome in words
   * @param outcome why it lost
   */
  public record Tried(
      String layout,
      OptionalDouble millis,
      OptionalDouble plusMinus,
      OptionalDouble rate,
      String reason,
      String outcome) {

    /** Whether it has both figures. */
    public boolean hasFigures() {
      return millis.isPresent() && rate.isPresent();
    }
  }

  /** Of the {@code evaluation} of a solution file; what is missing there is missing here. */
  public static SearchHistory of(Map<?, ?> evaluation) {
    return new SearchHistory(
        list(evaluation.get("layoutsTried")),
        list(evaluation.get("paretoFront")),
        NextLayout.words(evaluation.get("nextLayout")));
  }

  private static List<Tried> list(Object stored) {
    List<Tried> list = new ArrayList<>();
    if (stored instanceof List<?> values) {
      for (Object value : values) {
        if (value instanceof Map<?, ?> map) {
          list.add(tried(map));
        }
      }
    }
    return list;
  }

  private static Tried tried(Map<?, ?> map) {
    return new Tried(
        map.get("layout") instanceof Map<?, ?> layout ? LayoutTable.degrees(layout) : Figures.NONE,
        millis(map),
        number(map, "plusMinus", 1),
        number(map, "tokensPerSecondPerGpu", 1),
        map.get("reason") instanceof String word ? reason(word) : "",
        map.get("outcome") instanceof String words ? words : "");
  }

  // Files of other versions may have other words.
  private static String reason(String word) {
    for (LayoutTrial.Reason reason : LayoutTrial.Reason.values()) {
      if (reason.name().equalsIgnoreCase(word)) {
        return LayoutTable.words(reason);
      }
    }
    return word.toLowerCase(Locale.ROOT);
  }

  private static OptionalDouble millis(Map<?, ?> map) {
    for (String key : List.of("tpotSeconds", "ttftSeconds", "stepSeconds")) {
      if (map.get(key) instanceof Number) {
        return number(map, key, 1e3);
      }
    }
    return OptionalDouble.empty();
  }

  private static OptionalDouble number(Map<?, ?> map, String key, double factor) {
    return map.get(key) instanceof Number value
        ? OptionalDouble.of(value.doubleValue() * factor)
        : OptionalDouble.empty();
  }

  /** Cells of {@link #HEADER} for each layout that was tried. */
  public List<List<String>> rows() {
    return tried.stream()
        .map(
            one ->
                List.of(
                    one.layout(),
                    Figures.fixed(one.millis(), 3),
                    ConfidenceText.cell(one.plusMinus()),
                    Figures.fixed(one.rate(), 0),
                    one.outcome()))
        .toList();
  }

  /** Heads of {@link #rows}. */
  public static final List<String> HEADER =
      List.of("layout", "step [ms]", "± [%]", "tokens/s/GPU", "outcome");
}
