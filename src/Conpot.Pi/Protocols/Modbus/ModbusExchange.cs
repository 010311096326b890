using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.Modbus;

/// <summary>What a request asked for and what became of it: the description that goes into the event.</summary>
internal ref struct ModbusExchange
{
    /// <param name="scratch">Room for the values before and after a write: 2 x 256 bytes.</param>
    public ModbusExchange(Span<byte> scratch)
    {
        Before = scratch[..256];
        After = scratch[256..];
    }

    public byte Unit { get; set; }

    public byte Function { get; set; }

    /// <summary>0 when it was done.</summary>
    public byte Exception { get; set; }

    /// <summary>Why no reply leaves, or null.</summary>
    public string? Unanswered { get; set; }

    /// <summary>The first PDU address asked for; -1 when the request did not get that far.</summary>
    public int From { get; set; } = -1;

    /// <summary>How many coils or registers were asked for, as the request says; -1 when it says nothing.</summary>
    public int Count { get; set; } = -1;

    /// <summary>The same in the PLC's own terms; empty when there is no such memory.</summary>
    public AddressRange Range { get; set; }

    /// <summary>A write was carried out: <see cref="Before"/> and <see cref="After"/> hold its values.</summary>
    public bool Written { get; set; }

    /// <summary>Registers big-endian, or coils packed with the first in bit 0.</summary>
    public Span<byte> Before { get; }

    public Span<byte> After { get; }

    /// <summary>How many values were written; for FC 23 it differs from <see cref="Count"/>, which is the read's.</summary>
    public int WrittenCount { get; set; }

    public AddressRange WrittenRange { get; set; }
}
