package dev.rackplan.cli.option;

import dev.rackplan.cost.operation.Term;
import java.util.Arrays;
import java.util.Iterator;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A term by its name in files, such as {@code expertFetch}. */
public final class TermConverter implements ITypeConverter<Term> {
  /** All names, for help and completion. */
  public static final class Names implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Arrays.stream(Term.values()).map(Term::shortKey).iterator();
    }
  }

  @Override
  public Term convert(String name) {
    return Arrays.stream(Term.values())
        .filter(term -> term.shortKey().equalsIgnoreCase(name))
        .findFirst()
        .orElseThrow(
            () ->
                new TypeConversionException(
                    "there is no term '"
                        + name
                        + "'; terms are "
                        + Arrays.stream(Term.values())
                            .map(Term::shortKey)
                            .collect(Collectors.joining(", "))));
  }
}
