using System.Diagnostics.CodeAnalysis;

namespace Conpot.Pi.Plc;

/// <summary>A run of addresses of one area and width, both ends in it: Q0.0..Q15.7, VW0..VW10238, or one address alone.</summary>
internal readonly record struct AddressRange
{
    private AddressRange(Address first, int count)
    {
        First = first;
        Count = count;
    }

    public Address First { get; }

    /// <summary>How many addresses; a default range has none.</summary>
    public int Count { get; }

    public Address Last => this[Count - 1];

    public Area Area => First.Area;

    public Width Width => First.Width;

    /// <summary>How many whole bytes it covers, from <see cref="First"/>'s byte on.</summary>
    public int Bytes => Width == Width.Bit ? (First.Bit + Count + 7) / 8 : Count * First.Bytes;

    /// <summary>The address at a place, 0 being the first: bits follow each other, words step by two bytes.</summary>
    public Address this[int index] => Width == Width.Bit
        ? Address.BitAt(Area, First.BitIndex + index)
        : First with { Offset = First.Offset + index * First.Bytes };

    /// <summary>A run of <paramref name="count"/> addresses; the caller vouches that it fits.</summary>
    public static AddressRange Of(Address first, int count) => new(first, count);

    /// <summary>Whether the two share a bit.</summary>
    public bool Overlaps(AddressRange other) => Area == other.Area && BitSpan is var (from, to) && other.BitSpan is var (otherFrom, otherTo) && from < otherTo && otherFrom < to;

    /// <summary>From the first bit to behind the last, counted from the start of the area.</summary>
    private (int From, int To) BitSpan => Width == Width.Bit ? (First.BitIndex, First.BitIndex + Count) : (First.Offset * 8, (First.Offset + Bytes) * 8);

    public static bool TryParse([NotNullWhen(true)] string? text, out AddressRange value, out string problem)
    {
        value = default;
        var whole = text.AsSpan().Trim();
        var dots = whole.IndexOf("..", StringComparison.Ordinal);
        if (dots < 0)
        {
            if (!AddressText.TryParse(whole, out var only, out problem))
                return false;
            value = new AddressRange(only, 1);
            return true;
        }
        if (!AddressText.TryParse(whole[..dots], out var first, out problem) || !AddressText.TryParse(whole[(dots + 2)..], out var last, out problem))
            return false;
        if (first.Area != last.Area || first.Width != last.Width)
        {
            problem = $"'{whole}' joins {first} and {last}, which are not of one kind; write both ends alike, as in VW0..VW98";
            return false;
        }
        var distance = first.IsBit ? last.BitIndex - first.BitIndex : last.Offset - first.Offset;
        var stride = first.IsBit ? 1 : first.Bytes;
        if (distance < 0)
        {
            problem = $"'{whole}' runs backwards; write {last}..{first}";
            return false;
        }
        if (distance % stride != 0)
        {
            problem = $"'{whole}' ends inside its last element, which steps by {stride} bytes; end it at {last with { Offset = last.Offset - distance % stride }}";
            return false;
        }
        value = new AddressRange(first, distance / stride + 1);
        return true;
    }

    public override string ToString() => Count switch
    {
        0 => "(empty)",
        1 => First.ToString(),
        _ => $"{First}..{Last}",
    };
}
