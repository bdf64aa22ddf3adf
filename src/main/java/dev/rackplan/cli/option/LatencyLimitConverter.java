package dev.rackplan.cli.option;

import dev.rackplan.problem.LatencyLimit;
import dev.rackplan.problem.Statistic;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A mean that must be kept, such as {@code 20ms}; or a percentile, such as {@code p95=1s}. */
public final class LatencyLimitConverter implements ITypeConverter<LatencyLimit> {
  @Override
  public LatencyLimit convert(String text) throws Exception {
    int at = text.indexOf('=');
    if (at < 0) {
      return new LatencyLimit(new DurationConverter().convert(text), Statistic.MEAN);
    }
    Optional<Statistic> statistic = Statistic.of(text.substring(0, at).strip());
    if (statistic.isEmpty()) {
      throw new TypeConversionException(
          "'"
              + text.substring(0, at)
              + "' is none of "
              + String.join(", ", Statistic.keys())
              + "; write p95=1000ms, or 1000ms for the mean");
    }
    return new LatencyLimit(
        new DurationConverter().convert(text.substring(at + 1)), statistic.get());
  }
}
