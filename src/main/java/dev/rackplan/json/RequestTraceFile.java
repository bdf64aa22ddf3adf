package dev.rackplan.json;

import dev.rackplan.workload.RequestLengths;
import dev.rackplan.workload.RequestTrace;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.time.temporal.TemporalAccessor;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * Recorded requests, plain or gzip: JSONL as Mooncake's traces ({@code input_length}, {@code
 * output_length}, {@code timestamp} in ms, {@code hash_ids} of the prompt's blocks of 512 tokens)
 * and Bailian's (which also have {@code parent_chat_id}; {@code timestamp} in s, blocks of 16), or
 * CSV as Azure's ({@code TIMESTAMP}, {@code ContextTokens}, {@code GeneratedTokens}), BurstGPT's
 * ({@code Timestamp} in s, {@code Request tokens}, {@code Response tokens}) and Vidur's ({@code
 * arrived_at} in s, {@code num_prefill_tokens}, {@code num_decode_tokens}). A line without a {@code
 * timestamp} that has {@code session_id} and {@code delay} in ms follows the one before it of that
 * session, as AIPerf's and Dynamo's do. Other keys and columns are not looked at.
 *
 * <p>Cached tokens are counted where there are hashes: the leading blocks of a prompt that an
 * earlier request had, in a cache that forgets nothing; never the whole prompt.
 *
 * <p>Sources: kvcache-ai/Mooncake FAST25-release/traces; alibaba-edu/qwen-bailian-usagetraces-anon;
 * Azure/AzurePublicDataset; HPMLL/BurstGPT; microsoft/vidur data/processed_traces.
 */
public final class RequestTraceFile {
  private static final int MAX_TOKENS = 1_000_000_000;
  // A trace's hashes fit memory; this many blocks are a few GiB.
  private static final int MAX_BLOCKS = 50_000_000;
  private static final int MOONCAKE_BLOCK_TOKENS = 512;
  private static final int BAILIAN_BLOCK_TOKENS = 16;
  private static final int MAX_REQUESTS = 100_000_000;
  private static final double MAX_SECONDS = 1e12;
  private static final int BYTE_ORDER_MARK = 0xFEFF;
  private static final String FORMS =
      "Give JSONL with input_length and output_length, or CSV with ContextTokens and GeneratedTokens, Request tokens and Response tokens, or num_prefill_tokens and num_decode_tokens (docs/formats.md#requests).";

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
  private final OptionalInt givenBlockTokens;
  private final Taker taker;
  private int blockTokens;
  private boolean bailian;
  private int count;
  private long blockCount;

  private RequestTraceFile(FileReference source, OptionalInt givenBlockTokens, Taker taker) {
    this.source = source;
    this.givenBlockTokens = givenBlockTokens;
    this.taker = taker;
  }

  /** What becomes of each request. */
  private interface Taker {
    /** Tokens of a block, before the first request. */
    void begin(int blockTokens);

    void take(Recorded request);
  }

  /** A request as it stands in the file. */
  private record Recorded(
      int prompt, List<Long> blocks, int answer, OptionalDouble seconds, Optional<Turn> turn) {}

  /** A line that follows another one of its session. */
  private record Turn(int previous, double delaySeconds) {}

  /**
   * What the requests of a file say.
   *
   * @param shown the file's path for messages
   * @param blockTokens tokens of the block that one hash stands for; empty = as the file's form
   *     says
   */
  public static RequestLengths read(Path file, String shown, OptionalInt blockTokens) {
    RequestLengths.Counter counter = new RequestLengths.Counter();
    readAll(file, shown, blockTokens, new Counting(counter));
    return counter.lengths();
  }

  /** The requests of a file one by one; likewise. */
  public static RequestTrace trace(Path file, String shown, OptionalInt blockTokens) {
    Keeping keeping = new Keeping();
    readAll(file, shown, blockTokens, keeping);
    return keeping.builder.trace();
  }

  private static void readAll(Path file, String shown, OptionalInt blockTokens, Taker taker) {
    RequestTraceFile trace =
        new RequestTraceFile(new FileReference(file, shown), blockTokens, taker);
    PackedText.read(trace.source, FORMS, trace::readRequests);
    if (trace.count == 0) {
      throw trace.error("", "has no requests", FORMS);
    }
  }

  /** Counts lengths, and what a cache that forgets nothing would find. */
  private static final class Counting implements Taker {
    private final RequestLengths.Counter counter;
    private final Set<Long> known = new HashSet<>();
    private int blockTokens;

    Counting(RequestLengths.Counter counter) {
      this.counter = counter;
    }

    @Override
    public void begin(int tokens) {
      blockTokens = tokens;
    }

    @Override
    public void take(Recorded request) {
      long found = 0;
      boolean leading = true;
      for (long block : request.blocks()) {
        boolean fresh = known.add(block);
        leading &= !fresh;
        found += leading ? 1 : 0;
      }
      int cached = (int) Math.min(request.prompt() - 1L, found * blockTokens);
      counter.add(request.prompt(), cached, request.answer(), request.seconds());
    }
  }

  /** Keeps them all. */
  private static final class Keeping implements Taker {
    private RequestTrace.Builder builder = new RequestTrace.Builder(1);

    @Override
    public void begin(int tokens) {
      builder = new RequestTrace.Builder(tokens);
    }

    @Override
    public void take(Recorded request) {
      long[] blocks = request.blocks().stream().mapToLong(Long::longValue).toArray();
      if (request.turn().isPresent()) {
        Turn turn = request.turn().get();
        builder.addAfter(
            turn.previous(), turn.delaySeconds(), request.prompt(), request.answer(), blocks);
      } else if (request.seconds().isPresent()) {
        builder.add(request.seconds().getAsDouble(), request.prompt(), request.answer(), blocks);
      } else {
        builder.addUntimed(request.prompt(), request.answer(), blocks);
      }
    }
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
    Map<String, Integer> lastOfSession = new HashMap<>();
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      number++;
      if (!line.isBlank()) {
        JsonCursor request = JsonCursor.parseLine(line, source.shown(), number);
        int prompt = request.get("input_length").integer(1, MAX_TOKENS);
        List<Long> blocks = blocks(request);
        if (count == 0) {
          decideForm(request, prompt, blocks.size());
        }
        Optional<JsonCursor> time = request.find("timestamp");
        Optional<String> session = request.find("session_id").map(RequestTraceFile::name);
        Optional<Turn> turn =
            time.isPresent() || !request.has("delay")
                ? Optional.empty()
                : session.map(lastOfSession::get).map(last -> new Turn(last, delay(request)));
        session.ifPresent(name -> lastOfSession.put(name, count));
        add(
            new Recorded(
                prompt,
                blocks,
                request.find("output_length").map(value -> value.integer(0, MAX_TOKENS)).orElse(0),
                time.map(value -> OptionalDouble.of(seconds(value))).orElse(OptionalDouble.empty()),
                turn),
            "line " + number);
      }
    }
  }

  // Bailian's lines are Mooncake's with other units, and know the chat that they go on with. Of
  // others the first prompt's blocks tell, where only one of the two sizes makes up its length.
  private void decideForm(JsonCursor request, int prompt, int blocks) {
    bailian = request.has("parent_chat_id");
    boolean small =
        bailian
            || blocks > 0
                && blocks != blocksOf(prompt, MOONCAKE_BLOCK_TOKENS)
                && blocks == blocksOf(prompt, BAILIAN_BLOCK_TOKENS);
    blockTokens = givenBlockTokens.orElse(small ? BAILIAN_BLOCK_TOKENS : MOONCAKE_BLOCK_TOKENS);
    taker.begin(blockTokens);
  }

  private static long blocksOf(int prompt, int tokens) {
    return (prompt + (long) tokens - 1) / tokens;
  }

  private static String name(JsonCursor value) {
    return value.isText()
        ? value.text()
        : String.valueOf(value.whole(Long.MIN_VALUE, Long.MAX_VALUE));
  }

  private double seconds(JsonCursor time) {
    return bailian ? time.numberIn(0, MAX_SECONDS) : time.numberIn(0, 1e3 * MAX_SECONDS) / 1e3;
  }

  private static double delay(JsonCursor request) {
    return request.get("delay").numberIn(0, 1e3 * MAX_SECONDS) / 1e3;
  }

  private List<Long> blocks(JsonCursor request) {
    List<JsonCursor> hashes = request.find("hash_ids").map(JsonCursor::list).orElse(List.of());
    blockCount += hashes.size();
    if (blockCount > MAX_BLOCKS) {
      throw request.error(
          "is of a trace of more than " + MAX_BLOCKS + " blocks", "Give a part of the trace.");
    }
    return hashes.stream().map(hash -> hash.whole(Long.MIN_VALUE, Long.MAX_VALUE)).toList();
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
                new Recorded(
                    tokens,
                    List.of(),
                    tokens(cell(row, columns.answer(), line), "an answer", line),
                    columns.time() < 0
                        ? OptionalDouble.empty()
                        : OptionalDouble.of(seconds(cell(row, columns.time(), line), line)),
                    Optional.empty()),
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
    int prompt = place(names, List.of("contexttokens", "request tokens", "num_prefill_tokens"));
    int answer = place(names, List.of("generatedtokens", "response tokens", "num_decode_tokens"));
    if (prompt < 0 || answer < 0) {
      throw error(line, "is neither a request nor a header that is known", FORMS);
    }
    return new Columns(place(names, List.of("timestamp", "arrived_at")), prompt, answer);
  }

  private static int place(List<String> names, List<String> wanted) {
    return wanted.stream().mapToInt(names::indexOf).max().orElseThrow();
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

  private void add(Recorded request, String line) {
    if (count == MAX_REQUESTS) {
      throw error(line, "is beyond " + MAX_REQUESTS + " requests", "Give a part of the trace.");
    }
    taker.take(request);
    count++;
  }

  private InputException error(String line, String problem, String remedy) {
    return new InputException(source.shown(), line, problem, remedy);
  }
}
