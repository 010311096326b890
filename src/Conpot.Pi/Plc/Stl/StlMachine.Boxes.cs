namespace Conpot.Pi.Plc.Stl;

internal sealed partial class StlMachine
{
    private const int ZeroBit = 0x01, OverflowBit = 0x02, NegativeBit = 0x04, DivideByZeroBit = 0x08;

    /// <summary>One box whose input is on; false when it failed and its ENO is off.</summary>
    /// <remarks>System Manual, "SIMATIC Integer Math": with SM1.1 the operands are not altered and SM1.0 and SM1.2 mean nothing; with SM1.3 nothing else changes.</remarks>
    private bool Box(in Instruction i)
    {
        var width = i.Width;
        switch (i.Op)
        {
            case Op.Set or Op.Reset: Run(i.A, Load(i.B, Width.Byte), i.Op == Op.Set); return true;
            case Op.Move: Store(i.B, width, Load(i.A, width)); return true;
            case Op.MoveBlock: return MoveBlock(i);
            case Op.Add: return Whole(i.B, width, (long)Load(i.B, width) + Load(i.A, width));
            case Op.Subtract: return Whole(i.B, width, (long)Load(i.B, width) - Load(i.A, width));
            case Op.Multiply: return Whole(i.B, width, (long)Load(i.B, width) * Load(i.A, width));
            case Op.Divide: return Divisible(Load(i.A, width) != 0) && Whole(i.B, width, (long)Load(i.B, width) / Load(i.A, width));
            case Op.MultiplyWide: return Whole(i.B, Width.Double, (long)Word(LowWord(i.B)) * Word(i.A));
            case Op.DivideWide: return Divisible(Word(i.A) != 0) && DivideWide(i.B, Word(LowWord(i.B)), Word(i.A));
            case Op.Increment: return Step(i.A, width, 1);
            case Op.Decrement: return Step(i.A, width, -1);
            case Op.AddReal: return Whole(i.B, Real(i.B) + Real(i.A));
            case Op.SubtractReal: return Whole(i.B, Real(i.B) - Real(i.A));
            case Op.MultiplyReal: return Whole(i.B, Real(i.B) * Real(i.A));
            case Op.DivideReal: return Divisible(Real(i.A) != 0) && Whole(i.B, Real(i.B) / Real(i.A));
            case Op.SquareRoot: return Whole(i.B, MathF.Sqrt(Real(i.A)));
            case Op.AndWord: return Logic(i.B, width, Load(i.B, width) & Load(i.A, width));
            case Op.OrWord: return Logic(i.B, width, Load(i.B, width) | Load(i.A, width));
            case Op.XorWord: return Logic(i.B, width, Load(i.B, width) ^ Load(i.A, width));
            case Op.Invert: return Logic(i.A, width, ~Load(i.A, width));
            case Op.ShiftRight or Op.ShiftLeft or Op.RotateRight or Op.RotateLeft: return Shift(i);
            case Op.ByteToInteger: Store(i.B, Width.Word, Load(i.A, Width.Byte)); return true;
            case Op.IntegerToByte: return Converted(i.B, Width.Byte, Word(i.A), byte.MinValue, byte.MaxValue);
            case Op.IntegerToDouble: Store(i.B, Width.Double, Word(i.A)); return true;
            case Op.DoubleToInteger: return Converted(i.B, Width.Word, Load(i.A, Width.Double), short.MinValue, short.MaxValue);
            case Op.DoubleToReal: Store(i.B, Width.Double, BitConverter.SingleToInt32Bits(Load(i.A, Width.Double))); return true;
            case Op.Round: return Converted(i.B, Width.Double, Math.Round((double)Real(i.A), MidpointRounding.AwayFromZero), int.MinValue, int.MaxValue);
            case Op.Truncate: return Converted(i.B, Width.Double, Math.Truncate((double)Real(i.A)), int.MinValue, int.MaxValue);
            default: return true;
        }
    }

    private static Cell LowWord(Cell cell) => cell with { Offset = cell.Offset + 2 };

    private void Flags(int mask, int bits)
    {
        ref var status = ref _memory[(int)Area.SM][1];
        var before = status;
        status = (byte)(before & ~mask | bits);
        _changed |= status != before;
    }

    private bool Whole(Cell cell, Width width, long value)
    {
        if (value != (width == Width.Word ? (short)value : (int)value))
        {
            Flags(OverflowBit, OverflowBit);
            return false;
        }
        Store(cell, width, (int)value);
        Flags(ZeroBit | OverflowBit | NegativeBit, (value == 0 ? ZeroBit : 0) | (value < 0 ? NegativeBit : 0));
        return true;
    }

    private bool Whole(Cell cell, float value)
    {
        if (!float.IsFinite(value))
        {
            Flags(OverflowBit, OverflowBit);
            return false;
        }
        Store(cell, Width.Double, BitConverter.SingleToInt32Bits(value));
        Flags(ZeroBit | OverflowBit | NegativeBit, (value == 0 ? ZeroBit : 0) | (value < 0 ? NegativeBit : 0));
        return true;
    }

    private bool Divisible(bool divisible)
    {
        Flags(DivideByZeroBit, divisible ? 0 : DivideByZeroBit);
        return divisible;
    }

    /// <summary>The quotient into the low word, the rest into the high one.</summary>
    private bool DivideWide(Cell cell, int dividend, int divisor)
    {
        if (!Whole(LowWord(cell), Width.Word, dividend / divisor))
            return false;
        Store(cell, Width.Word, dividend % divisor);
        return true;
    }

    /// <summary>INC and DEC go round at the ends, bytes from 255 to 0, words and double words from the largest to the least.</summary>
    private bool Step(Cell cell, Width width, int by)
    {
        var value = (long)Load(cell, width) + by;
        var kept = width switch { Width.Byte => (byte)value, Width.Word => (short)value, _ => (int)value };
        Store(cell, width, kept);
        Flags(ZeroBit | OverflowBit | NegativeBit, (kept == 0 ? ZeroBit : 0) | (kept != value ? OverflowBit : 0) | (kept < 0 ? NegativeBit : 0));
        return kept == value;
    }

    private bool Logic(Cell cell, Width width, int value)
    {
        Store(cell, width, width == Width.Byte ? (byte)value : value);
        Flags(ZeroBit, Load(cell, width) == 0 ? ZeroBit : 0);
        return true;
    }

    private bool Converted(Cell cell, Width width, double value, double lowest, double highest)
    {
        var fits = value >= lowest && value <= highest;
        Flags(OverflowBit, fits ? 0 : OverflowBit);
        if (fits)
            Store(cell, width, (int)value);
        return fits;
    }

    /// <summary>SM1.1 is the last bit that went out. A shift goes as far as the operand is wide at most; a rotation by all of it is none.</summary>
    private bool Shift(in Instruction i)
    {
        var bits = 8 * MemoryMap.Bytes(i.Width);
        var mask = bits == 32 ? uint.MaxValue : (1u << bits) - 1;
        var value = (uint)Load(i.A, i.Width) & mask;
        int count = Load(i.B, Width.Byte);
        var rotates = i.Op is Op.RotateLeft or Op.RotateRight;
        var left = i.Op is Op.ShiftLeft or Op.RotateLeft;
        count = rotates ? count % bits : Math.Min(count, bits);
        if (count > 0)
        {
            var last = left ? value >> (bits - count) & 1 : value >> (count - 1) & 1;
            var shifted = left ? (ulong)value << count : (ulong)value >> count;
            var entered = !rotates ? 0 : left ? value >> (bits - count) : (ulong)value << (bits - count);
            value = (uint)(shifted | entered) & mask;
            Store(i.A, i.Width, i.Width == Width.Word ? (short)value : (int)value);
            Flags(OverflowBit, last != 0 ? OverflowBit : 0);
        }
        Flags(ZeroBit, value == 0 ? ZeroBit : 0);
        return true;
    }

    /// <summary>S and R of a run of bits. R of a timer or counter clears its current value as well.</summary>
    private void Run(Cell first, int count, bool value)
    {
        var last = Math.Min(_memory[first.Bank].Length * 8, first.Offset * 8 + first.Bit + count);
        for (var bit = first.Offset * 8 + first.Bit; bit < last; bit++)
        {
            Put(new Cell(first.Bank, (byte)(bit & 7), bit >> 3), value);
            var number = bit - MemoryMap.StatusBits * 8;
            if (value)
                continue;
            if (first.Bank == (int)Area.T)
                _changed |= _timers.Reset(_memory[(int)Area.T], number);
            else if (first.Bank == (int)Area.C)
                Store(new Cell((byte)Area.C, 0, 2 * number), Width.Word, 0);
        }
    }

    /// <summary>Overlapping or not, the target gets what the source was. What lies beyond the area is left out.</summary>
    private bool MoveBlock(in Instruction i)
    {
        var from = _memory[i.A.Bank].AsSpan(i.A.Offset);
        var to = _memory[i.B.Bank].AsSpan(i.B.Offset);
        var length = Math.Min(Load(i.C, Width.Byte) * MemoryMap.Bytes(i.Width), Math.Min(from.Length, to.Length));
        _changed |= !from[..length].SequenceEqual(to[..length]);
        from[..length].CopyTo(to);
        return true;
    }
}
