"""Writes the Parquet tables beside this file, with invented numbers; needs pyarrow (26.0.1 wrote these)."""
import decimal
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq

HERE = pathlib.Path(__file__).parent
ROWS = range(300)

TABLE = pa.table(
    {
        "framework": pa.array(["SGLang"] * 300),
        "version": pa.array(["0.5.10" if i < 150 else "0.5.14" for i in ROWS]),
        "device": pa.array(["NVIDIA H100 80GB HBM3"] * 300),
        "gemm_dtype": pa.array([["bfloat16", "fp8", None][i % 3] for i in ROWS]),
        "kernel_name": pa.array([f"kernel µ{i}" for i in ROWS]),
        "m": pa.array([1 << (i % 40) for i in ROWS], pa.int64()),
        "n": pa.array([1000 + i for i in ROWS], pa.int32()),
        "k": pa.array([(7 * i) % 251 for i in ROWS], pa.uint8()),
        "latency": pa.array([None if i % 50 == 49 else 0.001 * (i + 1) for i in ROWS]),
        "share": pa.array([i / 4 for i in ROWS], pa.float32()),
        "current": pa.array([i % 2 == 0 for i in ROWS]),
        "price": pa.array([decimal.Decimal(i) / 100 for i in ROWS], pa.decimal128(9, 2)),
        "note": pa.array([None] * 300, pa.string()),
    }
)


def write(name, table=TABLE, **options):
    pq.write_table(table, HERE / f"{name}.parquet", row_group_size=200, **options)


write("zstd", compression="zstd")
write("snappy-v2", compression="snappy", data_page_version="2.0")
write("lz4", compression="lz4", data_page_size=256)
write("gzip", compression="gzip")
write("plain", compression="none", use_dictionary=False)
write(
    "delta",
    compression="zstd",
    use_dictionary=False,
    data_page_version="2.0",
    column_encoding={
        "framework": "DELTA_LENGTH_BYTE_ARRAY",
        "kernel_name": "DELTA_BYTE_ARRAY",
        "m": "DELTA_BINARY_PACKED",
        "latency": "BYTE_STREAM_SPLIT",
        "share": "BYTE_STREAM_SPLIT",
        "current": "RLE",
    },
)
write("brotli", compression="brotli")
write("lists", table=pa.table({"latency": pa.array([[0.5], [1.0, 2.0]])}))
write("hours", table=pa.table({"latency": pa.array([1], pa.timestamp("ns"))}), use_deprecated_int96_timestamps=True)
write("no-rows", table=TABLE.slice(0, 0))
