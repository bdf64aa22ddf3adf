package dev.rackplan.architecture.allowed.calibrate;

import io.airlift.compress.Decompressor;
import java.nio.file.Path;
import org.apache.commons.csv.CSVRecord;
import org.apache.parquet.column.ColumnReader;

/** Where measured tables are read. */
public record Table(Path file, CSVRecord row, ColumnReader column, Decompressor decompressor) {}
