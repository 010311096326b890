using System.Diagnostics.CodeAnalysis;

namespace Conpot.Pi.Plc;

/// <summary>One place in the process image, as a PLC programmer writes it: I0.3, QB1, VW100, AIW4, T37.</summary>
/// <param name="Offset">The first byte; for T and C twice their number.</param>
/// <param name="Bit">0..7 for a bit, else 0.</param>
internal readonly record struct Address(Area Area, Width Width, int Offset, int Bit = 0)
{
    /// <summary>The bit counted from the start of the area, as <see cref="ProcessImage"/> counts bit runs.</summary>
    public int BitIndex => Offset * 8 + Bit;

    /// <summary>How many bytes it covers (1 for a bit).</summary>
    public int Bytes => MemoryMap.Bytes(Width);

    public bool IsBit => Width == Width.Bit;

    public static Address BitAt(Area area, int bitIndex) => new(area, Width.Bit, bitIndex >> 3, bitIndex & 7);

    public static Address WordAt(Area area, int offset) => new(area, Width.Word, offset);

    /// <summary>Whether the two share a bit.</summary>
    public bool Overlaps(Address other)
    {
        if (Area != other.Area)
            return false;
        if (IsBit && other.IsBit)
            return BitIndex == other.BitIndex;
        return Offset < other.Offset + other.Bytes && other.Offset < Offset + Bytes;
    }

    public static bool TryParse([NotNullWhen(true)] string? text, out Address value, out string problem) =>
        AddressText.TryParse(text.AsSpan(), out value, out problem);

    public override string ToString() => AddressText.Print(this);
}
