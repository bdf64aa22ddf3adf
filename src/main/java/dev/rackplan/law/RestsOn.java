package dev.rackplan.law;

/**
 * What a modelled time rests on; the three shares are of 1 together.
 *
 * @param measured share of it by laws of kernels that were measured on this GPU and engine
 * @param transferred share by laws of another engine, version, format or GPU of the generation
 * @param formula share by formulas: links' rates and the flat formula of a kernel
 * @param lawError mean of the laws' own median errors, by their time; formulas have none
 */
public record RestsOn(double measured, double transferred, double formula, double lawError) {
  /** Everything by formulas. */
  public static final RestsOn FORMULA = new RestsOn(0, 0, 1, 0);

  public RestsOn {
    if (!(measured >= 0 && transferred >= 0 && formula >= 0 && lawError >= 0)
        || Math.abs(measured + transferred + formula - 1) > 1e-6) {
      throw new IllegalArgumentException(
          "shares of 1 are needed, were "
              + measured
              + ", "
              + transferred
              + ", "
              + formula
              + ", with a law error of "
              + lawError);
    }
  }

  /** Of a time of which that share, 0 to 1, is {@code other}'s. */
  public RestsOn mixed(double share, RestsOn other) {
    return new RestsOn(
        mean(share, measured, other.measured),
        mean(share, transferred, other.transferred),
        mean(share, formula, other.formula),
        mean(share, lawError, other.lawError));
  }

  private static double mean(double share, double one, double other) {
    return (1 - share) * one + share * other;
  }
}
