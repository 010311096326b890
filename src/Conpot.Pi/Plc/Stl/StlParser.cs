using Conpot.Pi.Config;

namespace Conpot.Pi.Plc.Stl;

/// <summary>A statement list to instructions: blocks, networks, labels, and the rules that the text alone can break.</summary>
internal sealed class StlParser(string name, string text, int vMemory, ConfigErrors errors)
{
    /// <summary>System Manual, "Understanding How the S7-200 Logic Stack Works".</summary>
    private const int StackLevels = 9;

    private readonly StlOperands _operands = new(vMemory);
    private readonly StlBlocks _blocks = new();
    private readonly Dictionary<int, Op> _timers = [];
    private readonly HashSet<int> _counters = [];
    private int _depth;
    private int _count;
    private int _edges;
    private bool _failed;

    /// <summary>What a misspelt mnemonic would have done to the stack nobody knows: one mistake is told, not what follows from it.</summary>
    private bool _depthUnknown;

    public StlProgram? Parse()
    {
        var number = 0;
        // From a block's header to BEGIN stand its title, its comment and its variables.
        StlWord? header = null;
        foreach (var line in text.Split('\n'))
        {
            number++;
            var statement = StlLine.Read(line, number);
            if (statement is null)
                continue;
            var word = statement.Mnemonic.Text.ToUpperInvariant();
            if (header is not null)
            {
                if (word == "BEGIN")
                    header = null;
                continue;
            }
            if (word is "ORGANIZATION_BLOCK" or "SUBROUTINE_BLOCK" or "INTERRUPT_BLOCK")
            {
                header = statement.Mnemonic;
                Open(statement, word);
            }
            else if (!IsFrame(word, statement) && _count++ <= StlProgram.MostInstructions)
            {
                Read(statement);
            }
        }
        if (header is { } open)
            Error(open, "the block has no BEGIN; write BEGIN before its first network");
        if (_count > StlProgram.MostInstructions)
            Error(new StlWord("", 1, 1), $"the program has {_count} instructions; allowed: up to {StlProgram.MostInstructions}; is this the right file?");
        _blocks.Check(Error);
        if (_failed)
            return null;
        return new StlProgram
        {
            Name = name,
            Code = _blocks.Link(),
            Constants = _operands.Constants,
            OwnBytes = Cell.Accumulators + _blocks.Count * Cell.LocalBytes,
            Edges = _edges,
            FastTimers = [.. _timers.Keys.Where(timer => TimerTable.Resolution(timer) < 100).Order()],
            Text = text,
        };
    }

    /// <summary>Lines that divide the text and do nothing.</summary>
    private bool IsFrame(string word, StlLine line)
    {
        if (word is "NETWORK" || word.StartsWith("TITLE", StringComparison.Ordinal) || word is "BEGIN" or "MEND" or "RET")
        {
            (_depth, _depthUnknown) = (0, false);
            if (word is "MEND" or "RET")
                _blocks.Close();
            return true;
        }
        if (word is "END_ORGANIZATION_BLOCK" or "END_SUBROUTINE_BLOCK" or "END_INTERRUPT_BLOCK")
        {
            (_depth, _depthUnknown) = (0, false);
            _blocks.Close();
            return true;
        }
        if (word != "SBR" && !(word.StartsWith("SBR", StringComparison.Ordinal) && line.Operands.Count == 0 && int.TryParse(word.AsSpan(3), out _)))
            return false;
        Open(line, word);
        return true;
    }

    /// <summary>"SUBROUTINE_BLOCK PUMP:SBR0", "SBR 0".</summary>
    private void Open(StlLine line, string word)
    {
        (_depth, _depthUnknown) = (0, false);
        var names = (line.Operands.Count > 0 ? line.Operands[0].Text : word).ToUpperInvariant().Split(':', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToList();
        if (word == "SBR" && names.Count == 1)
            names = [$"SBR{names[0]}"];
        if (word == "ORGANIZATION_BLOCK")
            _blocks.OpenMain();
        else if (!_blocks.TryOpen(line.Mnemonic, names, isInterrupt: word == "INTERRUPT_BLOCK", out var problem))
            Error(line.Mnemonic, problem);
        _operands.Frame = _blocks.Current;
    }

    private void Read(StlLine line)
    {
        var word = line.Mnemonic;
        if (!Mnemonics.All.TryGetValue(word.Text, out var mnemonic))
        {
            Error(word, Unknown(word.Text));
            _depthUnknown = true;
            return;
        }
        if (_blocks.IsClosed)
            Error(word, "stands behind the end of the block, and would never run; move it before MEND or RET, or begin a subroutine");
        Stack(word, mnemonic);
        if (line.Operands.Count != mnemonic.Operands.Length)
        {
            if (mnemonic.Operands is not [OperandKind.Any] && !(mnemonic.Op == Op.Call && line.Operands.Count > 1))
                Error(word, $"{word.Text.ToUpperInvariant()} takes {Counted(mnemonic.Operands.Length)}, here {(line.Operands.Count == 1 ? "is 1" : $"are {line.Operands.Count}")}; {Usage(word.Text, mnemonic)}");
            else if (mnemonic.Op == Op.Call)
                Error(line.Operands[1], "a call with parameters is not supported; pass them in V memory");
            return;
        }
        Span<Cell> cells = stackalloc Cell[3];
        var target = 0;
        var wrong = false;
        for (var i = 0; i < mnemonic.Operands.Length; i++)
        {
            var operand = line.Operands[i];
            var kind = mnemonic.Operands[i];
            var problem = "";
            var good = kind switch
            {
                OperandKind.Timer or OperandKind.Counter => TryCounted(operand.Text, mnemonic.Op, out target, out problem),
                OperandKind.Label => TryWhole(operand.Text, 255, out target, out problem) && (mnemonic.Op == Op.Jump || _blocks.TryLabel(operand, target, out problem)),
                OperandKind.Level => TryWhole(operand.Text, StackLevels - 1, out target, out problem) && TryLevel(target, out problem),
                OperandKind.Block or OperandKind.Any => true,
                _ => _operands.TryCell(operand.Text, kind, out cells[i], out problem),
            };
            if (good)
                continue;
            if (i == 1 && !wrong && mnemonic.Operands[0] == OperandKind.Timer)
                problem += $"; the preset of T{target} is in counts of {TimerTable.Resolution(target)} ms";
            wrong = true;
            Error(operand, $"{word.Text.ToUpperInvariant()}: {problem}");
        }
        if (mnemonic.Op is Op.RisingEdge or Op.FallingEdge)
            target = _edges++;
        if (mnemonic.Op is Op.Call or Op.Jump && !wrong)
            _blocks.Refer(line.Operands[0], mnemonic.Op, target);
        if (mnemonic.Op is Op.For or Op.Next && !_blocks.TryLoop(word, mnemonic.Op, out var unmatched))
            Error(word, unmatched);
        else if (mnemonic.Op is not (Op.None or Op.Next))
            _blocks.Add(new Instruction(mnemonic.Op, mnemonic.Width, mnemonic.Relation, mnemonic.IsReal, cells[0], cells[1], cells[2], target));
    }

    private void Stack(StlWord word, Mnemonic mnemonic)
    {
        if (_depthUnknown)
            return;
        if (_depth < mnemonic.Needs)
        {
            Error(word, $"{word.Text.ToUpperInvariant()} needs {mnemonic.Needs} level{(mnemonic.Needs == 1 ? "" : "s")} of the logic stack, and this network has loaded {_depth}; begin with LD, and load each input of a box with an LD of its own");
            _depth = mnemonic.Needs;
        }
        if (_depth + mnemonic.Pushes > StackLevels)
            Error(word, $"{word.Text.ToUpperInvariant()} would be level {_depth + 1} of the logic stack, which has {StackLevels}; begin each rung with a line NETWORK, or combine with ALD and OLD earlier");
        else
            _depth += mnemonic.Pushes;
        // A jump comes here with whatever is on the stack.
        if (_depth > 0 && word.Text.ToUpperInvariant() is ("LBL" or "NEXT"))
            Error(word, $"{word.Text.ToUpperInvariant()} stands in the middle of a network; give it a NETWORK of its own");
    }

    private bool TryLevel(int level, out string problem)
    {
        // The push has been counted already.
        problem = level < _depth - 1 || _depthUnknown ? "" : $"level {level} of the logic stack was not loaded in this network; there are 0..{_depth - 2}";
        return problem.Length == 0;
    }

    private bool TryCounted(string text, Op op, out int number, out string problem)
    {
        number = 0;
        var isTimer = op is Op.OnDelay or Op.OffDelay or Op.RetentiveOnDelay;
        if (!Address.TryParse(text, out var address, out problem))
            return false;
        if (address.Area != (isTimer ? Area.T : Area.C))
        {
            problem = $"{address} is no {(isTimer ? "timer; write for example T37" : "counter; write for example C1")}";
            return false;
        }
        number = address.Offset / 2;
        if (!isTimer)
        {
            if (!_counters.Add(number))
                problem = $"{address} is counted by another instruction already; use another counter";
            return problem.Length == 0;
        }
        if (TimerTable.IsRetentive(number) != (op == Op.RetentiveOnDelay))
            problem = op == Op.RetentiveOnDelay
                ? $"{address} cannot be retentive; for TONR there are T0..T31 and T64..T95 (100 ms: T5..T31, T69..T95)"
                : $"{address} is for TONR only; for TON and TOF there are T32..T63 and T96..T255 (100 ms: T37..T63, T101..T255)";
        else if (_timers.TryGetValue(number, out var other) && other != op)
            problem = $"{address} is a {(other == Op.OnDelay ? "TON" : "TOF")} already; use another timer";
        else
            _timers[number] = op;
        return problem.Length == 0;
    }

    private static bool TryWhole(string text, int highest, out int number, out string problem)
    {
        var good = int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out number) && number <= highest;
        problem = good ? "" : $"'{text}' is not one of 0..{highest}; write such a number";
        return good;
    }

    private static string Unknown(string word)
    {
        if (Mnemonics.Foreign.Contains(word))
            return $"{word.ToUpperInvariant()} is an instruction of the S7-200 that this dialect does not have; leave it out, or see Plc/Stl/README.md for those it has";
        if (word is ['U' or 'u', ..] && Mnemonics.All.ContainsKey($"A{word[1..]}"))
            return $"'{word}' is a German mnemonic; write A{word[1..].ToUpperInvariant()}";
        if (word.Length > 0 && Mnemonics.All.ContainsKey($"{word}="))
            return $"'{word}' compares nothing; write the comparison behind it without a blank, as in {word.ToUpperInvariant()}>= {(word[^1] is 'B' or 'b' ? "VB0" : word[^1] is 'W' or 'w' ? "VW0" : "VD0")}, {(word[^1] is 'R' or 'r' ? "5.0" : "5")}";
        var near = NearestName.Find(word, Mnemonics.All.Keys);
        return $"unknown mnemonic '{word}'; {(near is null ? "write one in Siemens mnemonics, such as LD, A, =, TON or MOVW" : $"did you mean {near}?")}";
    }

    private static string Counted(int operands) => operands switch { 0 => "no operand", 1 => "1 operand", _ => $"{operands} operands" };

    private static string Usage(string word, Mnemonic mnemonic) => mnemonic.Operands.Length == 0
        ? "write it alone"
        : $"write {word.ToUpperInvariant()} {string.Join(", ", mnemonic.Operands.Select(kind => kind switch
        {
            OperandKind.BitIn or OperandKind.BitOut => "bit",
            OperandKind.InputBit => "input",
            OperandKind.OutputBit => "output",
            OperandKind.ByteIn or OperandKind.ByteOut => "byte",
            OperandKind.WordIn or OperandKind.WordOut => "word",
            OperandKind.DoubleIn or OperandKind.DoubleOut => "double word",
            OperandKind.RealIn or OperandKind.RealOut => "real",
            OperandKind.Block => "subroutine",
            _ => kind.ToString().ToLowerInvariant(),
        }))}";

    private void Error(StlWord at, string message)
    {
        _failed = true;
        errors.Add(name, at.Line, at.Column, message);
    }
}
