package dev.rackplan.cost.operation;

import java.util.Arrays;
import java.util.function.Predicate;

/** Seconds by {@link Term}; a term that was not given is 0. Immutable. */
public final class Breakdown {
  /** Nothing takes time. */
  public static final Breakdown NONE = new Breakdown(new double[Term.values().length]);

  private static final Term[] TERMS = Term.values();

  private final double[] seconds;

  private Breakdown(double[] seconds) {
    this.seconds = seconds;
  }

  /** One term alone. */
  public static Breakdown of(Term term, double seconds) {
    return NONE.with(term, seconds);
  }

  /** Seconds of {@code term}. */
  public double of(Term term) {
    return seconds[term.ordinal()];
  }

  /** The same with another time for {@code term}, in s. */
  public Breakdown with(Term term, double value) {
    double[] changed = seconds.clone();
    changed[term.ordinal()] = value;
    return new Breakdown(changed);
  }

  /** Those terms that {@code which} holds of; the others are 0. */
  public Breakdown only(Predicate<Term> which) {
    double[] kept = new double[seconds.length];
    for (Term term : TERMS) {
      kept[term.ordinal()] = which.test(term) ? of(term) : 0;
    }
    return new Breakdown(kept);
  }

  /** Term by term the sum. */
  public Breakdown plus(Breakdown other) {
    double[] sum = seconds.clone();
    for (int t = 0; t < sum.length; t++) {
      sum[t] += other.seconds[t];
    }
    return new Breakdown(sum);
  }

  /** Each term {@code factor} times as long. */
  public Breakdown times(double factor) {
    double[] product = seconds.clone();
    for (int t = 0; t < product.length; t++) {
      product[t] *= factor;
    }
    return new Breakdown(product);
  }

  /** Term by term the longer one. */
  public Breakdown max(Breakdown other) {
    double[] most = seconds.clone();
    for (int t = 0; t < most.length; t++) {
      most[t] = Math.max(most[t], other.seconds[t]);
    }
    return new Breakdown(most);
  }

  /** All terms together in s, as if nothing ran side by side. */
  public double sum() {
    return sum(term -> true);
  }

  /** Those of one stream together in s. */
  public double sum(Stream stream) {
    double sum = 0;
    for (Term term : TERMS) {
      sum += term.stream() == stream ? seconds[term.ordinal()] : 0;
    }
    return sum;
  }

  /** Those that {@code which} holds of together in s. */
  public double sum(Predicate<Term> which) {
    double sum = 0;
    for (Term term : TERMS) {
      sum += which.test(term) ? seconds[term.ordinal()] : 0;
    }
    return sum;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Breakdown that && Arrays.equals(seconds, that.seconds);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(seconds);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (Term term : TERMS) {
      if (of(term) != 0) {
        text.append(text.isEmpty() ? "" : ", ").append(term.words()).append(' ').append(of(term));
      }
    }
    return text.append(" s").toString();
  }
}
