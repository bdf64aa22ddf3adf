package dev.rackplan.json.rows;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is known of how published rows were launched. */
class PublishedLaunchesTest {
  private static final PublishedLaunches LAUNCHES = PublishedLaunches.load();

  // Images of InferenceX's configurations on 2025-11-02; its rows are dated to the time of day.
  @ParameterizedTest
  @CsvSource({
    "vllm, silicon_concurrency=4; measured=2025-10-29T00:00:00.000Z, 0.10.2",
    "sglang, measured=2025-11-18T00:00:00.000Z, 0.5.3rc1",
    "trtllm, measured=2025-11-02T00:00:00.000Z, 1.1.0rc2.post2",
    "trtllm, measured=2025-11-02,",
    "vllm, silicon_concurrency=4,",
    "vllm-ascend, measured=2025-11-02T00:00:00.000Z,"
  })
  void rowWithoutAVersion_hasThatOfItsImage(String engine, String note, String version) {
    assertEquals(Optional.ofNullable(version), LAUNCHES.unnamedVersion(engine, note));
  }
}
