package dev.rackplan.calibrate;

import java.util.List;
import java.util.Set;

/** How the rows of one family of tables are read as operations. */
interface OpTable {
  /** Names of its tables. */
  Set<String> tables();

  /** Columns that say what was timed: rows equal in them are repeats. Some may lack. */
  List<String> keyColumns();

  /** What a row says; of a transfer, one operation for each direction. */
  List<MeasuredRow> read(TableRow row) throws SkippedRowException;
}
