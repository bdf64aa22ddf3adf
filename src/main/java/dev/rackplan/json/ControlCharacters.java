package dev.rackplan.json;

import java.util.regex.Pattern;

/**
 * Characters that steer a terminal or turn the direction of writing: no name has them, and no
 * message shows them as they are.
 */
public final class ControlCharacters {
  /** One of them, as a class of a pattern. */
  public static final String CLASS =
      "[\\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]";

  private static final Pattern ONE = Pattern.compile(CLASS);

  private ControlCharacters() {}

  /** Whether a text has one. */
  public static boolean in(String text) {
    return ONE.matcher(text).find();
  }

  /** The text with each as {@code \}{@code u001b} and the like. */
  public static String written(String text) {
    return ONE.matcher(text)
        .replaceAll(one -> String.format("\\\\u%04x", (int) one.group().charAt(0)));
  }
}
