package dev.rackplan.cli.option;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** {@code 500ms}, {@code 20s}, {@code 1.5m}, {@code 2h} as seconds. */
public final class DurationConverter implements ITypeConverter<Double> {
  private static final Pattern FORM = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,9})?)(ms|s|m|h)");
  private static final double MOST_SECONDS = 7 * 86_400;

  @Override
  public Double convert(String text) {
    Matcher matcher = FORM.matcher(text.strip());
    if (!matcher.matches()) {
      throw new TypeConversionException(
          "'"
              + text
              + "' is no duration; write a number and ms, s, m or h, such as 500ms, 20s or 2m");
    }
    double seconds = Double.parseDouble(matcher.group(1)) * secondsPer(matcher.group(2));
    if (!(seconds > 0 && seconds <= MOST_SECONDS)) {
      throw new TypeConversionException(
          "'" + text + "' must be more than nothing and at most 168h");
    }
    return seconds;
  }

  private static double secondsPer(String unit) {
    return switch (unit) {
      case "ms" -> 1e-3;
      case "s" -> 1;
      case "m" -> 60;
      case "h" -> 3600;
      default -> throw new IllegalStateException(unit);
    };
  }
}
