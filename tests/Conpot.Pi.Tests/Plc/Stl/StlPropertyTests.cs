using System.Text;
using Conpot.Pi.Plc;
using Conpot.Pi.Plc.Stl;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Plc.Stl;

/// <summary>The logic stack against a list of booleans, and texts of all kinds.</summary>
public class StlPropertyTests
{
    private static readonly string[] Contacts = ["LD", "LDN", "A", "AN", "O", "ON"];
    private static readonly string[] Moves = ["ALD", "OLD", "LPS", "LRD", "LPP", "NOT", "LDS 1"];

    [Fact]
    public void The_logic_stack_is_a_list_of_booleans()
    {
        var words = Gen.OneOf(
            Gen.Select(AnyOf(Contacts), Gen.Int[0, 7], (word, bit) => $"{word} I0.{bit}"),
            AnyOf(Moves));
        Gen.Select(words.Array[1, 60], Gen.Byte).Sample((choices, inputs) =>
        {
            var text = new StringBuilder();
            var stack = new List<bool>();
            var outputs = new List<bool>();
            foreach (var choice in choices)
            {
                var before = stack.Count;
                if (!Model(stack, choice, inputs) || stack.Count > 9)
                {
                    stack.RemoveRange(before, Math.Max(0, stack.Count - before));
                    continue;
                }
                text.Append(choice).Append("\n= V").Append(outputs.Count / 8).Append('.').Append(outputs.Count % 8).Append('\n');
                outputs.Add(stack[^1]);
            }
            var bench = new StlBench(text.ToString());
            bench.Set("IB0", inputs);
            bench.Scan();
            for (var i = 0; i < outputs.Count; i++)
                Assert.True(bench.Bit($"V{i / 8}.{i % 8}") == outputs[i], $"line {i}: {text}");
        }, iter: 3000, threads: 1);
    }

    [Fact]
    public void No_text_makes_the_parser_throw()
    {
        Gen.Byte.Array[0, 300].Sample(bytes => _ = StlBench.Parse(bytes), iter: 5000, threads: 1);
        Lines.Array[0, 40].Sample(lines => _ = StlBench.Parse(string.Join('\n', lines)), iter: 5000, threads: 1);
    }

    [Fact]
    public void No_program_makes_a_scan_throw()
    {
        var ran = 0;
        // The lines with a mistake are left out, until none is left; so each text becomes a program.
        Gen.Select(Lines.Array[1, 60], Gen.Byte.Array[64], Gen.Double[0, 2]).Sample((lines, memory, step) =>
        {
            var left = lines.ToList();
            StlProgram? program = null;
            for (var round = 0; program is null && round < 60; round++)
            {
                (program, var errors) = StlBench.Parse(string.Join('\n', left));
                foreach (var line in errors.Select(e => int.Parse(e.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture)).Distinct().OrderDescending())
                    left.RemoveAt(line - 1);
            }
            Assert.NotNull(program);
            var machine = new StlMachine(program);
            var image = new ProcessImage();
            image.Write(Area.V, 0, memory);
            image.Write(Area.I, 0, memory.AsSpan(0, 16));
            image.WriteByte(Area.SM, 0, 1);
            machine.EnterRun(image);
            for (var i = 0; i < 5; i++)
                machine.Scan(image, new ScanMoment(i, step));
            ran += program.Code.Length;
        }, iter: 1500, threads: 1);
        Assert.True(ran > 10_000);
    }

    /// <summary>Each mnemonic with operands of the right kinds, most of the time; and LD often enough for the rest to make sense.</summary>
    private static Gen<string> Lines => Gen.OneOf(
        AnyOf("LD SM0.0", "LD SM0.0", "LD SM0.0\tLD", "NETWORK 1", "LBL 1", "NEXT", "MEND", "SBR 0", "SBR 1", "RET", "LD I0.3"),
        AnyOf("LD SM0.0", "LDN I0.0", "LD V0.3", "LD T37", "LD C1"),
        Gen.Select(AnyOf(Mnemonics.All.ToArray()), Gen.Int[0, 9].Array[3], (m, picks) =>
            $"{m.Key} {string.Join(", ", m.Value.Operands.Select((kind, i) => Operand(kind, picks[i])))}"));

    private static string Operand(OperandKind kind, int pick) => kind switch
    {
        OperandKind.BitIn or OperandKind.BitOut => Pick(pick, "I0.0", "Q15.7", "V10239.7", "M31.7", "T255", "C255", "SM549.7", "L63.7", "V3.1", "x"),
        OperandKind.InputBit => Pick(pick, "I0.0", "I15.7"),
        OperandKind.OutputBit => Pick(pick, "Q0.0", "Q15.7"),
        OperandKind.ByteIn or OperandKind.ByteOut => Pick(pick, "VB0", "VB10239", "QB15", "AC3", "LB63", "SMB549", "VB1", "VB7", "MB31", "255"),
        OperandKind.WordIn or OperandKind.WordOut => Pick(pick, "VW0", "VW10238", "QW14", "AC0", "LW62", "T255", "C1", "VW6", "AQW62", "-32768"),
        OperandKind.DoubleIn or OperandKind.DoubleOut => Pick(pick, "VD0", "VD10236", "QD12", "AC0", "LD60", "VD4", "VD8", "MD28", "-1", "16#80000000"),
        OperandKind.RealIn or OperandKind.RealOut => Pick(pick, "VD0", "VD10236", "QD12", "AC0", "LD60", "VD4", "VD8", "MD28", "-1.5", "3.4"),
        OperandKind.Count => Pick(pick, "1", "255", "VB0", "VB9", "17"),
        OperandKind.Timer => Pick(pick, "T37", "T32", "T33", "T5", "T0", "T255", "T95", "T100", "T1", "T64"),
        OperandKind.Counter => $"C{pick * 28}",
        OperandKind.Label => Pick(pick, "1", "2"),
        OperandKind.Block => Pick(pick, "0", "SBR1"),
        OperandKind.Level => $"{pick}",
        _ => "0",
    };

    private static Gen<T> AnyOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static string Pick(int pick, params string[] from) => from[pick % from.Length];

    /// <summary>False when the stack is too small for it.</summary>
    private static bool Model(List<bool> stack, string choice, byte inputs)
    {
        var words = choice.Split(' ');
        var bit = words.Length > 1 && words[1][0] == 'I' && (inputs >> (words[1][3] - '0') & 1) != 0;
        var needs = words[0] switch { "LD" or "LDN" => 0, "ALD" or "OLD" or "LRD" or "LPP" or "LDS" => 2, _ => 1 };
        if (stack.Count < needs)
            return false;
        bool Take()
        {
            var top = stack[^1];
            stack.RemoveAt(stack.Count - 1);
            return top;
        }
        switch (words[0])
        {
            case "LD": stack.Add(bit); break;
            case "LDN": stack.Add(!bit); break;
            case "A": stack[^1] = stack[^1] && bit; break;
            case "AN": stack[^1] = stack[^1] && !bit; break;
            case "O": stack[^1] = stack[^1] || bit; break;
            case "ON": stack[^1] = stack[^1] || !bit; break;
            case "ALD": { var (a, b) = (Take(), Take()); stack.Add(a && b); break; }
            case "OLD": { var (a, b) = (Take(), Take()); stack.Add(a || b); break; }
            case "LPS": stack.Add(stack[^1]); break;
            case "LRD": stack[^1] = stack[^2]; break;
            case "LPP": Take(); break;
            case "NOT": stack.Add(!Take()); break;
            case "LDS": stack.Add(stack[^2]); break;
        }
        return true;
    }
}
