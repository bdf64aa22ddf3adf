package dev.rackplan.cli.option;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A size of memory as {@code java -Xmx} takes it, such as {@code 900m} or {@code 4g}, in bytes. */
public final class MemorySizeConverter implements ITypeConverter<Long> {
  private static final Pattern FORM = Pattern.compile("([1-9]\\d{0,6})([mg])");

  @Override
  public Long convert(String text) {
    Matcher size = FORM.matcher(text.strip().toLowerCase(Locale.ROOT));
    if (!size.matches()) {
      throw new TypeConversionException(
          "'"
              + text
              + "' is no size of memory; write whole megabytes or gigabytes, such as 900m or 4g");
    }
    return Long.parseLong(size.group(1)) << (size.group(2).equals("m") ? 20 : 30);
  }
}
