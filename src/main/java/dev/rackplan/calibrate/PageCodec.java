package dev.rackplan.calibrate;

import io.airlift.compress.Decompressor;
import io.airlift.compress.lz4.Lz4Decompressor;
import io.airlift.compress.snappy.SnappyDecompressor;
import io.airlift.compress.zstd.ZstdDecompressor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.zip.GZIPInputStream;
import org.apache.parquet.format.CompressionCodec;

/** Unpacks the pages of a column. */
@FunctionalInterface
interface PageCodec {
  /**
   * The {@code size} bytes that {@code length} packed ones stand for.
   *
   * @throws DamagedParquet where they are another number
   */
  byte[] unpack(byte[] packed, int offset, int length, int size) throws IOException;

  /** The codec that a column is packed with. */
  static PageCodec of(CompressionCodec codec) {
    return switch (codec) {
      case UNCOMPRESSED -> PageCodec::copy;
      case SNAPPY -> with(new SnappyDecompressor());
      case ZSTD -> with(new ZstdDecompressor());
      case LZ4_RAW -> with(new Lz4Decompressor());
      case GZIP -> PageCodec::gunzip;
      case LZO, BROTLI, LZ4 ->
          throw new DamagedParquet(
              "is packed with " + codec + ", which is not read",
              "Write it with zstd, snappy, gzip or no compression.");
    };
  }

  private static byte[] copy(byte[] packed, int offset, int length, int size) {
    if (length != size) {
      throw wrongSize(length, size);
    }
    return java.util.Arrays.copyOfRange(packed, offset, offset + length);
  }

  private static PageCodec with(Decompressor decompressor) {
    return (packed, offset, length, size) -> {
      byte[] bytes = new byte[size];
      int count = size == 0 ? 0 : decompressor.decompress(packed, offset, length, bytes, 0, size);
      if (count != size) {
        throw wrongSize(count, size);
      }
      return bytes;
    };
  }

  private static byte[] gunzip(byte[] packed, int offset, int length, int size) throws IOException {
    try (GZIPInputStream in =
        new GZIPInputStream(new ByteArrayInputStream(packed, offset, length))) {
      byte[] bytes = in.readNBytes(size);
      if (bytes.length != size) {
        throw wrongSize(bytes.length, size);
      }
      return bytes;
    }
  }

  private static DamagedParquet wrongSize(int count, int size) {
    return new DamagedParquet("has a page of " + count + " bytes that says " + size);
  }
}
