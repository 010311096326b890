using System.Buffers.Binary;

namespace Conpot.Pi.Plc.Stl;

/// <summary>How a scan's program came to its end.</summary>
internal enum ProgramEnd
{
    Complete,

    /// <summary>The instruction STOP.</summary>
    Stopped,

    /// <summary>More instructions than a scan may have: on the device its watchdog, 300 ms, a fatal error.</summary>
    Overrun,
}

/// <summary>Runs a program over the process image, one scan at a time, under the image's lock. Allocates nothing but in its first scan.</summary>
internal sealed partial class StlMachine(StlProgram program)
{
    /// <summary>Half a millisecond or so; the device's watchdog would allow some 300000.</summary>
    public const int MostPerScan = 50_000;

    private const int NineLevels = 0x1FF;

    private readonly Instruction[] _code = program.Code;
    private readonly byte[][] _memory = new byte[Cell.Banks][];
    private readonly byte[] _own = new byte[program.OwnBytes];
    private readonly bool[] _edges = new bool[program.Edges];
    private readonly byte[] _counted = new byte[MemoryMap.TimersAndCounters];
    private readonly (int Pc, int Stack)[] _calls = new (int, int)[StlBlocks.DeepestCall];
    private readonly Timers _timers = new(program.FastTimers);
    private ProcessImage? _image;
    private bool _first = true;
    private bool _changed;

    public StlProgram Program { get; } = program;

    /// <summary>The CPU goes from STOP to RUN, or is switched on: what is not retentive begins anew.</summary>
    /// <remarks>By the factory setting only T0..T31 and T64..T95 and the counters keep their current values; bits never stay. M and V stay in STOP.</remarks>
    public void EnterRun(ProcessImage image)
    {
        Bind(image);
        _first = true;
        _changed = _timers.EnterRun(_memory[(int)Area.T]);
        var bits = _memory[(int)Area.C].AsSpan(MemoryMap.StatusBits);
        _changed |= bits.ContainsAnyExcept((byte)0);
        bits.Clear();
        Tell();
    }

    public ProgramEnd Scan(ProcessImage image, in ScanMoment moment)
    {
        Bind(image);
        _changed = _timers.BeginScan(_memory[(int)Area.T], moment.Step);
        var end = Run();
        _first = false;
        Tell();
        return end;
    }

    private void Bind(ProcessImage image)
    {
        if (ReferenceEquals(_image, image))
            return;
        _image = image;
        for (var area = 0; area < MemoryMap.AreaCount; area++)
            _memory[area] = image.Memory((Area)area);
        _memory[Cell.Own] = _own;
        _memory[Cell.Constants] = Program.Constants;
    }

    private void Tell()
    {
        if (_changed)
            _image!.TellChanged();
    }

    /// <summary>The logic stack is an integer, its top in bit 0.</summary>
    private ProgramEnd Run()
    {
        var code = _code;
        var (pc, stack, depth, left) = (0, 0, 0, MostPerScan);
        var eno = true;
        while (true)
        {
            if (--left < 0)
                return ProgramEnd.Overrun;
            ref readonly var i = ref code[pc++];
            switch (i.Op)
            {
                case Op.Load: stack = (stack << 1 | Bit(i.A)) & NineLevels; break;
                case Op.LoadNot: stack = (stack << 1 | Bit(i.A) ^ 1) & NineLevels; break;
                case Op.And: stack &= Bit(i.A) | ~1; break;
                case Op.AndNot: stack &= Bit(i.A) ^ 1 | ~1; break;
                case Op.Or: stack |= Bit(i.A); break;
                case Op.OrNot: stack |= Bit(i.A) ^ 1; break;
                case Op.LoadCompare: stack = (stack << 1 | Compare(i)) & NineLevels; break;
                case Op.AndCompare: stack &= Compare(i) | ~1; break;
                case Op.OrCompare: stack |= Compare(i); break;
                case Op.AndLoad: stack = stack >> 1 & (stack & 1 | ~1); break;
                case Op.OrLoad: stack = stack >> 1 | stack & 1; break;
                case Op.Push: stack = (stack << 1 | stack & 1) & NineLevels; break;
                case Op.Read: stack = stack & ~1 | stack >> 1 & 1; break;
                case Op.Pop: stack >>= 1; break;
                case Op.LoadStack: stack = (stack << 1 | stack >> i.Target & 1) & NineLevels; break;
                case Op.Not: stack ^= 1; break;
                case Op.RisingEdge: stack = stack & ~1 | Edge(i.Target, stack & 1) & stack; break;
                case Op.FallingEdge: stack = stack & ~1 | Edge(i.Target, stack & 1) & ~stack; break;
                case Op.AndEno: stack &= eno ? ~0 : ~1; break;
                case Op.Output: Put(i.A, (stack & 1) != 0); break;
                case Op.OnDelay: _changed |= _timers.OnDelay(_memory[(int)Area.T], i.Target, (stack & 1) != 0, Word(i.B)); break;
                case Op.OffDelay: _changed |= _timers.OffDelay(_memory[(int)Area.T], i.Target, (stack & 1) != 0, Word(i.B)); break;
                case Op.RetentiveOnDelay: _changed |= _timers.RetentiveOnDelay(_memory[(int)Area.T], i.Target, (stack & 1) != 0, Word(i.B)); break;
                case Op.CountUp or Op.CountDown or Op.CountUpDown: Count(i, stack); break;
                case Op.Jump: pc = (stack & 1) != 0 ? i.Target : pc; break;
                case Op.Call:
                    if ((stack & 1) == 0)
                        break;
                    // The text was checked not to nest deeper. In the subroutine the top is on, all else off.
                    _calls[depth++] = (pc, stack);
                    (pc, stack) = (i.Target, 1);
                    break;
                case Op.Return:
                case Op.ReturnIf when (stack & 1) != 0:
                    // CRET in the main program ends it as END does.
                    if (depth == 0)
                        return ProgramEnd.Complete;
                    (pc, stack) = _calls[--depth];
                    break;
                case Op.End:
                case Op.EndIf when (stack & 1) != 0:
                    return ProgramEnd.Complete;
                case Op.Stop when (stack & 1) != 0:
                    return ProgramEnd.Stopped;
                case Op.For:
                    if ((stack & 1) != 0)
                        Store(i.A, Width.Word, Word(i.B));
                    if ((stack & 1) == 0 || Word(i.A) > Word(i.C))
                        pc = i.Target;
                    break;
                case Op.Next:
                    // Beyond the last number a word wraps round, and such a loop is the watchdog's.
                    Store(i.A, Width.Word, Word(i.A) + 1);
                    if (Word(i.A) <= Word(i.C))
                        pc = i.Target;
                    break;
                case >= Op.FirstBox when (stack & 1) != 0:
                    eno = Box(i);
                    break;
            }
        }
    }

    /// <summary>Whether the bit differs from the one before; not in the first scan, which has none before it (System Manual, EU and ED).</summary>
    private int Edge(int number, int now)
    {
        var before = _edges[number];
        _edges[number] = now != 0;
        return _first || before == (now != 0) ? 0 : 1;
    }

    private int Bit(Cell cell) => _memory[cell.Bank][cell.Offset] >> cell.Bit & 1;

    private int Word(Cell cell) => BinaryPrimitives.ReadInt16BigEndian(_memory[cell.Bank].AsSpan(cell.Offset, 2));

    /// <summary>Bytes count from 0, words and double words have a sign.</summary>
    private int Load(Cell cell, Width width)
    {
        var bytes = _memory[cell.Bank].AsSpan(cell.Offset);
        return width switch
        {
            Width.Byte => bytes[0],
            Width.Word => BinaryPrimitives.ReadInt16BigEndian(bytes),
            _ => BinaryPrimitives.ReadInt32BigEndian(bytes),
        };
    }

    private float Real(Cell cell) => BinaryPrimitives.ReadSingleBigEndian(_memory[cell.Bank].AsSpan(cell.Offset, 4));

    private void Put(Cell cell, bool value)
    {
        ref var place = ref _memory[cell.Bank][cell.Offset];
        var before = place;
        var mask = 1 << cell.Bit;
        place = (byte)(value ? before | mask : before & ~mask);
        _changed |= place != before;
    }

    private void Store(Cell cell, Width width, int value)
    {
        var bytes = _memory[cell.Bank].AsSpan(cell.Offset);
        _changed |= Load(cell, width) != value;
        if (width == Width.Byte)
            bytes[0] = (byte)value;
        else if (width == Width.Word)
            BinaryPrimitives.WriteInt16BigEndian(bytes, (short)value);
        else
            BinaryPrimitives.WriteInt32BigEndian(bytes, value);
    }

    private int Compare(in Instruction i)
    {
        // A double holds both exactly. A comparison with what is no number is never true but for <>, as everywhere.
        double a = i.IsReal ? Real(i.A) : Load(i.A, i.Width);
        double b = i.IsReal ? Real(i.B) : Load(i.B, i.Width);
        var holds = i.Relation switch
        {
            Relation.Equal => a == b,
            Relation.NotEqual => a != b,
            Relation.Less => a < b,
            Relation.LessOrEqual => a <= b,
            Relation.Greater => a > b,
            _ => a >= b,
        };
        return holds ? 1 : 0;
    }

    /// <summary>
    /// The inputs come off the stack from the top: R below it CU (CTU); LD, CD (CTD); R, CD, CU (CTUD). System Manual, "SIMATIC Counter Instructions".
    /// </summary>
    private void Count(in Instruction i, int stack)
    {
        var cell = new Cell((byte)Area.C, 0, 2 * i.Target);
        var bit = new Cell((byte)Area.C, (byte)(i.Target & 7), MemoryMap.StatusBits + i.Target / 8);
        var preset = Word(i.B);
        var inputs = stack >> 1 & 3;
        var edges = _first ? 0 : inputs & ~_counted[i.Target];
        _counted[i.Target] = (byte)inputs;
        var current = Word(cell);
        if ((stack & 1) != 0)
        {
            Store(cell, Width.Word, i.Op == Op.CountDown ? preset : 0);
            Put(bit, false);
            return;
        }
        if (i.Op == Op.CountUp && (edges & 1) != 0 && current < short.MaxValue)
            current++;
        if (i.Op == Op.CountDown && (edges & 1) != 0 && current > 0)
            current--;
        // Up and down goes round at its ends.
        if (i.Op == Op.CountUpDown)
            current = (short)(current + (edges >> 1 & 1) - (edges & 1));
        Store(cell, Width.Word, current);
        Put(bit, i.Op == Op.CountDown ? current == 0 : current >= preset);
    }
}
