package dev.rackplan.cli.option;

import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A bandwidth in GB/s, such as {@code 12.5}, as bytes/s. */
public final class BandwidthConverter implements ITypeConverter<Double> {
  private static final Pattern FORM = Pattern.compile("\\d{1,9}(?:\\.\\d{1,9})?");
  private static final double MOST_GIGABYTES = 1e6;

  @Override
  public Double convert(String text) {
    String number = text.strip();
    if (!FORM.matcher(number).matches()) {
      throw new TypeConversionException(
          "'" + text + "' is no bandwidth; write GB/s above 0 as a number, such as 12.5");
    }
    double gigabytes = Double.parseDouble(number);
    if (!(gigabytes > 0 && gigabytes <= MOST_GIGABYTES)) {
      throw new TypeConversionException(
          "'" + text + "' must be more than 0 and at most 1000000 GB/s");
    }
    return gigabytes * 1e9;
  }
}
