package dev.rackplan.law;

/**
 * One call of one kernel, or of the few that engines run as one, on one GPU or between several: its
 * shape. The number formats belong to the {@link Setting} that it is priced in.
 */
public sealed interface Op
    permits Gemm,
        DecodeAttention,
        PrefillAttention,
        LatentDecode,
        LatentPrefill,
        HeadProduct,
        LatentDecodeBlock,
        LatentPrefillBlock,
        Experts,
        ExpertTransfer,
        Collective,
        Streaming {}
