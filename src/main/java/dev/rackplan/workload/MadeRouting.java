package dev.rackplan.workload;

import dev.rackplan.model.MoeFfn;
import java.lang.ref.SoftReference;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The synthetic routing that was made last, while the heap has room for it. Pools of one
 * deployment, variants of a problem and a plan that is read again ask for the same, and making it
 * is most of reading such a problem.
 */
public final class MadeRouting {
  // Assumed: the pools of a deployment and the problem before.
  private static final int MOST = 3;

  /** All that it depends on. */
  private record Wanted(Object source, List<MoeFfn> layers) {}

  private static final Map<Wanted, SoftReference<Object>> LAST =
      new LinkedHashMap<>(2 * MOST, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Wanted, SoftReference<Object>> eldest) {
          return size() > MOST;
        }
      };

  private MadeRouting() {}

  /**
   * What {@code make} gives, or gave for an equal source.
   *
   * @param source says with the layers all that the result depends on; a kind of source has one
   *     kind of result
   * @param layers the model's MoE layers, in order
   * @param make gives something that is not changed
   */
  public static <T> T of(Object source, List<MoeFfn> layers, Supplier<T> make) {
    Wanted wanted = new Wanted(source, List.copyOf(layers));
    Object known = find(wanted);
    if (known == null) {
      known = make.get();
      keep(wanted, known);
    }
    @SuppressWarnings("unchecked")
    T made = (T) known;
    return made;
  }

  private static synchronized Object find(Wanted wanted) {
    SoftReference<Object> reference = LAST.get(wanted);
    return reference == null ? null : reference.get();
  }

  private static synchronized void keep(Wanted wanted, Object made) {
    LAST.put(wanted, new SoftReference<>(made));
  }

  /** Lets go of all, so that the heap's room can be told. */
  static synchronized void forget() {
    LAST.clear();
  }
}
