package dev.rackplan.report;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.OptionalDouble;

/** Numbers as tables show them. */
public final class Figures {
  /** Stands where there is no figure. */
  public static final String NONE = "-";

  private Figures() {}

  /** With so many digits after the point; what rounds to zero has no sign. */
  public static String fixed(double value, int digits) {
    String text = String.format(Locale.ROOT, "%." + digits + "f", value);
    return text.startsWith("-") && Double.parseDouble(text) == 0 ? text.substring(1) : text;
  }

  public static String fixed(OptionalDouble value, int digits) {
    return value.isPresent() ? fixed(value.getAsDouble(), digits) : NONE;
  }

  /** The fewest digits that read back as {@code value}; whole numbers without a point. */
  public static String shortest(double value) {
    return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }

  /** {@code 2.25 : 1}. */
  public static String ratio(double value) {
    return shortest(Math.rint(value * 100) / 100) + " : 1";
  }

  /** Seconds as microseconds. */
  public static OptionalDouble micros(OptionalDouble seconds) {
    return seconds.isPresent() ? OptionalDouble.of(seconds.getAsDouble() * 1e6) : seconds;
  }

  /** Seconds as milliseconds. */
  public static String millis(double seconds) {
    return fixed(seconds * 1e3, 3);
  }

  /** {@code 12.3%} of a share. */
  public static String percent(double share) {
    return fixed(100 * share, 1) + "%";
  }

  /** The words of a name in camel case: {@code expert parallel}. */
  public static String spaced(String camelCase) {
    return camelCase.replaceAll("([A-Z])", " $1").toLowerCase(Locale.ROOT);
  }

  /** Requests in a second: two digits after the point, three that count where it is below one. */
  public static String requests(double perSecond) {
    int zeros = perSecond > 0 ? Math.max(0, (int) -Math.floor(Math.log10(perSecond))) : 0;
    return fixed(perSecond, Math.min(6, 2 + zeros));
  }

  public static String rate(double perSecond) {
    return fixed(perSecond, perSecond >= 1000 ? 0 : 1);
  }

  /** The same with commas between thousands, where people read and nothing parses. */
  public static String grouped(double value) {
    return String.format(Locale.ROOT, value >= 100 ? "%,.0f" : "%,.1f", value);
  }

  public static String gigabytes(double bytes) {
    return fixed(bytes / 1e9, 2);
  }

  /** {@code 1 stage}, {@code 2 stages}; no irregular plurals. */
  public static String count(long number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }
}
