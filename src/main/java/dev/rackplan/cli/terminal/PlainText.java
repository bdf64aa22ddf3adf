package dev.rackplan.cli.terminal;

import dev.rackplan.json.ControlCharacters;
import java.io.FilterWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Text on its way to a terminal: names of users' files and in them can't steer it. Control
 * characters and those that turn the direction of writing are written as {@code \}{@code u001b} and
 * the like, except line ends and tabs; colours pass while help is printed, and what {@link #steer}
 * is given.
 */
public final class PlainText extends PrintWriter {
  private static final Pattern STEERING = Pattern.compile("(\r?\n|\t)|" + ControlCharacters.CLASS);
  private static final Pattern STEERING_OF_HELP =
      Pattern.compile("(\r?\n|\t|\u001b\\[[0-9;]{0,12}m)|" + ControlCharacters.CLASS);

  private final Filter filter;

  /**
   * @param out takes the text
   * @param flushes whether each line goes out at once
   */
  public PlainText(Writer out, boolean flushes) {
    this(new Filter(out), flushes);
  }

  private PlainText(Filter filter, boolean flushes) {
    super(filter, flushes);
    this.filter = filter;
  }

  /** Moves a terminal's cursor; {@code sequence} is ours and holds no name. */
  static void steer(PrintWriter out, String sequence) {
    out.flush();
    if (out instanceof PlainText plain) {
      plain.filter.passes(sequence);
    } else {
      out.print(sequence);
    }
  }

  /** Lets colours of help pass, or no longer. */
  public static void letColours(PrintWriter out, boolean pass) {
    if (out instanceof PlainText plain) {
      plain.filter.steering = pass ? STEERING_OF_HELP : STEERING;
    }
  }

  private static final class Filter extends FilterWriter {
    private Pattern steering = STEERING;

    private Filter(Writer out) {
      super(out);
    }

    private void passes(String sequence) {
      try {
        out.write(sequence);
        out.flush();
      } catch (IOException e) {
        // Without a terminal nobody sees what is not cleared.
      }
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
      Matcher found = steering.matcher(text).region(offset, offset + length);
      int written = offset;
      while (found.find()) {
        if (found.group(1) == null) {
          out.write(text, written, found.start() - written);
          out.write(ControlCharacters.written(found.group()));
          written = found.end();
        }
      }
      out.write(text, written, offset + length - written);
    }
  }
}
