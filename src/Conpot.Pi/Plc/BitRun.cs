namespace Conpot.Pi.Plc;

/// <summary>Runs of bits as Modbus packs them: the first bit of the run is bit 0 of the first packed byte.</summary>
/// <remarks>Modbus Application Protocol V1.1b3 §6.1. I0.0 is bit 0 of IB0 as well, so both sides count alike and a run is a shift.</remarks>
internal static class BitRun
{
    /// <summary>How many bytes <paramref name="count"/> packed bits need.</summary>
    public static int PackedBytes(int count) => (count + 7) / 8;

    /// <summary>Copies the run out of <paramref name="memory"/>; spare bits of the last packed byte are 0.</summary>
    public static void Take(ReadOnlySpan<byte> memory, int firstBit, int count, Span<byte> packed)
    {
        var (at, shift) = (firstBit >> 3, firstBit & 7);
        for (var i = 0; count > 0; i++, count -= 8)
        {
            var bits = memory[at + i] >> shift;
            // The second byte is touched only when the run really reaches into it: it may lie beyond the area.
            if (count > 8 - shift)
                bits |= memory[at + i + 1] << (8 - shift);
            packed[i] = (byte)(bits & Mask(count));
        }
    }

    /// <summary>Copies the packed bits into the run; neighbours keep their value. True when a bit changed.</summary>
    public static bool Put(Span<byte> memory, int firstBit, int count, ReadOnlySpan<byte> packed)
    {
        var (at, shift) = (firstBit >> 3, firstBit & 7);
        var changed = 0;
        for (var i = 0; count > 0; i++, count -= 8)
        {
            var mask = Mask(count) << shift;
            var bits = (packed[i] << shift) & mask;
            changed |= Merge(ref memory[at + i], bits, mask);
            if (mask > 0xFF)
                changed |= Merge(ref memory[at + i + 1], bits >> 8, mask >> 8);
        }
        return changed != 0;
    }

    private static int Mask(int count) => count >= 8 ? 0xFF : (1 << count) - 1;

    private static int Merge(ref byte cell, int bits, int mask)
    {
        var before = cell;
        cell = (byte)((before & ~mask) | (bits & mask));
        return before ^ cell;
    }
}
