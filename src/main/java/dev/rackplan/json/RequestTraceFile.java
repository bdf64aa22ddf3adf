package dev.rackplan.json;

import dev.rackplan.workload.RequestLengths;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.time.temporal.TemporalAccessor;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Set;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * Recorded requests, plain or gzip: JSONL as Mooncake's traces ({@code input_length}, {@code
 * output_length}, {@code timestamp} in ms, {@code hash_ids} of the prompt's blocks), or CSV as
 * Azure's ({@code TIMESTAMP}, {@code ContextTokens}, {@code GeneratedTokens}) and BurstGPT's
 * ({@code Timestamp} in s, {@code Request tokens}, {@code Response tokens}). Other keys and columns
 * are not looked at.
 *
 * <p>Cached tokens are counted where there are hashes: the leading blocks of a prompt that an
 * earlier request had, in a cache that forgets nothing; never the whole prompt.
 */
public final class RequestTraceFile {
  private static final int MAX_TOKENS = 1_000_000_000;
  // A trace's hashes fit memory; this many blocks are a few GiB of table.
  private static final int MAX_BLOCKS = 50_000_000;
  private static final int MAX_REQUESTS = 100_000_000;
  private static final double MAX_SECONDS = 1e12;
  private static final int BYTE_ORDER_MARK = 0xFEFF;
  private static final String FORMS =
      "Give JSONL with input_length and output_length, or CSV with ContextTokens and GeneratedTokens, or Request tokens and Response tokens (docs/formats.md#requests).";

  private static final CSVFormat FORMAT = CSVFormat.DEFAULT.builder().setTrim(true).get();
  private static final DateTimeFormatter DATE_TIME =
      new DateTimeFormatterBuilder()
          .appendPattern("yyyy-MM-dd HH:mm:ss")
          .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
          .optionalStart()
          .appendOffset("+HH:MM", "Z")
          .optionalEnd()
          .parseDefaulting(ChronoField.OFFSET_SECONDS, 0)
          .toFormatter(Locale.ROOT);

  private final FileReference source;
  private final int blockTokens;
  private final RequestLengths.Counter counter = new RequestLengths.Counter();
  private final Set<Long> known = new HashSet<>();

  private RequestTraceFile(FileReference source, int blockTokens) {
    this.source = source;
    this.blockTokens = blockTokens;
  }

  /**
   * What the requests of a file say.
   *
   * @param shown the file's path for messages
   * @param blockTokens tokens of the block that one hash stands for
   */
  public static RequestLengths read(Path file, String shown, int blockTokens) {
    RequestTraceFile trace = new RequestTraceFile(new FileReference(file, shown), blockTokens);
    PackedText.read(trace.source, FORMS, trace::readRequests);
    if (trace.counter.count() == 0) {
      throw trace.error("", "has no requests", FORMS);
    }
    return trace.counter.lengths();
  }

  private void readRequests(BufferedReader reader) throws IOException {
    int first;
    do {
      reader.mark(1);
      first = reader.read();
    } while (first == BYTE_ORDER_MARK || first == ' ' || first == '\t');
    if (first < 0) {
      throw error("", "is empty", FORMS);
    }
    reader.reset();
    if (first == '{') {
      readLines(reader);
    } else {
      readRows(reader);
    }
  }

  private void readLines(BufferedReader reader) throws IOException {
    int number = 0;
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      number++;
      if (!line.isBlank()) {
        JsonCursor request = JsonCursor.parseLine(line, source.shown(), number);
        int prompt = request.get("input_length").integer(1, MAX_TOKENS);
        add(
            prompt,
            cached(request, prompt),
            request.find("output_length").map(value -> value.integer(0, MAX_TOKENS)).orElse(0),
            request
                .find("timestamp")
                .map(value -> OptionalDouble.of(value.numberIn(0, 1e3 * MAX_SECONDS) / 1e3))
                .orElse(OptionalDouble.empty()),
            "line " + number);
      }
    }
  }

  private int cached(JsonCursor request, int prompt) {
    List<JsonCursor> hashes = request.find("hash_ids").map(JsonCursor::list).orElse(List.of());
    long blocks = 0;
    boolean leading = true;
    for (JsonCursor hash : hashes) {
      boolean fresh = known.add(hash.whole(Long.MIN_VALUE, Long.MAX_VALUE));
      leading &= !fresh;
      blocks += leading ? 1 : 0;
    }
    if (known.size() > MAX_BLOCKS) {
      throw request.error(
          "is of a trace of more than " + MAX_BLOCKS + " blocks", "Give a part of the trace.");
    }
    return (int) Math.min(prompt - 1L, blocks * blockTokens);
  }

  private void readRows(BufferedReader reader) throws IOException {
    try (CSVParser parser = CSVParser.parse(reader, FORMAT)) {
      Columns columns = null;
      for (CSVRecord row : parser) {
        String line = "line " + parser.getCurrentLineNumber();
        if (columns == null) {
          columns = columns(row, line);
        } else {
          String prompt = cell(row, columns.prompt(), line);
          int tokens = tokens(prompt, "a prompt", line);
          // Failed requests of BurstGPT have neither.
          if (tokens > 0) {
            add(
                tokens,
                0,
                tokens(cell(row, columns.answer(), line), "an answer", line),
                columns.time() < 0
                    ? OptionalDouble.empty()
                    : OptionalDouble.of(seconds(cell(row, columns.time(), line), line)),
                line);
          }
        }
      }
    }
  }

  /** Where a row has what; -1 where it has no time. */
  private record Columns(int time, int prompt, int answer) {}

  private Columns columns(CSVRecord header, String line) {
    List<String> names = header.stream().map(name -> name.toLowerCase(Locale.ROOT)).toList();
    int prompt = Math.max(names.indexOf("contexttokens"), names.indexOf("request tokens"));
    int answer = Math.max(names.indexOf("generatedtokens"), names.indexOf("response tokens"));
    if (prompt < 0 || answer < 0) {
      throw error(line, "is neither a request nor a header that is known", FORMS);
    }
    return new Columns(names.indexOf("timestamp"), prompt, answer);
  }

  private String cell(CSVRecord row, int column, String line) {
    if (column >= row.size()) {
      throw error(
          line,
          "has " + row.size() + " columns, the header has more",
          "Give every row as many cells as the header.");
    }
    return row.get(column);
  }

  private int tokens(String cell, String what, String line) {
    try {
      double tokens = Double.parseDouble(cell);
      if (tokens >= 0 && tokens <= MAX_TOKENS && tokens == Math.rint(tokens)) {
        return (int) tokens;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw error(
        line,
        what + " must have 0.." + MAX_TOKENS + " tokens, was \"" + PackedText.shorten(cell) + "\"",
        "Give whole numbers.");
  }

  private double seconds(String cell, String line) {
    try {
      double seconds = Double.parseDouble(cell);
      if (Math.abs(seconds) <= MAX_SECONDS) {
        return seconds;
      }
    } catch (NumberFormatException e) {
      try {
        TemporalAccessor time = DATE_TIME.parse(cell.replace('T', ' '));
        return time.getLong(ChronoField.INSTANT_SECONDS)
            + time.get(ChronoField.NANO_OF_SECOND) / 1e9;
      } catch (DateTimeException again) {
        // Said below.
      }
    }
    throw error(
        line,
        "the time must be seconds or a date and time, was \"" + PackedText.shorten(cell) + "\"",
        "Write 12.5, or 2024-05-10 00:00:12.5.");
  }

  private void add(int prompt, int cached, int answer, OptionalDouble seconds, String line) {
    if (counter.count() == MAX_REQUESTS) {
      throw error(line, "is beyond " + MAX_REQUESTS + " requests", "Give a part of the trace.");
    }
    counter.add(prompt, cached, answer, seconds);
  }

  private InputException error(String line, String problem, String remedy) {
    return new InputException(source.shown(), line, problem, remedy);
  }
}
