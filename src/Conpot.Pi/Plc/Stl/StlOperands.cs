using System.Buffers.Binary;
using System.Globalization;

namespace Conpot.Pi.Plc.Stl;

/// <summary>Operands to cells: addresses, accumulators, local memory and constants.</summary>
internal sealed class StlOperands(int vMemory)
{
    /// <summary>SM0.0 to SM29.7 are the CPU's: System Manual, appendix D.</summary>
    private const int ReadOnlySpecial = 30;

    private readonly List<byte> _constants = [];
    private readonly Dictionary<(Width, uint), Cell> _known = [];

    /// <summary>Which block's local memory L means.</summary>
    public int Frame { get; set; }

    public byte[] Constants => [.. _constants];

    public bool TryCell(string text, OperandKind kind, out Cell cell, out string problem)
    {
        cell = default;
        problem = "";
        if (text.Length == 0)
        {
            problem = $"an operand is missing; {Example(kind)}";
            return false;
        }
        if (text[0] is '&' or '*')
        {
            problem = $"'{text}' is a pointer, which this dialect does not support; write the address itself, such as VW100";
            return false;
        }
        if (char.IsAsciiDigit(text[0]) || text[0] is '+' or '-' or '\'' or '.' || text.Contains('#', StringComparison.Ordinal))
            return IsReading(kind) ? TryConstant(text, kind, out cell, out problem) : Fail($"{text} is a constant, and an address is wanted; {Example(kind)}", out problem);
        var width = WidthOf(kind);
        if (TryOwn(text, width, ref cell, out var own, out problem))
            return problem.Length == 0 && (own == width || Fail($"{text} is a {Name(own)}, and a {Name(width)} is wanted; {Example(kind)}", out problem));
        if (char.ToUpperInvariant(text[0]) == 'S' && text.Length > 1 && (char.IsAsciiDigit(text[1]) || text[1] is 'B' or 'W' or 'D' or 'b' or 'w' or 'd'))
            return Fail($"'{text}' is a sequence relay, which this dialect does not support; use an M bit", out problem);
        return Address.TryParse(text, out var address, out problem) && TryAddress(address, kind, out cell, out problem);
    }

    private bool TryAddress(Address address, OperandKind kind, out Cell cell, out string problem)
    {
        cell = default;
        if (!MemoryMap.Fits(address, vMemory))
            return Fail($"{address} is beyond the V memory of this CPU (VB0..VB{vMemory - 1})", out problem);
        var width = WidthOf(kind);
        var status = address.Area is Area.T or Area.C && width == Width.Bit;
        if (!status && address.Width != width)
            return Fail($"{address} is a {Name(address.Width)}, and a {Name(width)} is wanted; {Example(kind)}", out problem);
        if (kind == OperandKind.InputBit && address.Area != Area.I)
            return Fail($"{address} is no input, and an immediate contact asks one; write I0.0, or leave out the I of the mnemonic", out problem);
        if (kind == OperandKind.OutputBit && address.Area != Area.Q)
            return Fail($"{address} is no output, and an immediate coil sets one; write Q0.0, or leave out the I of the mnemonic", out problem);
        if (!IsReading(kind) && address.Area == Area.AI)
            return Fail($"{address} is an input and cannot be written; write to V or AQ", out problem);
        if (!IsReading(kind) && address is { Area: Area.SM, Offset: < ReadOnlySpecial })
            return Fail($"{address} belongs to the CPU itself (SM0.0..SM29.7); write to M or V", out problem);
        cell = status
            ? new Cell((byte)address.Area, (byte)(address.Offset / 2 & 7), MemoryMap.StatusBits + address.Offset / 16)
            : new Cell((byte)address.Area, (byte)address.Bit, address.Offset);
        problem = "";
        return true;
    }

    /// <summary>AC0..AC3 and L; true when the text is one of these, right or wrong.</summary>
    private bool TryOwn(string text, Width wanted, ref Cell cell, out Width width, out string problem)
    {
        problem = "";
        width = wanted;
        if (text.Length > 2 && text.StartsWith("AC", StringComparison.OrdinalIgnoreCase) && char.IsAsciiDigit(text[2]))
        {
            // A byte or a word of an accumulator is its lowest one: System Manual, "Accumulators: AC".
            if (text.Length != 3 || text[2] > '3')
                problem = $"'{text}' is no accumulator; there are AC0..AC3";
            else if (wanted == Width.Bit)
                problem = $"{text} is an accumulator and has no bits to name; use an M or V bit";
            else
                cell = new Cell(Cell.Own, 0, (text[2] - '0') * 4 + 4 - MemoryMap.Bytes(wanted));
            return true;
        }
        if (text.Length < 2 || text[0] is not ('L' or 'l') || !(char.IsAsciiDigit(text[1]) || text[1] is 'B' or 'W' or 'D' or 'b' or 'w' or 'd'))
            return false;
        // Spelt as M is.
        if (!Address.TryParse($"V{text[1..]}", out var address, out _) || address.Offset + address.Bytes > Cell.LocalBytes)
            problem = $"'{text}' is not in the local memory of a block (LB0..LB{Cell.LocalBytes - 1}, L0.0..L{Cell.LocalBytes - 1}.7)";
        width = address.Width;
        cell = new Cell(Cell.Own, (byte)address.Bit, Cell.Accumulators + Frame * Cell.LocalBytes + address.Offset);
        return true;
    }

    private bool TryConstant(string text, OperandKind kind, out Cell cell, out string problem)
    {
        cell = default;
        var width = WidthOf(kind);
        if (width == Width.Bit)
            return Fail($"{text} is a constant, and a bit is wanted; SM0.0 is always on", out problem);
        if (!TryNumber(text, kind, out var number))
        {
            var form = kind == OperandKind.RealIn ? "write a real number with its point, such as 3.5" : "write a number such as 100, -5, 16#FF, 2#1010 or 'A'";
            return Fail($"{text} is no constant for a {(kind == OperandKind.RealIn ? "real" : Name(width))}; {form}", out problem);
        }
        var (lowest, highest) = kind == OperandKind.Count ? (1L, 255L) : width switch
        {
            Width.Byte => (sbyte.MinValue, byte.MaxValue),
            Width.Word => (short.MinValue, ushort.MaxValue),
            _ => (int.MinValue, (long)uint.MaxValue),
        };
        if (number < lowest || number > highest)
            return Fail($"{text} does not fit; allowed: {lowest}..{highest}", out problem);
        problem = "";
        var bits = unchecked((uint)number);
        if (!_known.TryGetValue((width, bits), out cell))
        {
            Span<byte> bytes = stackalloc byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(bytes, bits);
            cell = _known[(width, bits)] = new Cell(Cell.Constants, 0, _constants.Count);
            _constants.AddRange(bytes[(4 - MemoryMap.Bytes(width))..]);
        }
        return true;
    }

    private static bool TryNumber(string text, OperandKind kind, out long number)
    {
        number = 0;
        if (text is ['\'', .., '\''] && kind != OperandKind.RealIn)
        {
            var letters = text.AsSpan(1, Math.Max(0, text.Length - 2));
            foreach (var letter in letters)
                number = number * 256 + (letter & 0xFF);
            return letters.Length is 1 or 2 or 4 && !letters.ContainsAnyExceptInRange(' ', '~');
        }
        var hash = text.IndexOf('#', StringComparison.Ordinal);
        if (hash >= 0)
        {
            var digits = text.AsSpan(hash + 1);
            return text[..hash] switch
            {
                "16" => digits.Length is > 0 and <= 8 && long.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number),
                "2" => digits.Length is > 0 and <= 32 && long.TryParse(digits, NumberStyles.AllowBinarySpecifier, CultureInfo.InvariantCulture, out number),
                _ => false,
            };
        }
        var isReal = text.Contains('.', StringComparison.Ordinal);
        if (isReal && kind is (OperandKind.RealIn or OperandKind.DoubleIn))
        {
            if (!float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) || !float.IsFinite(real))
                return false;
            number = BitConverter.SingleToUInt32Bits(real);
            return true;
        }
        return kind != OperandKind.RealIn && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
    }

    private static bool IsReading(OperandKind kind) =>
        kind is OperandKind.BitIn or OperandKind.InputBit or OperandKind.ByteIn or OperandKind.WordIn or OperandKind.DoubleIn or OperandKind.RealIn or OperandKind.Count;

    private static Width WidthOf(OperandKind kind) => kind switch
    {
        OperandKind.BitIn or OperandKind.BitOut or OperandKind.InputBit or OperandKind.OutputBit => Width.Bit,
        OperandKind.ByteIn or OperandKind.ByteOut or OperandKind.Count => Width.Byte,
        OperandKind.WordIn or OperandKind.WordOut => Width.Word,
        _ => Width.Double,
    };

    private static string Name(Width width) => width switch { Width.Bit => "bit", Width.Byte => "byte", Width.Word => "word", _ => "double word" };

    private static string Example(OperandKind kind) => kind switch
    {
        OperandKind.OutputBit => "write for example Q0.0",
        OperandKind.Count => "write a number from 1 to 255",
        OperandKind.Timer => "write for example T37",
        OperandKind.Counter => "write for example C1",
        OperandKind.Label => "write a number from 0 to 255",
        OperandKind.Level => "write a number from 0 to 8",
        OperandKind.Block => "write for example SBR0",
        _ => WidthOf(kind) switch
        {
            Width.Bit => "write for example I0.0, M1.2 or T37",
            Width.Byte => "write for example VB10",
            Width.Word => "write for example VW10, AC0 or T37",
            _ => "write for example VD10 or AC0",
        },
    };

    private static bool Fail(string what, out string problem)
    {
        problem = what;
        return false;
    }
}
