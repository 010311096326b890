namespace Conpot.Pi.Plc.Stl;

/// <summary>The blocks of a program while it is read: who calls whom, where labels are, and how it all becomes one list.</summary>
internal sealed class StlBlocks
{
    /// <summary>A CPU 224XP has 64 subroutines, and calls nest eight deep: System Manual, "Subroutine".</summary>
    private const int Most = 64;

    public const int DeepestCall = 8;

    private readonly List<Block> _blocks = [new(default, [], false)];

    /// <summary>Which block is being read; 0 is the main program.</summary>
    public int Current { get; private set; }

    public int Count => _blocks.Count;

    /// <summary>Whether its end was passed.</summary>
    public bool IsClosed { get; private set; }

    private Block Here => _blocks[Current];

    public void OpenMain() => (Current, IsClosed) = (0, false);

    public void Close() => IsClosed = true;

    public bool TryOpen(StlWord at, List<string> names, bool isInterrupt, out string problem)
    {
        IsClosed = false;
        problem = "";
        if (_blocks.Count > 2 * Most)
            problem = $"the program has more than {Most} subroutines; leave some out";
        else if (names.Count == 0)
            problem = "the block has no name; write for example SUBROUTINE_BLOCK SBR_0:SBR0";
        else if (names.Find(name => _blocks.Exists(block => block.Names.Contains(name))) is { } twice)
            problem = $"there is a block {twice} already; give this one another name";
        if (problem.Length > 0)
            return false;
        _blocks.Add(new Block(at, names, isInterrupt));
        Current = _blocks.Count - 1;
        return true;
    }

    public void Add(Instruction instruction) => Here.Code.Add(instruction);

    public bool TryLabel(StlWord at, int label, out string problem)
    {
        problem = Here.Labels.TryAdd(label, Here.Code.Count) ? "" : $"label {at.Text} stands in this block already; use another number";
        return problem.Length == 0;
    }

    /// <summary>Remembers where the instruction that comes next wants to go.</summary>
    public void Refer(StlWord at, Op op, int label) => Here.References.Add((Here.Code.Count, at, op, label));

    /// <summary>FOR opens a loop; NEXT closes the last one, and goes back behind its FOR with the same operands.</summary>
    public bool TryLoop(StlWord at, Op op, out string problem)
    {
        problem = "";
        if (op == Op.For)
        {
            Here.Loops.Push((Here.Code.Count, at));
            return true;
        }
        if (!Here.Loops.TryPop(out var loop))
        {
            problem = "NEXT has no FOR before it in this block; leave it out";
            return false;
        }
        var open = Here.Code[loop.Index];
        Here.Code.Add(open with { Op = Op.Next, Target = loop.Index + 1 });
        Here.Code[loop.Index] = open with { Target = Here.Code.Count };
        return true;
    }

    /// <summary>What only the whole text shows: labels and subroutines that are missing, loops left open, calls too deep.</summary>
    public void Check(Action<StlWord, string> error)
    {
        foreach (var block in _blocks)
        {
            foreach (var (_, at) in block.Loops)
                error(at, "FOR has no NEXT behind it in this block; write NEXT in a network of its own");
            foreach (var (_, at, op, label) in block.References)
            {
                if (op == Op.Jump && !block.Labels.ContainsKey(label))
                    error(at, $"there is no LBL {at.Text} in this block; write it where the jump goes");
                else if (op == Op.Call && Named(at.Text) < 0)
                    error(at, $"there is no subroutine {at.Text}; {(Config.NearestName.Find(at.Text, _blocks.SelectMany(b => b.Names)) is { } near ? $"did you mean {near}?" : "write SUBROUTINE_BLOCK and its name, or SBR and its number")}");
            }
        }
        Depths(error);
    }

    public Instruction[] Link()
    {
        var code = new List<Instruction>();
        var starts = new int[_blocks.Count];
        for (var i = 0; i < _blocks.Count; i++)
        {
            starts[i] = code.Count;
            code.AddRange(_blocks[i].Code);
            code.Add(new Instruction { Op = i == 0 ? Op.End : Op.Return });
        }
        for (var i = 0; i < _blocks.Count; i++)
        {
            var start = starts[i];
            for (var at = start; at < start + _blocks[i].Code.Count; at++)
            {
                if (code[at].Op is Op.For or Op.Next)
                    code[at] = code[at] with { Target = start + code[at].Target };
            }
            foreach (var (index, at, op, label) in _blocks[i].References)
                code[start + index] = code[start + index] with { Target = op == Op.Call ? starts[Named(at.Text)] : start + _blocks[i].Labels[label] };
        }
        return [.. code];
    }

    /// <summary>"SBR_0", "SBR0", "0".</summary>
    private int Named(string text) => _blocks.FindIndex(block => block.Names.Contains(text.ToUpperInvariant()) || block.Names.Contains($"SBR{text}"));

    /// <summary>A subroutine that calls itself, over others or not, would be deeper than any number, so one measure finds both.</summary>
    private void Depths(Action<StlWord, string> error)
    {
        // Longest paths by repetition: as many rounds as a path may be long.
        var depths = new int[_blocks.Count];
        for (var round = 0; round <= DeepestCall; round++)
        {
            for (var i = 0; i < _blocks.Count; i++)
            {
                foreach (var (_, at, op, _) in _blocks[i].References)
                {
                    if (op != Op.Call || Named(at.Text) is not (>= 0 and var called) || depths[called] > depths[i])
                        continue;
                    depths[called] = depths[i] + 1;
                    if (depths[called] <= DeepestCall)
                        continue;
                    error(at, $"calls nest more than {DeepestCall} deep here, or go in a circle; call {at.Text} from further up");
                    return;
                }
            }
        }
    }

    private sealed record Block(StlWord At, List<string> Names, bool IsInterrupt)
    {
        public List<Instruction> Code { get; } = [];

        public Dictionary<int, int> Labels { get; } = [];

        public List<(int Index, StlWord At, Op Op, int Label)> References { get; } = [];

        public Stack<(int Index, StlWord At)> Loops { get; } = [];
    }
}
