package dev.rackplan.cli;

import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A time that a mean may take at most; says where percentiles are to be had. */
final class MeanLimitConverter implements ITypeConverter<Double> {
  private static final Pattern PERCENTILE = Pattern.compile("(?i)p\\d+(\\.\\d+)?\\b.*");

  @Override
  public Double convert(String text) throws Exception {
    if (PERCENTILE.matcher(text).matches()) {
      throw new TypeConversionException(
          "'"
              + text
              + "' is of a percentile, and formulas know means. Give a time such as 1000ms, then"
              + " 'rackplan replay' on what --write writes: it prints percentiles");
    }
    return new DurationConverter().convert(text);
  }
}
