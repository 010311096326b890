namespace Conpot.Pi.Plc.Stl;

/// <summary>What stands in the place of an operand.</summary>
internal enum OperandKind : byte
{
    BitIn, BitOut, InputBit, OutputBit, ByteIn, WordIn, DoubleIn, RealIn, ByteOut, WordOut, DoubleOut, RealOut,

    /// <summary>A byte from 1 on.</summary>
    Count,
    Timer, Counter, Label, Block, Level, Any,
}

/// <summary>One mnemonic: its instruction, its operands, and what it asks of the logic stack.</summary>
/// <param name="Needs">How many levels must be in use.</param>
/// <param name="Pushes">By how many levels it changes their number.</param>
internal sealed record Mnemonic(Op Op, Width Width, int Needs, int Pushes, params OperandKind[] Operands)
{
    public Relation Relation { get; init; }

    public bool IsReal { get; init; }
}

/// <summary>The table of what this dialect knows: S7-200 System Manual, "S7-200 Instruction Set".</summary>
internal static class Mnemonics
{
    /// <summary>Instructions of a real CPU that this one has not: a known name is told from a misspelt one.</summary>
    public static readonly HashSet<string> Foreign = new(StringComparer.OrdinalIgnoreCase)
    {
        "ATCH", "DTCH", "ENI", "DISI", "CRETI", "RETI", "CEVNT", "HSC", "HDEF", "PLS", "PID", "NETR", "NETW", "XMT", "RCV", "GPA", "SPA", "TODR", "TODW", "TODRX",
        "TODWX", "LSCR", "SCRT", "SCRE", "CSCRE", "SHRB", "ATT", "LIFO", "FIFO", "FILL", "FND=", "FND<>", "FND<", "FND>", "BIR", "BIW", "SWAP",
        "SEG", "ATH", "HTA", "ITA", "DTA", "RTA", "ITS", "DTS", "RTS", "STI", "STD", "STR", "SLEN", "SCPY", "SCAT", "SSCPY", "SFND", "CFND", "ENCO", "DECO",
        "SIN", "COS", "TAN", "LN", "EXP", "BCDI", "IBCD", "BITIM", "CITIM", "DLED", "LDS=", "AS=", "OS=", "LDS<>", "AS<>", "OS<>", "INT",
    };

    public static readonly Dictionary<string, Mnemonic> All = Table();

    private static Dictionary<string, Mnemonic> Table()
    {
        var table = new Dictionary<string, Mnemonic>(StringComparer.OrdinalIgnoreCase);
        Contacts(table);
        Boxes(table);
        Control(table);
        return table;
    }

    private static void Contacts(Dictionary<string, Mnemonic> table)
    {
        foreach (var (name, op, needs, pushes) in ((string, Op, int, int)[])[("LD", Op.Load, 0, 1), ("A", Op.And, 1, 0), ("O", Op.Or, 1, 0)])
        {
            table[name] = new(op, Width.Bit, needs, pushes, OperandKind.BitIn);
            table[$"{name}N"] = new(op + 1, Width.Bit, needs, pushes, OperandKind.BitIn);
            // Immediate contacts ask the input itself; here the image is as young as the scan.
            table[$"{name}I"] = new(op, Width.Bit, needs, pushes, OperandKind.InputBit);
            table[$"{name}NI"] = new(op + 1, Width.Bit, needs, pushes, OperandKind.InputBit);
            var compare = name switch { "LD" => Op.LoadCompare, "A" => Op.AndCompare, _ => Op.OrCompare };
            foreach (var (sign, relation) in ((string, Relation)[])[
                ("=", Relation.Equal), ("<>", Relation.NotEqual), ("<", Relation.Less), ("<=", Relation.LessOrEqual), (">", Relation.Greater), (">=", Relation.GreaterOrEqual)])
            {
                table[$"{name}B{sign}"] = new(compare, Width.Byte, needs, pushes, OperandKind.ByteIn, OperandKind.ByteIn) { Relation = relation };
                table[$"{name}W{sign}"] = new(compare, Width.Word, needs, pushes, OperandKind.WordIn, OperandKind.WordIn) { Relation = relation };
                table[$"{name}D{sign}"] = new(compare, Width.Double, needs, pushes, OperandKind.DoubleIn, OperandKind.DoubleIn) { Relation = relation };
                table[$"{name}R{sign}"] = new(compare, Width.Double, needs, pushes, OperandKind.RealIn, OperandKind.RealIn) { Relation = relation, IsReal = true };
            }
        }
        table["ALD"] = new(Op.AndLoad, Width.Bit, 2, -1);
        table["OLD"] = new(Op.OrLoad, Width.Bit, 2, -1);
        table["LPS"] = new(Op.Push, Width.Bit, 1, 1);
        table["LRD"] = new(Op.Read, Width.Bit, 2, 0);
        table["LPP"] = new(Op.Pop, Width.Bit, 2, -1);
        table["LDS"] = new(Op.LoadStack, Width.Bit, 1, 1, OperandKind.Level);
        table["NOT"] = new(Op.Not, Width.Bit, 1, 0);
        table["EU"] = new(Op.RisingEdge, Width.Bit, 1, 0);
        table["ED"] = new(Op.FallingEdge, Width.Bit, 1, 0);
        table["AENO"] = new(Op.AndEno, Width.Bit, 1, 0);
        table["="] = new(Op.Output, Width.Bit, 1, 0, OperandKind.BitOut);
        table["=I"] = new(Op.Output, Width.Bit, 1, 0, OperandKind.OutputBit);
        table["S"] = new(Op.Set, Width.Bit, 1, 0, OperandKind.BitOut, OperandKind.Count);
        table["R"] = new(Op.Reset, Width.Bit, 1, 0, OperandKind.BitOut, OperandKind.Count);
        table["SI"] = new(Op.Set, Width.Bit, 1, 0, OperandKind.OutputBit, OperandKind.Count);
        table["RI"] = new(Op.Reset, Width.Bit, 1, 0, OperandKind.OutputBit, OperandKind.Count);
        table["TON"] = new(Op.OnDelay, Width.Word, 1, 0, OperandKind.Timer, OperandKind.WordIn);
        table["TOF"] = new(Op.OffDelay, Width.Word, 1, 0, OperandKind.Timer, OperandKind.WordIn);
        table["TONR"] = new(Op.RetentiveOnDelay, Width.Word, 1, 0, OperandKind.Timer, OperandKind.WordIn);
        table["CTU"] = new(Op.CountUp, Width.Word, 2, 0, OperandKind.Counter, OperandKind.WordIn);
        table["CTD"] = new(Op.CountDown, Width.Word, 2, 0, OperandKind.Counter, OperandKind.WordIn);
        table["CTUD"] = new(Op.CountUpDown, Width.Word, 3, 0, OperandKind.Counter, OperandKind.WordIn);
    }

    private static void Boxes(Dictionary<string, Mnemonic> table)
    {
        void Box(string name, Op op, Width width, params OperandKind[] operands) => table[name] = new(op, width, 1, 0, operands);
        foreach (var (letter, width, from, to) in ((string, Width, OperandKind, OperandKind)[])[
            ("B", Width.Byte, OperandKind.ByteIn, OperandKind.ByteOut), ("W", Width.Word, OperandKind.WordIn, OperandKind.WordOut), ("D", Width.Double, OperandKind.DoubleIn, OperandKind.DoubleOut)])
        {
            Box($"MOV{letter}", Op.Move, width, from, to);
            Box($"BM{letter}", Op.MoveBlock, width, to, to, OperandKind.Count);
            Box($"INC{letter}", Op.Increment, width, to);
            Box($"DEC{letter}", Op.Decrement, width, to);
            Box($"AND{letter}", Op.AndWord, width, from, to);
            Box($"OR{letter}", Op.OrWord, width, from, to);
            Box($"XOR{letter}", Op.XorWord, width, from, to);
            Box($"INV{letter}", Op.Invert, width, to);
            Box($"SR{letter}", Op.ShiftRight, width, to, OperandKind.ByteIn);
            Box($"SL{letter}", Op.ShiftLeft, width, to, OperandKind.ByteIn);
            Box($"RR{letter}", Op.RotateRight, width, to, OperandKind.ByteIn);
            Box($"RL{letter}", Op.RotateLeft, width, to, OperandKind.ByteIn);
        }
        foreach (var (letter, width, from, to) in ((string, Width, OperandKind, OperandKind)[])[
            ("I", Width.Word, OperandKind.WordIn, OperandKind.WordOut), ("D", Width.Double, OperandKind.DoubleIn, OperandKind.DoubleOut)])
        {
            Box($"+{letter}", Op.Add, width, from, to);
            Box($"-{letter}", Op.Subtract, width, from, to);
            Box($"*{letter}", Op.Multiply, width, from, to);
            Box($"/{letter}", Op.Divide, width, from, to);
        }
        Box("MOVR", Op.Move, Width.Double, OperandKind.RealIn, OperandKind.RealOut);
        Box("+R", Op.AddReal, Width.Double, OperandKind.RealIn, OperandKind.RealOut);
        Box("-R", Op.SubtractReal, Width.Double, OperandKind.RealIn, OperandKind.RealOut);
        Box("*R", Op.MultiplyReal, Width.Double, OperandKind.RealIn, OperandKind.RealOut);
        Box("/R", Op.DivideReal, Width.Double, OperandKind.RealIn, OperandKind.RealOut);
        Box("SQRT", Op.SquareRoot, Width.Double, OperandKind.RealIn, OperandKind.RealOut);
        Box("MUL", Op.MultiplyWide, Width.Word, OperandKind.WordIn, OperandKind.DoubleOut);
        Box("DIV", Op.DivideWide, Width.Word, OperandKind.WordIn, OperandKind.DoubleOut);
        Box("BTI", Op.ByteToInteger, Width.Word, OperandKind.ByteIn, OperandKind.WordOut);
        Box("ITB", Op.IntegerToByte, Width.Byte, OperandKind.WordIn, OperandKind.ByteOut);
        Box("ITD", Op.IntegerToDouble, Width.Double, OperandKind.WordIn, OperandKind.DoubleOut);
        Box("DTI", Op.DoubleToInteger, Width.Word, OperandKind.DoubleIn, OperandKind.WordOut);
        Box("DTR", Op.DoubleToReal, Width.Double, OperandKind.DoubleIn, OperandKind.RealOut);
        Box("ROUND", Op.Round, Width.Double, OperandKind.RealIn, OperandKind.DoubleOut);
        Box("TRUNC", Op.Truncate, Width.Double, OperandKind.RealIn, OperandKind.DoubleOut);
    }

    private static void Control(Dictionary<string, Mnemonic> table)
    {
        table["JMP"] = new(Op.Jump, Width.Bit, 1, 0, OperandKind.Label);
        table["LBL"] = new(Op.None, Width.Bit, 0, 0, OperandKind.Label);
        table["CALL"] = new(Op.Call, Width.Bit, 1, 0, OperandKind.Block);
        table["CRET"] = new(Op.ReturnIf, Width.Bit, 1, 0);
        table["END"] = new(Op.EndIf, Width.Bit, 1, 0);
        table["STOP"] = new(Op.Stop, Width.Bit, 1, 0);
        table["FOR"] = new(Op.For, Width.Word, 1, 0, OperandKind.WordOut, OperandKind.WordIn, OperandKind.WordIn);
        table["NEXT"] = new(Op.Next, Width.Word, 0, 0);
        table["WDR"] = new(Op.None, Width.Bit, 0, 0);
        table["NOP"] = new(Op.None, Width.Bit, 0, 0, OperandKind.Any);
    }
}
