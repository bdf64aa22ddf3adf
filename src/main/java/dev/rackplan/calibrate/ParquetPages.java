package dev.rackplan.calibrate;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.page.DataPage;
import org.apache.parquet.column.page.DataPageV1;
import org.apache.parquet.column.page.DataPageV2;
import org.apache.parquet.column.page.DictionaryPage;
import org.apache.parquet.column.page.PageReader;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.DataPageHeader;
import org.apache.parquet.format.DataPageHeaderV2;
import org.apache.parquet.format.DictionaryPageHeader;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.Util;

/**
 * The pages of one column of one row group, unpacked as they are asked for.
 *
 * <p>Parquet's own reader of files needs Hadoop (decision 0020); its decoders of pages, which this
 * feeds, do not.
 */
final class ParquetPages implements PageReader {
  private static final int MOST_PAGE_BYTES = 1 << 28;

  private final byte[] file;
  private final PageCodec codec;
  private final long values;
  private final int end;
  private int at;
  private long read;

  /**
   * @param file the whole file
   * @throws DamagedParquet where the column does not lie in the file
   */
  ParquetPages(byte[] file, ColumnMetaData column) {
    long begin = column.getData_page_offset();
    if (column.isSetDictionary_page_offset() && column.getDictionary_page_offset() > 0) {
      begin = Math.min(begin, column.getDictionary_page_offset());
    }
    long size = column.getTotal_compressed_size();
    if (begin < 0 || size < 0 || begin > file.length || size > file.length - begin) {
      throw new DamagedParquet(
          "says that it lies at " + begin + " with " + size + " bytes, outside of the file");
    }
    this.file = file;
    this.codec = PageCodec.of(column.getCodec());
    this.values = column.getNum_values();
    this.at = (int) begin;
    this.end = (int) (begin + size);
  }

  @Override
  public long getTotalValueCount() {
    return values;
  }

  @Override
  public DictionaryPage readDictionaryPage() {
    int before = at;
    try {
      PageHeader header = header();
      if (!header.isSetDictionary_page_header()) {
        at = before;
        return null;
      }
      DictionaryPageHeader dictionary = header.getDictionary_page_header();
      byte[] bytes = unpack(header.getCompressed_page_size(), header.getUncompressed_page_size());
      // An entry has a byte at least, except booleans, which have no dictionary.
      if (dictionary.getNum_values() < 0 || dictionary.getNum_values() > bytes.length) {
        throw new DamagedParquet(
            "has a dictionary of "
                + bytes.length
                + " bytes for "
                + dictionary.getNum_values()
                + " values");
      }
      return new DictionaryPage(
          BytesInput.from(bytes), dictionary.getNum_values(), encoding(dictionary.getEncoding()));
    } catch (IOException e) {
      throw DamagedParquet.ofDecoder();
    }
  }

  @Override
  public DataPage readPage() {
    try {
      while (at < end && read < values) {
        PageHeader header = header();
        if (header.isSetData_page_header()) {
          return firstVersion(header, header.getData_page_header());
        }
        if (header.isSetData_page_header_v2()) {
          return secondVersion(header, header.getData_page_header_v2());
        }
        // An index page, or what is yet to be invented.
        at += packedSize(header.getCompressed_page_size());
      }
    } catch (IOException e) {
      throw DamagedParquet.ofDecoder();
    }
    throw new DamagedParquet("ends after " + read + " of " + values + " values");
  }

  private DataPage firstVersion(PageHeader header, DataPageHeader page) throws IOException {
    count(page.getNum_values());
    byte[] bytes = unpack(header.getCompressed_page_size(), header.getUncompressed_page_size());
    return new DataPageV1(
        BytesInput.from(bytes),
        page.getNum_values(),
        bytes.length,
        null,
        encoding(page.getRepetition_level_encoding()),
        encoding(page.getDefinition_level_encoding()),
        encoding(page.getEncoding()));
  }

  private DataPage secondVersion(PageHeader header, DataPageHeaderV2 page) throws IOException {
    count(page.getNum_values());
    int repetition = page.getRepetition_levels_byte_length();
    int definition = page.getDefinition_levels_byte_length();
    long packed = header.getCompressed_page_size() - (long) repetition - definition;
    long plain = header.getUncompressed_page_size() - (long) repetition - definition;
    if (repetition < 0 || definition < 0 || packed < 0 || plain < 0) {
      throw new DamagedParquet("has a page whose levels are longer than it is");
    }
    packedSize(header.getCompressed_page_size());
    BytesInput repetitions = BytesInput.from(file, at, repetition);
    BytesInput definitions = BytesInput.from(file, at + repetition, definition);
    at += repetition + definition;
    byte[] bytes;
    if (page.isSetIs_compressed() && !page.isIs_compressed()) {
      bytes = java.util.Arrays.copyOfRange(file, at, at + (int) packed);
      at += (int) packed;
    } else {
      bytes = unpack((int) packed, (int) plain);
    }
    return DataPageV2.uncompressed(
        page.getNum_rows(),
        page.getNum_nulls(),
        page.getNum_values(),
        repetitions,
        definitions,
        encoding(page.getEncoding()),
        BytesInput.from(bytes),
        null);
  }

  private PageHeader header() throws IOException {
    ByteArrayInputStream in = new ByteArrayInputStream(file, at, end - at);
    PageHeader header = Util.readPageHeader(in);
    at = end - in.available();
    return header;
  }

  private void count(int pageValues) {
    if (pageValues < 0 || pageValues > values - read) {
      throw new DamagedParquet(
          "has a page of " + pageValues + " values where " + (values - read) + " are left");
    }
    read += pageValues;
  }

  private byte[] unpack(int packed, int plain) throws IOException {
    packedSize(packed);
    if (plain < 0 || plain > MOST_PAGE_BYTES) {
      throw new DamagedParquet("has a page of " + plain + " bytes");
    }
    byte[] bytes = codec.unpack(file, at, packed, plain);
    at += packed;
    return bytes;
  }

  private int packedSize(int packed) {
    if (packed < 0 || packed > end - at) {
      throw new DamagedParquet(
          "has a page of " + packed + " bytes where " + (end - at) + " are left");
    }
    return packed;
  }

  private static Encoding encoding(org.apache.parquet.format.Encoding encoding) {
    try {
      return Encoding.valueOf(encoding.name());
    } catch (IllegalArgumentException e) {
      throw new DamagedParquet("has the encoding " + encoding + ", which is not read");
    }
  }
}
