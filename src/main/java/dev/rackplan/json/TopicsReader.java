package dev.rackplan.json;

import dev.rackplan.workload.RequestTokens;
import dev.rackplan.workload.Topics;

/** The {@code topics} object of a routing: synthetic tokens. */
final class TopicsReader {
  private static final int MAX_TOPICS = 1024;
  private static final double MAX_DEVIATION = 10;

  private TopicsReader() {}

  /** Reads the parameters and makes the tokens; as many as a sample file may have. */
  static RequestTokens read(JsonCursor cursor, MoeShape shape) {
    long seed = cursor.get("seed").whole(0, 1L << 53);
    Topics usual = Topics.calibrated(seed);
    Topics topics =
        new Topics(
            cursor.findInteger("tokens", 1, SampleFile.MAX_TOKENS).orElse(usual.tokens()),
            seed,
            cursor.findInteger("topics", 1, MAX_TOPICS).orElse(usual.topics()),
            cursor
                .findInteger("requestTokens", 1, SampleFile.MAX_TOKENS)
                .orElse(usual.requestTokens()),
            deviation(cursor, "skew", usual.skew()),
            deviation(cursor, "affinity", usual.affinity()));
    cursor.end();
    int most = SampleFile.MAX_CHOICES / shape.choicesPerToken();
    if (topics.tokens() > most) {
      JsonCursor place = cursor.has("tokens") ? cursor.get("tokens") : cursor;
      throw place.error(
          "must be at most " + most + " tokens for " + shape.model() + ", was " + topics.tokens(),
          "Give fewer tokens; a few thousand say enough.");
    }
    return topics.generate(shape.experts());
  }

  private static double deviation(JsonCursor cursor, String key, double usual) {
    return cursor.find(key).map(value -> value.numberIn(0, MAX_DEVIATION)).orElse(usual);
  }
}
