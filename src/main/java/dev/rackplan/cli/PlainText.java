package dev.rackplan.cli;

import java.io.FilterWriter;
import java.io.IOException;
import java.io.Writer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Text on its way to a terminal: names of users' files and in them can't steer it. Control
 * characters and those that turn the direction of writing are written as {@code \}{@code u001b} and
 * the like, except line ends, tabs, colours and the erasing of a line.
 */
final class PlainText extends FilterWriter {
  private static final Pattern STEERING =
      Pattern.compile(
          "(\r?\n|\t|\r\u001b\\[K|\u001b\\[[0-9;]{0,12}m)"
              + "|[\\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]");

  PlainText(Writer out) {
    super(out);
  }

  @Override
  public void write(int character) throws IOException {
    write(String.valueOf((char) character));
  }

  @Override
  public void write(char[] characters, int offset, int length) throws IOException {
    write(new String(characters, offset, length));
  }

  @Override
  public void write(String text, int offset, int length) throws IOException {
    Matcher steering = STEERING.matcher(text).region(offset, offset + length);
    int written = offset;
    while (steering.find()) {
      if (steering.group(1) == null) {
        out.write(text, written, steering.start() - written);
        out.write(String.format("\\u%04x", (int) text.charAt(steering.start())));
        written = steering.end();
      }
    }
    out.write(text, written, offset + length - written);
  }
}
