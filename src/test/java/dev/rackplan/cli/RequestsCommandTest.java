package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.TinyProblem;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.JsonText;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Traces of requests, and whether problems take what is said of them. */
class RequestsCommandTest {
  // Blocks 1 and 2 come again in the second request, block 1 in the third, whose 4 is known but not
  // leading.
  private static final String MOONCAKE =
      """
      {"timestamp": 0, "input_length": 2000, "output_length": 100, "hash_ids": [1, 2, 3, 4], "chat_id": 7}
      {"timestamp": 500, "input_length": 3000, "output_length": 200, "hash_ids": [1, 2, 5, 6, 7, 8]}

      {"timestamp": 2000, "input_length": 1000, "output_length": 0, "hash_ids": [1, 9]}
      {"timestamp": 4000, "input_length": 600, "hash_ids": [1, 9]}
      """;

  @TempDir private Path folder;
  private TinyProblem tiny;

  @BeforeEach
  void write() {
    tiny = new TinyProblem(folder);
    tiny.write("trace.jsonl", MOONCAKE);
  }

  private CommandRun requests(String file, String... more) {
    String[] arguments = new String[more.length + 2];
    arguments[0] = "requests";
    arguments[1] = tiny.path(file);
    System.arraycopy(more, 0, arguments, 2, more.length);
    return CommandRun.of(arguments);
  }

  // Cached: 0, 2 blocks, 1 block, and of the last 2 blocks all but its last token.
  @Test
  void hashes_sayWhatACacheHolds() {
    CommandRun run = requests("trace.jsonl", "--json");
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertEquals(4, run.json().get("requests").number());
    assertEquals(0.75, run.json().get("requestsPerSecond").number());
    assertEquals(1650, run.json().get("prompts").get("mean").number());
    assertEquals((1024 + 512 + 599) / 4.0, run.json().get("cachedTokens").number());
    assertEquals(75, run.json().get("answers").get("mean").number());
    // 100 tokens at 2,050 and 200 at 3,100.
    assertEquals(2750, run.json().get("contexts").get("mean").number(), 1e-9);

    CommandRun smaller = requests("trace.jsonl", "--json", "--block-tokens", "100");
    assertEquals((200 + 100 + 200) / 4.0, smaller.json().get("cachedTokens").number());
    CommandRun shown = requests("trace.jsonl");
    assertTrue(shown.out().contains("trace.jsonl: 4 requests, 0.750 a second\n"), shown.out());
    assertTrue(
        shown
            .out()
            .contains("Of all prompt tokens 32.3% are in blocks that an earlier prompt had. "),
        shown.out());
  }

  // Bailian's lines are in seconds and blocks of 16: of 1,311 tokens 512 and 16 were there before.
  @Test
  void bailianLines_haveOtherUnits() {
    String blocks =
        IntStream.rangeClosed(1, 32).mapToObj(String::valueOf).collect(Collectors.joining(", "));
    tiny.write(
        "trace.jsonl",
        "{\"chat_id\": 1, \"parent_chat_id\": -1, \"timestamp\": 61.5, \"input_length\": 521, \"output_length\": 132, \"hash_ids\": ["
            + blocks
            + ", 33]}\n{\"chat_id\": 2, \"parent_chat_id\": 1, \"timestamp\": 63.5, \"input_length\": 700, \"output_length\": 40, \"hash_ids\": ["
            + blocks
            + ", 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45]}\n"
            + "{\"chat_id\": 3, \"parent_chat_id\": -1, \"timestamp\": 71.5, \"input_length\": 90, \"output_length\": 10, \"hash_ids\": [1, 50, 51, 52, 53, 54]}\n");
    JsonCursor read = requests("trace.jsonl", "--json").json();
    assertEquals(0.2, read.get("requestsPerSecond").number(), 1e-12);
    assertEquals((512 + 16) / 3.0, read.get("cachedTokens").number(), 1e-12);
    assertEquals(
        (320 + 10) / 3.0,
        requests("trace.jsonl", "--json", "--block-tokens", "10")
            .json()
            .get("cachedTokens")
            .number(),
        1e-12);
  }

  // The first prompt's 5 blocks are of 16 tokens; of 512 they would be far more.
  @Test
  void firstBlocks_tellTheirSize() {
    tiny.write(
        "trace.jsonl",
        "{\"timestamp\": 0, \"input_length\": 70, \"hash_ids\": [1, 2, 3, 4, 5]}\n{\"timestamp\": 1, \"input_length\": 40, \"hash_ids\": [1, 2, 9]}\n");
    JsonCursor read = requests("trace.jsonl", "--json").json();
    assertEquals(16, read.get("cachedTokens").number());
    assertEquals(1000, read.get("requestsPerSecond").number(), 1e-9);
  }

  // What a sequence may come to is no reserve for each.
  @Test
  void keys_holdNoLengthsOfSingleRequests() {
    assertFalse(requests("trace.jsonl", "--json").out().contains("contextTokensP99"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "arrived_at,num_prefill_tokens,num_decode_tokens\n0.25,400,10\n2.25,600,30\n",
        "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.9799600,400,10\n2023-11-16 18:17:05.9799600,600,30\n",
        "TIMESTAMP,ContextTokens,GeneratedTokens\r\n2024-05-10 00:00:00.009930+00:00,400,10\r\n2024-05-10 00:00:02.009930+00:00,600,30\r\n",
        "\uFEFFTIMESTAMP,ContextTokens,GeneratedTokens\n2024-05-10 00:00:00+00:00,400,10\n2024-05-10 02:00:02+02:00,600,30\n",
        "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n5,ChatGPT,400,10,410,\"API, log\"\n6,GPT-4,0,0,0,API log\n7,GPT-4,600,30,630,API log\n",
      })
  void tables_ofAzureBurstGptAndVidur_areRead(String text) throws IOException {
    tiny.write("trace.csv", text);
    CommandRun run = requests("trace.csv", "--json");
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertEquals(2, run.json().get("requests").number());
    assertEquals(0.5, run.json().get("requestsPerSecond").number(), 1e-6);
    assertEquals(500, run.json().get("prompts").get("mean").number());
    assertEquals(20, run.json().get("answers").get("mean").number());

    try (OutputStream packed =
        new GZIPOutputStream(Files.newOutputStream(Path.of(tiny.path("trace.csv.gz"))))) {
      packed.write(text.getBytes(StandardCharsets.UTF_8));
    }
    assertEquals(run.out(), requests("trace.csv.gz", "--json").out());
  }

  // What is printed goes into a problem as it is.
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void keys_areThoseOfAProblem(boolean oneIsVeryLong) {
    if (oneIsVeryLong) {
      String few = "{\"timestamp\": 1, \"input_length\": 10, \"output_length\": 2}\n".repeat(999);
      tiny.write(
          "trace.jsonl",
          few + "{\"timestamp\": 9000, \"input_length\": 1000000, \"output_length\": 2}\n");
      assertTrue(
          requests("trace.jsonl")
              .out()
              .contains("The keys say 5.0, the most that a problem takes."));
    }
    JsonCursor workloads = requests("trace.jsonl", "--json").json().get("workloads");
    for (String phase : new String[] {"prefill", "decode", "serving"}) {
      String keys = JsonText.line(workloads.get(phase).tree()).strip();
      String sequences = phase.equals("serving") ? "" : "\"concurrentSequences\": 8, ";
      String workload =
          keys.substring(0, keys.length() - 1)
              + ", "
              + sequences
              + "\"routing\": {\"powerLaw\": {\"alpha\": 1.2, \"seed\": 3}}}";
      tiny.write(
          "problems/" + phase + ".json",
          "{\"name\": \"p\", \"model\": \"../models/tiny-moe.json\", \"topology\": \"../topologies/two-racks.json\", \"workload\": "
              + workload
              + "}");
      CommandRun run = CommandRun.of("validate", tiny.path("problems/" + phase + ".json"));
      assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "t.jsonl | {\"output_length\": 3} | line 1: $: key \"input_length\" is missing",
        "t.jsonl | {\"input_length\": 0} | line 1: $.input_length: must be in 1..1000000000, was 0",
        "t.jsonl | {\"input_length\": 9, \"hash_ids\": [1.5]} | line 1: $.hash_ids[0]: must be ",
        "t.jsonl | {\"input_length\": 9, \"timestamp\": \"now\"} | line 1: $.timestamp: must be a finite number",
        "t.jsonl | {\"input_length\": | line 1, column 17: is not valid JSON",
        "t.csv | a,b | line 1: is neither a request nor a header that is known",
        "t.csv | `TIMESTAMP,ContextTokens,GeneratedTokens\n1,2.5,3` | line 2: a prompt must have 0..1000000000 tokens, was \"2.5\"",
        "t.csv | `TIMESTAMP,ContextTokens,GeneratedTokens\n1,2,-3` | line 2: an answer must have 0..1000000000 tokens, was \"-3\"",
        "t.csv | `TIMESTAMP,ContextTokens,GeneratedTokens\nnoon,2,3` | line 2: the time must be seconds or a date and time, was \"noon\"",
        "t.csv | `TIMESTAMP,ContextTokens,GeneratedTokens\n1,2` | line 2: has 2 columns, the header has more",
        "t.csv | `TIMESTAMP,ContextTokens,GeneratedTokens\n` | : has no requests",
        "t.csv.gz | plain | : is not gzip data, or is damaged",
        "t.csv | `TIMESTAMP,ContextTokens,GeneratedTokens\n1,\"2,3` | : is not CSV",
      })
  void badTraces_areRefused(String name, String text, String message) {
    tiny.write(name, text.replace("\\n", "\n"));
    CommandRun run = requests(name);
    assertEquals(ExitCode.BAD_INPUT, run.exitCode(), run.err());
    assertTrue(run.err().contains(message), run.err());
    assertEquals("", run.out());
  }

  @Test
  void missingFilesAndBlocks_areRefused() {
    CommandRun none = requests("no.jsonl");
    assertEquals(ExitCode.BAD_INPUT, none.exitCode());
    assertTrue(none.err().contains("no such file"), none.err());
    assertEquals(ExitCode.BAD_INPUT, requests("trace.jsonl", "--block-tokens", "0").exitCode());
  }
}
