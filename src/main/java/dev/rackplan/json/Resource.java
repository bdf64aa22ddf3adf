package dev.rackplan.json;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** JSON files that come with rackplan. */
public final class Resource {
  private Resource() {}

  /**
   * The value of one of them.
   *
   * @param beside a class of the package that it lies in
   * @param name of the file, as errors show it
   */
  public static JsonCursor read(Class<?> beside, String name) {
    return JsonCursor.parse(text(beside, name), name);
  }

  /** The text of one of them. */
  static String text(Class<?> beside, String name) {
    try (InputStream in = beside.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("resource " + name + " is not on the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
