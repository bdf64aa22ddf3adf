package dev.rackplan.json;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.workload.LayerRouting;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SampleFileTest {
  @TempDir private Path folder;

  private SampleFile.Sample read(int rows) throws IOException {
    Path file = folder.resolve("tokens.csv.gz");
    try (BufferedWriter writer =
        new BufferedWriter(
            new OutputStreamWriter(
                new GZIPOutputStream(Files.newOutputStream(file)), StandardCharsets.US_ASCII))) {
      Random random = new Random(1);
      writer.write("request,l0e0,l0e1,l1e0,l1e1\n");
      for (int row = 0; row < rows; row++) {
        // Rows 16 j are told by their experts; the others vary, or they would pack too well.
        int odd = random.nextInt(3);
        int other = (odd + 1 + random.nextInt(2)) % 3;
        writer.write(
            (row / 100)
                + (row % 16 == 0 ? ",0,3,3,0\n" : "," + odd + "," + other + "," + other + ",3\n"));
      }
    }
    TinyCase tiny = new TinyCase(folder);
    return SampleFile.read(
        new FileReference(file, "tokens.csv.gz"), MoeShape.of(tiny.problem().problem().model()));
  }

  @Test
  @Tag("slow")
  void tokensBeyondWhatIsKept_areThinnedEvenly() throws IOException {
    SampleFile.Sample sample = read(2_500_000);

    assertEquals(4, sample.stride());
    assertEquals(625_000, sample.tokens().tokens());
    // Rows 4 j meet every one of the requests of 100 rows.
    assertEquals(25_000, sample.tokens().requests());
    LayerRouting first = sample.tokens().layers().get(0);
    for (int token = 0; token < first.tokens(); token += 1_000) {
      assertEquals(0, first.choice(token, 0));
      assertEquals(3, first.choice(token, 1));
    }
  }

  @Test
  void asManyAsAreKept_allAre() throws IOException {
    SampleFile.Sample all = read(SampleFile.MAX_TOKENS);
    assertEquals(1, all.stride());
    assertEquals(SampleFile.MAX_TOKENS, all.tokens().tokens());
    SampleFile.Sample one = read(SampleFile.MAX_TOKENS + 1);
    assertEquals(2, one.stride());
    assertEquals(SampleFile.MAX_TOKENS / 2 + 1, one.tokens().tokens());
  }
}
