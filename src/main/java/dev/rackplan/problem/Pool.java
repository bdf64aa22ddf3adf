package dev.rackplan.problem;

import java.util.Locale;
import java.util.Optional;

/** One of the two sets of GPUs that serve requests together, each with its own plan. */
public enum Pool {
  /** Reads prompts. */
  PREFILL,
  /** Writes answers. */
  DECODE;

  // What instances are called that each read and write.
  private static final String BOTH = "serve";

  /** Its name in files and folders: {@code prefill} or {@code decode}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The name of instances by what they do: {@link #word}, or {@code serve}.
   *
   * @param role empty where each of them does both
   */
  public static String word(Optional<Pool> role) {
    return role.map(Pool::word).orElse(BOTH);
  }

  /**
   * The same of one of several with that role: {@code decode}, then {@code decode-2}.
   *
   * @param number from 1
   */
  public static String word(Optional<Pool> role, int number) {
    return number == 1 ? word(role) : word(role) + "-" + number;
  }
}
