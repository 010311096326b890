namespace Conpot.Pi.Plc.Stl;

/// <summary>What an instruction does, whatever the mnemonics that say so. Boxes do nothing while the top of the stack is 0.</summary>
internal enum Op : byte
{
    Load, LoadNot, And, AndNot, Or, OrNot, LoadCompare, AndCompare, OrCompare,
    AndLoad, OrLoad, Push, Read, Pop, LoadStack, Not, RisingEdge, FallingEdge, AndEno,
    Output, OnDelay, OffDelay, RetentiveOnDelay, CountUp, CountDown, CountUpDown,
    Jump, Call, Return, ReturnIf, EndIf, End, For, Next, None,

    // From here on boxes.
    FirstBox, Set = FirstBox, Reset, Stop, Move, MoveBlock, Add, Subtract, Multiply, Divide, MultiplyWide, DivideWide, Increment, Decrement,
    AddReal, SubtractReal, MultiplyReal, DivideReal, SquareRoot, AndWord, OrWord, XorWord, Invert,
    ShiftRight, ShiftLeft, RotateRight, RotateLeft, ByteToInteger, IntegerToByte, IntegerToDouble, DoubleToInteger, DoubleToReal, Round, Truncate,
}

/// <summary>How a compare contact compares.</summary>
internal enum Relation : byte { Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual }

/// <summary>A place an instruction reads or writes: an area of the image, or one of the program's own banks.</summary>
/// <param name="Bank">An <see cref="Area"/>, <see cref="Own"/> or <see cref="Constants"/>.</param>
internal record struct Cell(byte Bank, byte Bit, int Offset)
{
    // Fields, for the interpreter reads them a million times in a power-up, and a debug build would call a property each time.
    public byte Bank = Bank;
    public byte Bit = Bit;
    public int Offset = Offset;

    /// <summary>The accumulators, then the local memory of each block.</summary>
    public const int Own = MemoryMap.AreaCount;

    /// <summary>What the text says literally, so that a constant is read as any other operand.</summary>
    public const int Constants = Own + 1;

    public const int Banks = Constants + 1;

    /// <summary>AC0 to AC3, four bytes each, stand before the local memory.</summary>
    public const int Accumulators = 16;

    /// <summary>LB0..LB63 of the main program and of each subroutine: System Manual, "Local Memory Area: L".</summary>
    public const int LocalBytes = 64;
}

/// <summary>One instruction with its operands resolved.</summary>
/// <param name="Relation">How a compare contact compares, <paramref name="IsReal"/> whether its operands are reals.</param>
/// <param name="Target">Where to go on, which edge or timer or counter it is, or which level of the stack.</param>
internal record struct Instruction(Op Op, Width Width, Relation Relation, bool IsReal, Cell A, Cell B, Cell C, int Target)
{
    public Op Op = Op;
    public Width Width = Width;
    public Relation Relation = Relation;
    public bool IsReal = IsReal;
    public Cell A = A;
    public Cell B = B;
    public Cell C = C;
    public int Target = Target;
}
