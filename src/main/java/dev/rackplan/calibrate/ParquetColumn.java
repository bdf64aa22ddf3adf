package dev.rackplan.calibrate;

import java.math.BigDecimal;
import java.math.BigInteger;
import org.apache.parquet.VersionParser.ParsedVersion;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.Dictionary;
import org.apache.parquet.column.impl.ColumnReaderImpl;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.FieldRepetitionType;
import org.apache.parquet.format.SchemaElement;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.PrimitiveConverter;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type.Repetition;

/** Reads one plain column of a Parquet file, row group by row group. */
final class ParquetColumn {
  private final String name;
  private final ColumnDescriptor descriptor;
  private final ParsedVersion writer;
  private final Values values;
  private long rows;

  /**
   * @param writer who wrote the file, whose known mistakes the decoders allow for; may be null
   */
  ParquetColumn(SchemaElement leaf, ParsedVersion writer) {
    this.name = leaf.getName();
    this.writer = writer;
    PrimitiveTypeName type = PrimitiveTypeName.valueOf(physicalType(leaf));
    boolean required = leaf.getRepetition_type() == FieldRepetitionType.REQUIRED;
    Repetition repetition = required ? Repetition.REQUIRED : Repetition.OPTIONAL;
    this.descriptor =
        new ColumnDescriptor(
            new String[] {name},
            new PrimitiveType(repetition, type, leaf.getType_length(), name),
            0,
            required ? 0 : 1);
    this.values = values(leaf, type);
  }

  private static String physicalType(SchemaElement leaf) {
    return switch (leaf.getType()) {
      case BYTE_ARRAY -> "BINARY";
      case BOOLEAN, INT32, INT64, INT96, FLOAT, DOUBLE, FIXED_LEN_BYTE_ARRAY ->
          leaf.getType().name();
    };
  }

  private static Values values(SchemaElement leaf, PrimitiveTypeName type) {
    boolean decimal =
        leaf.isSetLogicalType() && leaf.getLogicalType().isSetDECIMAL() || leaf.isSetScale();
    int scale = leaf.isSetScale() ? leaf.getScale() : 0;
    return switch (type) {
      case INT32, INT64 -> new NumberValues(decimal ? scale : 0);
      case BOOLEAN, FLOAT, DOUBLE -> new NumberValues(0);
      case BINARY -> decimal ? new NumberValues(scale) : new TextValues();
      case FIXED_LEN_BYTE_ARRAY, INT96 -> {
        if (decimal && type == PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY) {
          yield new NumberValues(scale);
        }
        throw new DamagedParquet(
            "has the type " + type + ", which is not read", "Write numbers or texts.");
      }
    };
  }

  String name() {
    return name;
  }

  /**
   * Appends the rows of one row group.
   *
   * @param groupRows how many it must have
   * @param mostRows more in all are refused
   */
  void read(byte[] file, ColumnChunk chunk, long groupRows, long mostRows) {
    if (chunk.isSetFile_path()) {
      throw new DamagedParquet("lies in another file", "Write the table as one file.");
    }
    if (!chunk.isSetMeta_data()) {
      throw new DamagedParquet("is encrypted", "Write it unencrypted.");
    }
    long count = chunk.getMeta_data().getNum_values();
    rows += count;
    if (count != groupRows || count < 0 || rows > mostRows) {
      throw new DamagedParquet("has " + count + " values in a group of " + groupRows + " rows");
    }
    if (count == 0) {
      return;
    }
    ColumnReaderImpl reader =
        new ColumnReaderImpl(
            descriptor, new ParquetPages(file, chunk.getMeta_data()), values, writer);
    int present = descriptor.getMaxDefinitionLevel();
    for (long row = 0; row < count; row++) {
      if (reader.getCurrentDefinitionLevel() == present) {
        reader.writeCurrentValueToConverter();
      } else {
        values.addEmpty();
      }
      reader.consume();
    }
  }

  TableColumn build() {
    return values.build();
  }

  /** Where the decoders put values. */
  private abstract static class Values extends PrimitiveConverter {
    abstract void addEmpty();

    abstract TableColumn build();
  }

  private static final class NumberValues extends Values {
    private final TableColumn.NumbersBuilder builder = new TableColumn.NumbersBuilder();
    private final int scale;

    /**
     * @param scale decimal places of whole numbers
     */
    NumberValues(int scale) {
      this.scale = scale;
    }

    @Override
    public void addBoolean(boolean value) {
      builder.add(value ? 1 : 0);
    }

    @Override
    public void addInt(int value) {
      addLong(value);
    }

    @Override
    public void addLong(long value) {
      builder.add(scale == 0 ? value : BigDecimal.valueOf(value, scale).doubleValue());
    }

    @Override
    public void addFloat(float value) {
      builder.add(value);
    }

    @Override
    public void addDouble(double value) {
      builder.add(value);
    }

    @Override
    public void addBinary(Binary value) {
      builder.add(new BigDecimal(new BigInteger(value.getBytes()), scale).doubleValue());
    }

    @Override
    void addEmpty() {
      builder.add(Double.NaN);
    }

    @Override
    TableColumn build() {
      return builder.build();
    }
  }

  private static final class TextValues extends Values {
    private final TableColumn.TextsBuilder builder = new TableColumn.TextsBuilder();
    private int[] codes = new int[0];

    @Override
    public boolean hasDictionarySupport() {
      return true;
    }

    @Override
    public void setDictionary(Dictionary dictionary) {
      codes = new int[dictionary.getMaxId() + 1];
      for (int i = 0; i < codes.length; i++) {
        codes[i] = builder.code(dictionary.decodeToBinary(i).toStringUsingUTF8());
      }
    }

    @Override
    public void addValueFromDictionary(int entry) {
      builder.addCode(codes[entry]);
    }

    @Override
    public void addBinary(Binary value) {
      builder.add(value.toStringUsingUTF8());
    }

    @Override
    void addEmpty() {
      builder.add("");
    }

    @Override
    TableColumn build() {
      return builder.build();
    }
  }
}
