package dev.rackplan.law;

import java.util.List;
import java.util.function.Function;

/**
 * The form of a law: its parameters, and the law that values of them make.
 *
 * @param formula in the parameters' symbols; {@code |a, b|_p} is the p-norm
 * @param where what the formula's other symbols are
 * @param parameters in the order of the record's components
 * @param maker of a law from values in that order
 */
public record LawForm<O extends Op>(
    String formula, String where, List<Parameter> parameters, Function<double[], Law<O>> maker) {
  public LawForm {
    parameters = List.copyOf(parameters);
  }

  /**
   * The law with these values.
   *
   * @throws IllegalArgumentException if there are not as many as parameters
   */
  public Law<O> law(double... values) {
    if (values.length != parameters.size()) {
      throw new IllegalArgumentException(
          "values must be " + parameters.size() + ", were " + values.length);
    }
    return maker.apply(values);
  }
}
