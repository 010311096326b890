using System.Buffers.Binary;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.S7comm;

/// <summary>How one item of a read or write went; the byte in front of its data.</summary>
internal static class ItemCode
{
    public const byte Reserved = 0x00, NotAllowed = 0x03, BadAddress = 0x05, TypeNotSupported = 0x06, TypeInconsistent = 0x07, NoObject = 0x0A, Done = 0xFF;
}

/// <summary>What one item of a read or write asks for (the ANY pointer: syntax 10), and where that is in the process image.</summary>
/// <remarks>12 0a 10, transport size, count (2), data block (2), area, address in bits (3): WIRE 3.4 and packet-s7comm.c.</remarks>
internal readonly record struct S7Item
{
    /// <summary>Of a specification: its first byte, its length, its syntax.</summary>
    private const byte VariableSpecification = 0x12, AnyLength = 10, AnySyntax = 0x10;

    /// <summary>Transport sizes of requests.</summary>
    private const byte Bit = 1, Byte = 2, Char = 3, Word = 4, Int = 5, DoubleWord = 6, DoubleInt = 7, Real = 8, Date = 9, TimeOfDay = 0x0A, Time = 0x0B, S5Time = 0x0C,
        DateAndTime = 0x0F, Counter = 0x1C, Timer = 0x1D, IecCounter = 0x1E, IecTimer = 0x1F;

    /// <summary>What becomes of it; <see cref="ItemCode.Done"/> while nothing speaks against it.</summary>
    public byte Code { get; private init; }

    public Area Area { get; private init; }

    /// <summary>The first byte in the area.</summary>
    public int Offset { get; private init; }

    /// <summary>The first bit in that byte; -1 for whole bytes.</summary>
    public int BitNumber { get; private init; }

    /// <summary>How many bytes its values take; 1 for a bit.</summary>
    public int Length { get; private init; }

    /// <summary>The transport size in front of the values in an answer: bits, bits of bytes, integers, reals, octets.</summary>
    public byte AnswerSize { get; private init; }

    /// <summary>As the request names it, for the event: area code, block, byte.</summary>
    public (byte Area, int Block, int Byte) Asked { get; private init; }

    /// <summary>The same in the PLC's terms, empty when it is nowhere.</summary>
    public AddressRange Range => Code != ItemCode.Done ? default
        : BitNumber >= 0 ? AddressRange.Of(new Address(Area, Width.Bit, Offset, BitNumber), 1)
        : MemoryMap.WordsOnly(Area) || (AnswerSize != 4 && Length % 2 == 0) ? AddressRange.Of(Address.WordAt(Area, Offset), Length / 2)
        : AddressRange.Of(new Address(Area, Width.Byte, Offset), Length);

    /// <summary>Takes one item off the front of <paramref name="specifications"/>.</summary>
    /// <returns>False when it is cut off: then the whole request is malformed.</returns>
    public static bool TryTake(ref ReadOnlySpan<byte> specifications, S7Memory memory, out S7Item item)
    {
        item = default;
        if (specifications.Length < 2 || specifications.Length < 2 + specifications[1]) return false;
        var length = 2 + specifications[1];
        var specification = specifications[..length];
        // Odd lengths are filled up, but for the last one (symbolic and NCK addresses).
        specifications = specifications[Math.Min(specifications.Length, length + (length & 1))..];
        item = specification[0] == VariableSpecification && specification[1] == AnyLength && specification[2] == AnySyntax
            ? Any(specification[3..], memory)
            : new S7Item { Code = ItemCode.TypeNotSupported, BitNumber = -1 };
        return true;
    }

    private static S7Item Any(ReadOnlySpan<byte> any, S7Memory memory)
    {
        var count = BinaryPrimitives.ReadUInt16BigEndian(any[1..]);
        var block = BinaryPrimitives.ReadUInt16BigEndian(any[3..]);
        var area = any[5];
        var address = any[6] << 16 | any[7] << 8 | any[8];
        var numbered = area is Counter or Timer or IecCounter or IecTimer; // counted in timers, not in bits
        var item = new S7Item
        {
            Code = ItemCode.Done,
            BitNumber = -1,
            Offset = numbered ? address * 2 : address >> 3,
            Asked = (area, block, numbered ? address : address >> 3),
        };
        var (size, answer) = Sizes(any[0]);
        if (size == 0) return item with { Code = ItemCode.TypeNotSupported };
        item = item with { Length = count * size, AnswerSize = answer };
        if (any[0] == Bit)
        {
            // More bits than one are no type of the CPU: TIA and WinCC ask for each by itself. [G]
            if (count != 1 || numbered) return item with { Code = ItemCode.TypeNotSupported };
            item = item with { BitNumber = address & 7 };
        }
        if (count == 0) return item with { Code = ItemCode.BadAddress };
        if (!memory.TryLocate(area, block, item.Offset, out var place, out var offset)) return item with { Code = memory.Knows(area) ? ItemCode.NoObject : ItemCode.BadAddress };
        item = item with { Area = place, Offset = offset };
        if (MemoryMap.WordsOnly(place) && (offset % 2 != 0 || item.Length % 2 != 0)) return item with { Code = ItemCode.BadAddress };
        return memory.Fits(place, block, area, offset, item.Length) ? item : item with { Code = ItemCode.BadAddress };
    }

    /// <summary>Bytes of one value, and the size code in an answer: 03 bit, 04 bytes (length in bits), 05 integers (in bits), 07 reals, 09 octets (in bytes).</summary>
    private static (int Bytes, byte Answer) Sizes(byte transport) => transport switch
    {
        Bit => (1, 3),
        Byte or Char => (1, 4),
        Word or DoubleWord => (transport == Word ? 2 : 4, 4),
        Int => (2, 5),
        DoubleInt => (4, 5),
        Real => (4, 7),
        Date or S5Time => (2, 4),
        TimeOfDay or Time => (4, 4),
        DateAndTime => (8, 4),
        Counter or Timer or IecCounter or IecTimer => (2, 9),
        _ => (0, 0),
    };
}
