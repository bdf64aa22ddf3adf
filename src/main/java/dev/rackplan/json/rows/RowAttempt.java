package dev.rackplan.json.rows;

import dev.rackplan.accuracy.RowRun;
import java.util.function.Supplier;

/** A measured row as problems, or in words why there are none. */
final class RowAttempt {
  private RowAttempt() {}

  static RowRun of(Supplier<? extends RowRun> made) {
    try {
      return made.get();
    } catch (InexpressibleRow e) {
      return new RowRun.NotExpressible(e.getMessage());
    } catch (ArithmeticException e) {
      return new RowRun.NotExpressible("its degrees need more GPUs than can be counted");
    } catch (IllegalArgumentException e) {
      // Problem's messages start with the path of the part at fault.
      return new RowRun.NotExpressible(e.getMessage().replaceFirst("^\\$[^:]*: ", ""));
    }
  }
}
