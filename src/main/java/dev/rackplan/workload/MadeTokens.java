package dev.rackplan.workload;

import dev.rackplan.model.MoeFfn;
import java.lang.ref.SoftReference;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The tokens that were made last, while the heap has room for them. Pools of one deployment,
 * variants of a problem and a plan that is read again ask for the same tokens, and making them is
 * most of reading such a problem.
 */
final class MadeTokens {
  // Assumed: the two pools of a deployment.
  private static final int MOST = 2;

  /** All that the tokens depend on. */
  record Wanted(Topics topics, List<MoeFfn> layers) {
    Wanted {
      layers = List.copyOf(layers);
    }
  }

  private static final Map<Wanted, SoftReference<RequestTokens>> LAST =
      new LinkedHashMap<>(2 * MOST, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(
            Map.Entry<Wanted, SoftReference<RequestTokens>> eldest) {
          return size() > MOST;
        }
      };

  private MadeTokens() {}

  static synchronized Optional<RequestTokens> find(Wanted wanted) {
    return Optional.ofNullable(LAST.get(wanted)).map(SoftReference::get);
  }

  static synchronized void keep(Wanted wanted, RequestTokens made) {
    LAST.put(wanted, new SoftReference<>(made));
  }

  /** Lets go of all, so that the heap's room can be told. */
  static synchronized void forget() {
    LAST.clear();
  }
}
