using Conpot.Pi.Events;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.S7comm;

/// <summary>What a PDU asked for and what became of it: the description that goes into the event.</summary>
internal ref struct S7Exchange
{
    /// <summary>Ranges kept; a CPU takes 20 items in a job.</summary>
    public const int MostItems = 20;

    private readonly Span<AddressRange> _ranges;

    /// <param name="values">Room for the bytes before and after a write: 2 x 512.</param>
    /// <param name="ranges">Room for <see cref="MostItems"/>.</param>
    public S7Exchange(Span<byte> values, Span<AddressRange> ranges)
    {
        Before = values[..512];
        After = values[512..];
        _ranges = ranges;
    }

    /// <summary>What was wanted.</summary>
    public EventKind Kind { get; set; } = S7commEvents.Unknown;

    /// <summary>"read var", "PLC stop" ...: a literal.</summary>
    public ReadOnlySpan<byte> Operation { get; set; }

    /// <summary>Error class and code of the answer, or the first item's code that is no success; 0 when all was done.</summary>
    public ushort Error { get; set; }

    /// <summary>Why no answer leaves, or null.</summary>
    public string? Unanswered { get; set; }

    /// <summary>How many items were asked for; -1 for what has none.</summary>
    public int Items { get; set; } = -1;

    /// <summary>Bytes before and after a write, all items one behind the other.</summary>
    public Span<byte> Before { get; }

    public Span<byte> After { get; }

    public int Written { get; private set; }

    /// <summary>SZL id and index; -1 when it is no such request.</summary>
    public int SzlId { get; set; } = -1;

    public int SzlIndex { get; set; } = -1;

    /// <summary>What else a person should know, in words of ours: a block's name, a file of the state directory.</summary>
    public string? Note { get; set; }

    /// <summary>The block it is about.</summary>
    public S7BlockName? Block { get; set; }

    /// <summary>Of a whole downloaded block: its SHA-256 in hexadecimal, its length, and the file that keeps it.</summary>
    public string? Sha256 { get; set; }

    public int Bytes { get; set; } = -1;

    public string? File { get; set; }

    /// <summary>How much longer than usual the device takes.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Text that the client sent (a password, a service's name): a stranger's.</summary>
    public ReadOnlySpan<byte> Said { get; set; }

    /// <summary>Where it was, in the PLC's terms; items that are nowhere are left out.</summary>
    public readonly ReadOnlySpan<AddressRange> Ranges => _ranges[..RangeCount];

    private int RangeCount { get; set; }

    public void Add(AddressRange range)
    {
        if (range.Count > 0 && RangeCount < _ranges.Length) _ranges[RangeCount++] = range;
    }

    /// <summary>Room for the bytes of one written item, before and after; what is more than the event takes is not kept.</summary>
    public void Write(scoped ReadOnlySpan<byte> before, scoped ReadOnlySpan<byte> after)
    {
        var length = Math.Min(before.Length, Before.Length - Written);
        before[..length].CopyTo(Before[Written..]);
        after[..length].CopyTo(After[Written..]);
        Written += length;
    }

    /// <summary>The first thing that went wrong stays.</summary>
    public void Fail(ushort error)
    {
        if (Error == 0) Error = error;
    }
}
